"""What a chain tells of effects: each call to a vendor, from its beginning to its end.

A chain is read as it stands, also one that was tampered with: what an entry should say and does not
is left out, and nothing here fails on it.
"""

from collections.abc import Iterable, Sequence
from typing import Literal

from tillsaga.domain.audit import AuditEntry
from tillsaga.domain.effects import OPERATIONS
from tillsaga.domain.model import Instant, Json, Model
from tillsaga.domain.ports import CallState

Side = Literal["do", "undo"]
CallKind = Literal["sent", "sent_again", "asked", "noted"]
"""`asked`: the vendor was asked what became of a lost answer. `noted`: written down without a call,
such as a withdrawal before the first one."""

UNTOLD = "untold"
"""The state of a side of which the chain has no entry."""
SETTLED = frozenset({CallState.APPLIED, CallState.REFUSED, CallState.WITHDRAWN})
_UNSURE = frozenset({CallState.CALLING, CallState.IN_DOUBT, CallState.MANUAL})


class ToldCall(Model):
    """One call, or what stands for one; `ended` is None where no end was ever told.

    `state` is how it ended, `calling` while nobody knows; `entry` is the number of its last entry.
    """

    side: Side
    kind: CallKind
    attempt: int
    began: Instant
    ended: Instant | None = None
    state: str
    entry: int
    code: str | None = None

    @property
    def is_lost(self) -> bool:
        """Whether its answer never came, or was no answer."""
        return self.state in (CallState.CALLING, CallState.IN_DOUBT)


class ToldSide(Model):
    """The doing of an effect, or its undo; `points` are signed for the customer."""

    calls: tuple[ToldCall, ...] = ()
    state: str = UNTOLD
    points: int | None = None
    transaction_id: str | None = None
    code: str | None = None

    @property
    def is_applied(self) -> bool:
        """Whether the vendor said yes."""
        return self.state == CallState.APPLIED

    @property
    def is_unsure(self) -> bool:
        """Whether the vendor's books may show it, and nobody knows."""
        return self.state in _UNSURE

    @property
    def sent(self) -> int:
        """How often it was sent."""
        return sum(call.kind in ("sent", "sent_again") for call in self.calls)


class ToldEffect(Model):
    """One effect; `amount` is in minor units, `subject` is None once it was erased.

    `more_answers`: further yeses of the vendor, each with another transaction.
    """

    number: int
    provider: str = "?"
    operation: str = "?"
    amount: int | None = None
    subject: str | None = None
    do: ToldSide = ToldSide()
    undo: ToldSide | None = None
    more_answers: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """What it is, in words."""
        known = OPERATIONS.get(self.operation)
        return known.title if known else self.operation.replace("_", " ")

    @property
    def is_irreversible(self) -> bool:
        """Whether no vendor takes it back."""
        known = OPERATIONS.get(self.operation)
        return known is not None and known.reversibility == "irreversible"

    @property
    def is_undone(self) -> bool:
        """Whether it was taken back."""
        return self.undo is not None and self.undo.is_applied

    @property
    def stands(self) -> bool:
        """Whether the vendor did it, and has not taken it back."""
        return self.do.is_applied and not self.is_undone

    @property
    def is_unsure(self) -> bool:
        """Whether nobody knows how it stands: its doing, or the undo of what was done."""
        if self.undo is not None and not self.is_undone:
            return self.do.is_applied or self.do.is_unsure
        return self.do.is_unsure

    @property
    def calls(self) -> tuple[ToldCall, ...]:
        """All calls, doing first."""
        return self.do.calls + (self.undo.calls if self.undo else ())


def told_effects(entries: Iterable[AuditEntry]) -> list[ToldEffect]:
    """Put together what a chain tells of each effect, by their numbers."""
    told: dict[int, dict[Side, list[AuditEntry]]] = {}
    again: dict[int, list[str]] = {}
    for entry in sorted(entries, key=lambda each: each.number):
        number = whole(entry.facts, "effect") or 0
        if entry.kind == "effect":
            side: Side = "undo" if entry.facts.get("side") == "undo" else "do"
            told.setdefault(number, {}).setdefault(side, []).append(entry)
        elif entry.kind == "answered_again":
            again.setdefault(number, []).append(words(entry.facts, "transaction_id") or "?")
    numbers = sorted({*told, *again})
    return [_effect(n, told.get(n, {}), tuple(again.get(n, ()))) for n in numbers]


def _effect(
    number: int, sides: dict[Side, list[AuditEntry]], more_answers: tuple[str, ...]
) -> ToldEffect:
    entries = [entry for side in sides.values() for entry in side]
    return ToldEffect(
        number=number,
        provider=_first(entries, "provider") or "?",
        operation=_first(entries, "operation") or "?",
        amount=next((a for e in entries if (a := whole(e.facts, "amount")) is not None), None),
        subject=next((s for e in entries if (s := _subject(e))), None),
        do=_side(sides.get("do", []), "do"),
        undo=_side(sides["undo"], "undo") if "undo" in sides else None,
        more_answers=more_answers,
    )


def _side(entries: Sequence[AuditEntry], side: Side) -> ToldSide:
    calls: list[ToldCall] = []
    for entry in entries:
        _add(calls, entry, side)
    last = entries[-1].facts if entries else {}
    return ToldSide(
        calls=tuple(calls),
        state=words(last, "state") or UNTOLD,
        points=whole(last, "points"),
        transaction_id=words(last, "transaction_id"),
        code=words(last, "code"),
    )


def _add(calls: list[ToldCall], entry: AuditEntry, side: Side) -> None:
    """Go on with the call that is open, or begin the next one."""
    state = words(entry.facts, "state") or UNTOLD
    is_call = state == CallState.CALLING
    last = calls[-1] if calls else None
    code = words(entry.facts, "code")
    if not is_call and last is not None and last.ended is None:
        ends = {"ended": entry.at, "state": state, "code": code, "entry": entry.number}
        calls[-1] = last.model_copy(update=ends)
        return
    began, kind = entry.at, _kind(is_call, last)
    if kind == "asked" and last is not None:
        began = last.ended or last.began
    calls.append(
        ToldCall(
            side=side,
            kind=kind,
            attempt=whole(entry.facts, "attempt") or 0,
            began=began,
            ended=None if is_call else entry.at,
            state=state,
            entry=entry.number,
            code=code,
        )
    )


def _kind(is_call: bool, last: ToldCall | None) -> CallKind:
    if is_call:
        return "sent_again" if last else "sent"
    return "asked" if last is not None and last.state == CallState.IN_DOUBT else "noted"


def _subject(entry: AuditEntry) -> str | None:
    """Read it from the effect's key: checkout, operation, provider, subject, generation."""
    values = entry.private.get("values") if entry.private else None
    key = values.get("key") if isinstance(values, dict) else None
    parts = key.split("/", 3) if isinstance(key, str) else []
    return parts[3].rpartition("#")[0] if len(parts) == 4 else None


def _first(entries: Iterable[AuditEntry], name: str) -> str | None:
    return next((found for e in entries if (found := words(e.facts, name))), None)


def words(facts: Json, name: str) -> str | None:
    """Read a text of an entry; what is no text is none."""
    found = facts.get(name)
    return found if isinstance(found, str) and found else None


def whole(facts: Json, name: str) -> int | None:
    """Read a whole number of an entry."""
    found = facts.get(name)
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def documents(facts: Json, name: str) -> list[Json]:
    """Read a list of documents of an entry."""
    found = facts.get(name)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []
