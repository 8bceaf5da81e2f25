"""Holds that stand or may stand, oldest first, for support."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from pydantic import BaseModel
from sqlalchemy import ColumnElement, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import and_, col, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from tillsaga.domain.effects import EffectOrder
from tillsaga.domain.holds import HOLDING, Hold, HoldState
from tillsaga.domain.model import Json, Model
from tillsaga.domain.ports import CallState
from tillsaga.errors import Refusal
from tillsaga.records.bill_rows import bills
from tillsaga.records.calls import UNSURE
from tillsaga.records.cursor import Cursor, encoded
from tillsaga.records.database import Database
from tillsaga.records.tables import Bill, EffectRow, PaymentRow

_PAYING = frozenset({"authorized", "captured"})


class HoldFilter(Model):
    """Which holds of a list are wanted; all that began before `before`."""

    before: datetime
    provider: str | None = None


class HoldPage(Model):
    """A page of holds, oldest first; `next_cursor` is None on the last one."""

    holds: tuple[Hold, ...]
    next_cursor: str | None


class SqlHoldBook:
    """Reads the effect records that hold something."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(
        self,
        store_ids: Sequence[str],
        wanted: HoldFilter,
        *,
        limit: int = 50,
        cursor: str | None = None,
    ) -> HoldPage:
        """List the holds of these stores, oldest first.

        Raises:
            Refusal: `invalid_request`: the cursor is not one of ours.
        """
        query = _live(store_ids).where(col(EffectRow.held_since) < wanted.before)
        if wanted.provider is not None:
            query = query.where(col(EffectRow.provider) == wanted.provider)
        if cursor is not None:
            query = query.where(_after(Cursor.decode(cursor)))
        query = query.order_by(col(EffectRow.held_since), col(EffectRow.number))
        async with self._database.read() as session:
            rows = (await session.scalars(query.limit(limit + 1))).all()
            found = await _holds(session, rows[:limit])
        last = rows[limit - 1] if len(rows) > limit else None
        return HoldPage(holds=found, next_cursor=_place(last) if last else None)

    async def named(self, store_ids: Sequence[str], effect_id: str) -> list[Hold]:
        """Find the live holds of these stores with an effect id; more than one may have it."""
        query = _live(store_ids).where(
            col(EffectRow.key).endswith(f"/{effect_key(effect_id)}", autoescape=True)
        )
        operation = effect_id.partition(":")[0]
        query = query.where(col(EffectRow.operation) == operation)
        async with self._database.read() as session:
            return list(await _holds(session, (await session.scalars(query)).all()))

    async def exists(self, checkout_id: str, effect_id: str) -> bool:
        """Whether a checkout has, or had, this hold."""
        key = f"{checkout_id}/{effect_key(effect_id)}"
        query = select(EffectRow.operation).where(col(EffectRow.key) == key)
        async with self._database.read() as session:
            return await session.scalar(query) in HOLDING


def effect_key(effect_id: str) -> str:
    """Turn the id that a view shows into the end of the effect's key.

    >>> effect_key("lock_voucher:leat:v-1#1")
    'lock_voucher/leat/v-1#1'
    """
    return effect_id.replace(":", "/", 2)


def _live(store_ids: Sequence[str]) -> SelectOfScalar[EffectRow]:
    """Select what is held now: a sale that is complete has used it up."""
    return (
        select(EffectRow)
        .join(Bill, col(Bill.checkout_id) == col(EffectRow.checkout_id))
        .where(
            col(EffectRow.store_id).in_(store_ids),
            col(EffectRow.held_since).is_not(None),
            col(Bill.status) != "completed",
        )
    )


def _after(cursor: Cursor) -> ColumnElement[bool]:
    if not cursor.checkout_id.isdecimal():
        raise Refusal("invalid_request", "the cursor is not one of this list")
    since, number = col(EffectRow.held_since), col(EffectRow.number)
    at = cursor.created_at
    return or_(since > at, and_(since == at, number > int(cursor.checkout_id)))


def _place(row: EffectRow) -> str:
    assert row.held_since is not None, "what is listed is held"
    return encoded(row.held_since, str(row.number))


async def _holds(session: AsyncSession, rows: Sequence[EffectRow]) -> tuple[Hold, ...]:
    ids = {row.checkout_id for row in rows}
    found = await session.scalars(bills().where(col(Bill.checkout_id).in_(ids)))
    known = {bill.checkout_id: bill for bill in found}
    paid = await _paying(session, ids)
    return tuple(_hold(row, known[row.checkout_id], paid) for row in rows)


async def _paying(session: AsyncSession, ids: Iterable[str]) -> set[str]:
    """Say which checkouts have a payment that was not taken back, as far as tills have said."""
    mine = select(PaymentRow).where(col(PaymentRow.checkout_id).in_(ids))
    said = (await session.scalars(mine)).all()
    over = {(p.checkout_id, p.reference) for p in said if p.status not in _PAYING}
    return {p.checkout_id for p in said if (p.checkout_id, p.reference) not in over}


def _hold(row: EffectRow, bill: Bill, paid: Iterable[str]) -> Hold:
    order = EffectOrder.model_validate(row.order)
    assert row.held_since is not None, "what is listed is held"
    return Hold(
        checkout_id=row.checkout_id,
        store_id=row.store_id,
        effect=order,
        state=_state(row),
        is_unknown=row.do_state == CallState.MANUAL,
        since=row.held_since,
        checkout_status=bill.status,
        paying=row.checkout_id in paid and bill.ended_at is None,
        attention_id=_attention(bill.view, order.effect_id),
    )


def _state(row: EffectRow) -> HoldState:
    if row.undo_state == CallState.MANUAL:
        return "undo_failed"
    unsure = row.do_state in (*UNSURE, CallState.MANUAL) or row.undo_state in UNSURE
    return "in_doubt" if unsure else "held"


class _Item(BaseModel):
    id: str
    effect_id: str | None = None


def _attention(view: Json | None, effect_id: str) -> str | None:
    items = view.get("attention") if view else None
    read = [_Item.model_validate(item) for item in items] if isinstance(items, list) else []
    return next((item.id for item in read if item.effect_id == effect_id), None)


async def end_holds(session: AsyncSession, checkout_id: str, *, sold: bool) -> None:
    """Note that an ended checkout holds nothing; what was given up keeps what a person settles."""
    over = update(EffectRow).where(
        col(EffectRow.checkout_id) == checkout_id, col(EffectRow.held_since).is_not(None)
    )
    if not sold:
        kept = col(EffectRow.do_state) == CallState.APPLIED
        over = over.where(kept, col(EffectRow.undo_state).is_(None))
    await session.execute(over.values(held_since=None))
