"""Effect records as rows: how they are found, made, read and owned."""

from datetime import datetime

from sqlalchemy import bindparam
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from tillsaga.domain.effects import Done, EffectOrder
from tillsaga.domain.model import Json
from tillsaga.domain.ports import CallRecord, CallState, EffectRecord
from tillsaga.domain.privacy import SERVED, served_request
from tillsaga.errors import KeyReused
from tillsaga.records.calls import Side, read_call, write_call
from tillsaga.records.statements import Found, insert_or_lock, table_of, updating
from tillsaga.records.tables import EffectRow, TransactionOwner

# A sold gift card's line carries its code, or its recipient's address: neither is kept here, nor
# needed again, since vendors are told of the sale by `sold_reference`.
_CODES = {"sale": {"lines": {"__all__": {"line": {"reference", "recipient"}}}}}


_EFFECTS = table_of(EffectRow)
_BY_KEY = _EFFECTS.select().where(_EFFECTS.c.key == bindparam("key"))
_LOCKED = _BY_KEY.with_for_update()
_OF_CHECKOUT = (
    _EFFECTS.select()
    .where(_EFFECTS.c.checkout_id == bindparam("checkout_id"))
    .order_by(_EFFECTS.c.number)
)
_CHANGING = [
    each.name
    for each in _EFFECTS.c
    if each.name.startswith(("do_", "undo_")) or each.name in ("open_since", "held_since")
]
_WRITE = updating(_EFFECTS, "key", *_CHANGING)


async def find(session: AsyncSession, key: str) -> EffectRecord | None:
    """Read one effect."""
    found = (await session.execute(_BY_KEY, {"key": key})).one_or_none()
    return effect_record(found) if found else None


async def lock(session: AsyncSession, key: str) -> EffectRow | None:
    """Read one effect and hold its row until the transaction ends; `write` changes it."""
    found = (await session.execute(_LOCKED, {"key": key})).one_or_none()
    return EffectRow(**found._mapping) if found else None


async def locked(session: AsyncSession, key: str) -> EffectRow:
    """Read and hold one effect that must be there.

    Raises:
        LookupError: it was never begun.
    """
    row = await lock(session, key)
    if row is None:
        raise LookupError("the effect has no record")
    return row


async def write(
    session: AsyncSession, row: EffectRow, side: Side, call: CallRecord, now: datetime
) -> None:
    """Write how one direction of a locked effect stands."""
    write_call(row, side, call, now)
    values = {f"{name}_": getattr(row, name) for name in _CHANGING}
    await session.execute(_WRITE, {"key_": row.key, **values})


async def effects_of(session: AsyncSession, checkout_id: str) -> list[EffectRecord]:
    """Read all records of a checkout, oldest first."""
    found = await session.execute(_OF_CHECKOUT, {"checkout_id": checkout_id})
    return [effect_record(row) for row in found]


def effect_record(row: EffectRow | Found) -> EffectRecord:
    """Read a record from its row."""
    return EffectRecord(
        order=EffectOrder.model_validate(row.order),
        fingerprint=row.fingerprint,
        do=begun(row, "do"),
        undo=read_call(row, "undo"),
    )


def begun(row: EffectRow | Found, side: Side) -> CallRecord:
    """Read one direction that must have been begun.

    Raises:
        LookupError: the undo was never begun.
    """
    call = read_call(row, side)
    if call is None:
        raise LookupError("the undo was never begun")
    return call


def new_row(order: EffectOrder, call: CallRecord, now: datetime) -> EffectRow:
    """Make the row of an order."""
    row = EffectRow(
        key=order.key,
        checkout_id=order.checkout_id,
        store_id=order.store_id,
        provider=order.provider,
        kind=order.kind,
        operation=order.operation,
        subject=order.subject,
        fingerprint=order.fingerprint,
        order=_without_codes(order),
        do_state=call.state.value,
        do_attempts=call.attempts,
        do_started_at=now,
        do_last_started_at=now,
    )
    write_call(row, "do", call, now)
    return row


async def forget_served(session: AsyncSession, checkout_id: str) -> None:
    """Drop from an ended checkout's records what was needed only until it was done."""
    served = select(EffectRow).where(
        col(EffectRow.checkout_id) == checkout_id, col(EffectRow.operation).in_(SERVED)
    )
    for row in await session.scalars(served.where(col(EffectRow.do_state) == CallState.APPLIED)):
        order = EffectOrder.model_validate(row.order)
        request = served_request(order.operation, order.request)
        kept = order.model_copy(update={"request": request})
        # A repetition is made from a state that has dropped the same, and is to be known again.
        row.order, row.fingerprint = _without_codes(kept), kept.fingerprint


async def own(session: AsyncSession, effect: EffectRow, done: Done) -> None:
    """Note that the vendor's transaction belongs to this effect.

    Raises:
        KeyReused: it belongs to another one.
    """
    if done.transaction_id is None:
        return
    ours = TransactionOwner(
        kind=effect.kind, transaction_id=done.transaction_id, effect_key=effect.key
    )
    owner = await insert_or_lock(session, ours, "kind", "transaction_id")
    if owner.effect_key != effect.key:
        raise KeyReused("the vendor's transaction belongs to another effect", code="key_reused")


def _without_codes(order: EffectOrder) -> Json:
    kept: Json = order.model_dump(mode="json", exclude=_CODES)
    return kept
