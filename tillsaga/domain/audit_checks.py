"""What must hold of every checkout, tried on its records. Each check can fail."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from tillsaga.domain.audit import AuditEntry, Finding
from tillsaga.domain.audit_effects import ToldEffect, documents, whole, words
from tillsaga.domain.audit_ledger import Account
from tillsaga.domain.audit_sale import ToldSale, sums_of
from tillsaga.domain.model import Model
from tillsaga.domain.ports import CallState, EffectRecord
from tillsaga.domain.reversals import PARTS

Verdict = Literal["holds", "broken", "open"]
"""`open`: it cannot be said yet, or no longer, because something is not settled or was erased."""

# They keep a thing for the sale and use nothing up, so a second one after an expired first is none.
_HOLDS_ONLY = frozenset({"reserve", "lock_voucher", "create_member", "activate_voucher"})


class Check(Model):
    """One thing that must hold; `entries` and `effects` are the numbers that say otherwise."""

    name: str
    verdict: Verdict
    detail: str
    effects: tuple[int, ...] = ()
    entries: tuple[int, ...] = ()


@dataclass(frozen=True)
class Evidence:
    """What is tried. `finalises`: providers that must be told of each sold bill, exactly once."""

    entries: Sequence[AuditEntry]
    findings: Sequence[Finding]
    roots: int
    effects: Sequence[ToldEffect]
    sale: ToldSale
    accounts: Sequence[Account]
    records: Mapping[int, EffectRecord]
    finalises: Sequence[str] = ()


def checks_of(evidence: Evidence) -> list[Check]:
    """Try everything that applies to the checkout."""
    return [check for try_ in _CHECKS for check in try_(evidence)]


def _chain(evidence: Evidence) -> Iterator[Check]:
    name = "Chain unchanged"
    if evidence.findings:
        numbers = tuple(dict.fromkeys(found.number for found in evidence.findings))
        told = "; ".join(f"entry {f.number} {f.wrong}: {f.detail}" for f in evidence.findings)
        yield Check(name=name, verdict="broken", detail=told, entries=numbers)
        return
    seen = _count(evidence.roots, "daily root") if evidence.roots else "no daily root yet"
    entries = _count(len(evidence.entries), "entry", "entries")
    yield Check(name=name, verdict="holds", detail=f"{entries}, seen by {seen}")


def _records_agree(evidence: Evidence) -> Iterator[Check]:
    name = "Chain and effect records agree"
    told = {effect.number: effect for effect in evidence.effects}
    off = [n for n in sorted({*told, *evidence.records}) if _differs(evidence, told, n)]
    if off:
        words_ = "the chain tells otherwise than the record of"
        yield _broken(name, f"{words_} {_named(off)}", off)
    else:
        yield Check(name=name, verdict="holds", detail=f"{_count(len(told), 'effect')} compared")


def _differs(evidence: Evidence, told: Mapping[int, ToldEffect], number: int) -> bool:
    effect, record = told.get(number), evidence.records.get(number)
    if effect is None or record is None:
        return True
    undo = record.undo
    ours = (
        *(record.order.provider, record.order.operation, record.do.state.value),
        record.do.done.transaction_id if record.do.done else None,
        undo.state.value if undo else None,
        undo.done.transaction_id if undo and undo.done else None,
    )
    theirs = (
        *(effect.provider, effect.operation, effect.do.state),
        effect.do.transaction_id,
        effect.undo.state if effect.undo else None,
        effect.undo.transaction_id if effect.undo else None,
    )
    return ours != theirs


def _once(evidence: Evidence) -> Iterator[Check]:
    name = "At most one commit per vendor object"
    commits = [e for e in evidence.effects if e.stands and e.operation not in _HOLDS_ONLY]
    objects = Counter(_object(e) for e in commits)
    twice = [e.number for e in commits if e.subject and objects[_object(e)] > 1]
    owners = Counter(_transactions(evidence.effects))
    shared = [e.number for e in evidence.effects if any(owners[t] > 1 for t in _of(e))]
    again = [e.number for e in evidence.effects if e.more_answers]
    if wrong := sorted({*twice, *shared, *again}):
        yield _broken(name, f"done twice at the vendor: {_named(wrong)}", wrong)
        return
    nameless = [e.number for e in commits if not e.subject]
    if nameless:
        words_ = f"what {_named(nameless)} was about is erased; its transactions are its own"
        yield Check(name=name, verdict="open", detail=words_, effects=tuple(nameless))
        return
    found = _count(len(commits), "commit"), _count(len(owners), "vendor transaction")
    yield Check(name=name, verdict="holds", detail=f"{found[0]}, {found[1]}, each its own")


def _object(effect: ToldEffect) -> tuple[str, str, str | None]:
    return effect.provider, effect.operation, effect.subject


def _transactions(effects: Sequence[ToldEffect]) -> Iterator[tuple[str, str]]:
    for effect in effects:
        yield from _of(effect)


def _of(effect: ToldEffect) -> set[tuple[str, str]]:
    """An effect owns the transaction of its undo too, which some vendors name as the first one."""
    ids = (effect.do.transaction_id, effect.undo.transaction_id if effect.undo else None)
    return {(effect.provider, each) for each in ids if each}


def _reversals(evidence: Evidence) -> Iterator[Check]:
    name = "Each reversal names an existing effect"
    undone = [e for e in evidence.effects if e.is_undone]
    parts = [e for e in evidence.effects if e.operation in PARTS.values() and e.do.is_applied]
    stray = [e.number for e in undone if not e.do.is_applied]
    did = {(e.provider, e.operation, e.subject) for e in evidence.effects if e.do.is_applied}
    nameless = [e.number for e in parts if e.subject is None]
    stray += [e.number for e in parts if e.subject is not None and not _has_whole(e, did)]
    if stray:
        yield _broken(name, f"nothing was done that {_named(stray)} takes back", stray)
    elif nameless:
        words_ = f"what {_named(nameless)} was about is erased"
        yield Check(name=name, verdict="open", detail=words_, effects=tuple(nameless))
    elif undone or parts:
        told = f"{_count(len(undone) + len(parts), 'reversal')}, each of what was done before"
        yield Check(name=name, verdict="holds", detail=told)
    else:
        yield Check(name=name, verdict="holds", detail="nothing was taken back")


def _has_whole(part: ToldEffect, did: set[tuple[str, str, str | None]]) -> bool:
    """A part's subject is the whole's, and the refund's id behind a slash."""
    whole_ = (part.subject or "").rpartition("/")[0]
    names = [name for name, back in PARTS.items() if back == part.operation]
    return any((part.provider, name, whole_) in did for name in names)


