"""How the records append to a checkout's audit, in the transaction of what the entry tells.

The chain's row is locked last, after all others that a transaction locks, and one at a time.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from pydantic import JsonValue
from sqlalchemy import bindparam, delete
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from tillsaga.domain.audit import (
    ERASED,
    PRUNED,
    START,
    AuditEntry,
    AuditNote,
    ChainHead,
    digest,
    written,
)
from tillsaga.domain.model import Json
from tillsaga.domain.ports import CallRecord
from tillsaga.domain.privacy import Eraser
from tillsaga.records.calls import Side
from tillsaga.records.statements import lock_or_insert, table_of, updating
from tillsaga.records.tables import AuditChainRow, AuditEntryRow, Bill, EffectRow, PaymentRow

_DIGESTS = {"digest", "request", "answer", "fingerprint"}


async def append(session: AsyncSession, checkout_id: str, *notes: AuditNote) -> None:
    """Append entries; those whose source the chain has already are left out.

    Every write of the records comes by here, so it is spelt in plain statements.
    """
    if not notes:
        return
    at = notes[0].at
    new = {"checkout_id": checkout_id, "length": 0, "head": START, "rooted": 0, "moved_at": at}
    locked = (await session.execute(lock_or_insert(session, _CHAINS, "checkout_id"), new)).one()
    head = ChainHead(length=locked.length, hash=locked.head)
    known = await _known(session, checkout_id, [note.source for note in notes if note.source])
    entries = []
    for note in notes:
        if note.source is not None and note.source in known:
            continue
        entry = written(checkout_id, note, head)
        entries.append({**entry.model_dump(), "source": note.source})
        head, at = ChainHead(length=entry.number, hash=entry.hash), note.at
        known.add(note.source or "")
    if entries:
        for each in entries:  # seldom more than one
            await session.execute(_INSERT, each)
        moved = {"length_": head.length, "head_": head.hash, "moved_at_": at}
        await session.execute(_MOVE, {"checkout_id_": checkout_id, **moved})


_CHAINS, _ENTRIES = table_of(AuditChainRow), table_of(AuditEntryRow)
_INSERT = _ENTRIES.insert()
_MOVE = updating(_CHAINS, "checkout_id", "length", "head", "moved_at")
_KNOWN = select(_ENTRIES.c.source).where(
    _ENTRIES.c.checkout_id == bindparam("of"),
    _ENTRIES.c.source.in_(bindparam("sources", expanding=True)),
)


async def _known(session: AsyncSession, checkout_id: str, sources: Sequence[str]) -> set[str]:
    if not sources:
        return set()
    found = await session.execute(_KNOWN, {"of": checkout_id, "sources": sources})
    return set(found.scalars())


async def forget_entries(session: AsyncSession, checkout_id: str, at: datetime) -> None:
    """Delete the entries of what is no longer kept, but for a last one that says so."""
    note = AuditNote(kind=PRUNED, actor="retention", at=at, facts={})
    await append(session, checkout_id, note)
    await session.flush()
    chain = await session.get_one(AuditChainRow, checkout_id)
    older = delete(AuditEntryRow).where(
        col(AuditEntryRow.checkout_id) == checkout_id, col(AuditEntryRow.number) < chain.length
    )
    await session.execute(older)
    chain.pruned_at = at


async def erase_private(
    session: AsyncSession, checkout_id: str, eraser: Eraser, at: datetime
) -> None:
    """Throw away what is private of a customer, with its salt, and append whose that was.

    Digests go too: without the salt nobody can try out what the sealed one is of.
    """
    mine = select(AuditEntryRow).where(col(AuditEntryRow.checkout_id) == checkout_id)
    erased: list[JsonValue] = []
    for row in await session.scalars(mine.order_by(col(AuditEntryRow.number))):
        values = row.private.get("values") if row.private else None
        if isinstance(values, dict) and (
            _DIGESTS & values.keys() or eraser.document(values) != values
        ):
            row.private = None
            erased.append(row.number)
    if erased:
        facts: Json = {"entries": erased}
        await append(
            session, checkout_id, AuditNote(kind=ERASED, actor="operator", at=at, facts=facts)
        )


def entry_of(row: AuditEntryRow) -> AuditEntry:
    """Read an entry from its row."""
    return AuditEntry.model_validate({name: getattr(row, name) for name in AuditEntry.model_fields})


# --- what entries say -----------------------------------------------------------------------------


def bill_opened(bill: Bill) -> AuditNote:
    """Tell of a bill's opening."""
    facts: Json = {
        "store_id": bill.store_id,
        "terminal_id": bill.terminal_id,
        "basket_id": bill.basket_id,
        "generation": bill.generation,
        "previous_id": bill.previous_id,
    }
    return AuditNote(kind="opened", actor="till", at=bill.created_at, facts=facts)


def call_moved(
    row: EffectRow, side: Side, before: CallRecord | None, call: CallRecord, at: datetime
) -> Iterable[AuditNote]:
    """Tell of a vendor call that begins or ends; nothing where the record stays as it was."""
    if call == before:
        return ()
    assert row.number is not None, "the effect has its row"
    done = call.done
    facts: Json = {
        "effect": row.number,
        "operation": row.operation,
        "provider": row.provider,
        "side": side,
        "state": call.state.value,
        "attempt": call.attempts,
        "amount": _amount(row),
        "code": call.code,
        "transaction_id": done.transaction_id if done else None,
        "points": done.points if done else None,
    }
    private: Json = {"key": row.key, "request": row.fingerprint}
    if call.detail:
        private["detail"] = call.detail
    if done is not None:
        private |= {"reference": done.reference, "answer": digest(done.model_dump(mode="json"))}
    kept: Json = {name: value for name, value in facts.items() if value is not None}
    return (AuditNote(kind="effect", actor="worker", at=at, facts=kept, private=private),)


def answered_again(row: EffectRow, side: Side, transaction_id: str, at: datetime) -> AuditNote:
    """Tell of a second yes with a transaction of its own."""
    facts: Json = {"effect": row.number, "side": side, "transaction_id": transaction_id}
    source = digest(["again", row.number, side, transaction_id])
    return AuditNote(kind="answered_again", actor="worker", at=at, facts=facts, source=source)


def payment_noted(row: PaymentRow, at: datetime) -> AuditNote:
    """Tell of a payment fact, or of what the checkout made of it."""
    assert row.number is not None, "the payment has its row"
    names = ("status", "type", "amount", "tip_amount", "rounding_amount", "final")
    facts: Json = {"payment": row.number, "verdict": row.verdict}
    facts |= {n: row.report[n] for n in names if row.report.get(n) is not None}
    private: Json = {"reference": row.reference, "digest": digest(row.report)}
    return AuditNote(kind="payment", actor="till", at=at, facts=facts, private=private)


def _amount(row: EffectRow) -> int | None:
    amount = row.order.get("amount")
    return amount if isinstance(amount, int) else None
