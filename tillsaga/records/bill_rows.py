"""Bills as rows: how they are selected, inserted and shown."""

from typing import cast

from pydantic import BaseModel, JsonValue
from sqlalchemy import bindparam
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import QueryableAttribute, defer
from sqlmodel import col, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from tillsaga.domain.model import Instant, Json, Model
from tillsaga.records.audit_rows import append, bill_opened
from tillsaga.records.statements import insert_new, table_of, updating
from tillsaga.records.tables import Bill


class BillRecord(Model):
    """A bill and the last view of its checkout."""

    checkout_id: str
    store_id: str
    basket_id: str
    generation: int
    previous_id: str | None
    fingerprint: str
    terminal_id: str
    created_at: Instant
    status: str
    version: int
    attention: bool
    view: Json | None
    saved_at: Instant | None
    ended_at: Instant | None
    pruned_at: Instant | None = None
    """Since when only its identity is left."""


class BillPage(Model):
    """A page of bills, newest first; `next_cursor` is None on the last one."""

    bills: tuple[BillRecord, ...]
    next_cursor: str | None


class BillFilter(Model):
    """Which bills of a list are wanted; `to` is exclusive."""

    status: str | None = None
    attention: bool | None = None
    from_: Instant | None = None
    to: Instant | None = None


_STATE = cast("QueryableAttribute[Json]", Bill.state)


class Headline(BaseModel):
    """What lists need of a view."""

    status: str
    version: int
    attention: list[JsonValue]


def bill_record(row: Bill) -> BillRecord:
    """Read a bill from its row."""
    return BillRecord.model_validate({name: getattr(row, name) for name in BillRecord.model_fields})


async def show(session: AsyncSession, checkout_id: str, view: Json) -> None:
    """Write the view where it is newer than the one that is there."""
    head = Headline.model_validate(view)
    values = {"view_": view, "status_": head.status, "version_": head.version}
    needs_a_person = {"attention_": bool(head.attention)}
    await session.execute(_SHOW, {"checkout_id_": checkout_id, **values, **needs_a_person})


# Every message comes by here, so it is a plain statement and built once.
_BILLS = table_of(Bill)
_SHOW = updating(_BILLS, "checkout_id", "view", "status", "version", "attention").where(
    or_(_BILLS.c.view.is_(None), _BILLS.c.version < bindparam("version_"))
)


def bills() -> SelectOfScalar[Bill]:
    """Select bills without their states, which may be large."""
    return select(Bill).options(defer(_STATE))


def latest_of(store_id: str, basket_id: str) -> SelectOfScalar[Bill]:
    """Select the latest bill of a basket."""
    mine = bills().where(col(Bill.store_id) == store_id, col(Bill.basket_id) == basket_id)
    return mine.order_by(col(Bill.generation).desc()).limit(1)


async def insert_or_latest(session: AsyncSession, bill: Bill) -> tuple[BillRecord, bool]:
    """Insert the bill, or read the latest one if another caller was first."""
    inserted = await insert_new(session, bill, "store_id", "basket_id", "generation")
    if inserted is not None:
        await append(session, inserted.checkout_id, bill_opened(inserted))
        return bill_record(inserted), True
    latest = (await session.scalars(latest_of(bill.store_id, bill.basket_id))).one()
    return bill_record(latest), False


def filtered(query: SelectOfScalar[Bill], wanted: BillFilter) -> SelectOfScalar[Bill]:
    """Narrow a list down to what is wanted."""
    if wanted.status is not None:
        query = query.where(col(Bill.status) == wanted.status)
    if wanted.attention is not None:
        query = query.where(col(Bill.attention).is_(wanted.attention))
    if wanted.from_ is not None:
        query = query.where(col(Bill.created_at) >= wanted.from_)
    if wanted.to is not None:
        query = query.where(col(Bill.created_at) < wanted.to)
    return query