def _sums(evidence: Evidence) -> Iterator[Check]:
    name = "Tenders, discounts and payments add up"
    sold = evidence.sale.sold
    totals = sums_of(sold)
    if not totals:
        yield Check(name=name, verdict="open", detail="no sums were decided yet")
        return
    owed = sum(totals.get(n, 0) for n in ("basket_amount", "fees_amount", "tax_amount"))
    owed -= totals.get("discount_amount", 0)
    tenders, paid = totals.get("tender_amount", 0), totals.get("paid_amount", 0)
    due = totals.get("due_amount", 0)
    wrong = []
    if max(0, owed - tenders - paid) != due:
        wrong.append(f"owed {owed}, tenders {tenders} and payments {paid} leave no due of {due}")
    captured = sum(
        whole(p, "amount") or 0
        for p in documents(sold, "payments")
        if words(p, "status") == "captured"
    )
    if captured != paid:
        wrong.append(f"payments captured are {captured}, and the sum says {paid}")
    if words(sold, "status") == "completed" and due:
        wrong.append(f"the sale is completed with {due} due")
    if wrong:
        yield Check(name=name, verdict="broken", detail=f"{'; '.join(wrong)} (minor units)")
    else:
        told = f"{owed} owed = {tenders} by tenders + {paid} paid + {due} due (minor units)"
        over = f"; {tenders + paid - owed} over" if tenders + paid > owed else ""
        yield Check(name=name, verdict="holds", detail=told + over)


def _finalised(evidence: Evidence) -> Iterator[Check]:
    for provider in evidence.finalises:
        mine = [e for e in evidence.effects if (e.provider, e.operation) == (provider, "finalise")]
        name = f"Finalised exactly once at {provider}"
        if evidence.sale.is_given_up:
            name = f"Nothing finalised at {provider}"
        verdict, detail = _bill_at(mine, evidence.sale)
        numbers = tuple(effect.number for effect in mine)
        yield Check(name=name, verdict=verdict, detail=detail, effects=numbers)


def _bill_at(finalises: Sequence[ToldEffect], sale: ToldSale) -> tuple[Verdict, str]:
    """Say how a bill stands at a vendor that has to hear of each one that is sold."""
    standing = sum(effect.stands for effect in finalises)
    if sale.is_given_up:
        if standing:
            return "broken", "the sale was given up, and the bill is closed there"
        return "holds", "the sale was given up, and no bill is closed there"
    if standing > 1:
        return "broken", f"finalised {standing} times"
    if standing:
        return "holds", "the bill is closed there, once"
    if any(effect.is_undone for effect in finalises):
        return "holds", "the bill was closed there, and taken back since"
    waits = any(e.is_unsure or e.do.state == CallState.NOT_SENT for e in finalises)
    if sale.status == "completed" and not waits:
        return "broken", "the sale is completed, and the vendor has no bill of it"
    return "open", "not yet"


def _refunds(evidence: Evidence) -> Iterator[Check]:
    back, sold = evidence.sale.refunded_amount, evidence.sale.sold_amount
    if not back:
        return
    verdict: Verdict = "holds" if back <= sold else "broken"
    told = f"{back} of {sold} given back (minor units)"
    yield Check(name="Refunds do not exceed the sale", verdict=verdict, detail=told)


def _nothing_left(evidence: Evidence) -> Iterator[Check]:
    tried = [account for account in evidence.accounts if account.must_be_zero]
    if not tried:
        return
    name = "Nothing is left at any vendor"
    off = [account for account in tried if account.proof == "off"]
    unsure = sorted({n for account in tried for n in account.unsure})
    if off:
        numbers = sorted({p.effect for account in off for p in account.postings})
        where = ", ".join(dict.fromkeys(account.provider for account in off))
        yield _broken(name, f"accounts at {where} do not come to nothing", numbers)
    elif unsure:
        words_ = f"nobody knows yet how {_named(unsure)} stands"
        yield Check(name=name, verdict="open", detail=words_, effects=tuple(unsure))
    else:
        told = f"{_count(len(tried), 'account')} net to zero"
        yield Check(name=name, verdict="holds", detail=told)


def _settled(evidence: Evidence) -> Iterator[Check]:
    name = "Nothing is in doubt"
    unsure = [e.number for e in evidence.effects if e.is_unsure]
    if unsure:
        words_ = f"nobody knows yet how {_named(unsure)} stands"
        yield Check(name=name, verdict="open", detail=words_, effects=tuple(unsure))
        return
    told = f"{_count(len(evidence.effects), 'effect')}, each with an end"
    yield Check(name=name, verdict="holds", detail=told)


_CHECKS: tuple[Callable[[Evidence], Iterator[Check]], ...] = (
    _chain,
    _records_agree,
    _once,
    _reversals,
    _sums,
    _finalised,
    _refunds,
    _nothing_left,
    _settled,
)


def _broken(name: str, detail: str, effects: Sequence[int]) -> Check:
    return Check(name=name, verdict="broken", detail=detail, effects=tuple(effects))


def _named(numbers: Sequence[int]) -> str:
    return f"effect{'s' if len(numbers) > 1 else ''} {', '.join(map(str, numbers))}"


def _count(number: int, one: str, many: str | None = None) -> str:
    return f"{number} {one if number == 1 else many or f'{one}s'}"
