"""Bills: which checkout settles which basket, and the last view of each."""

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlmodel import col, or_
from sqlmodel.sql.expression import SelectOfScalar

from tillsaga.domain.model import Json
from tillsaga.records.bill_rows import (
    BillFilter,
    BillPage,
    BillRecord,
    bill_record,
    bills,
    filtered,
    insert_or_latest,
    latest_of,
    show,
)
from tillsaga.records.cursor import Cursor
from tillsaga.records.database import Database, utc_now
from tillsaga.records.tables import Bill

_GIVEN_UP = ("cancelled", "expired")


class SqlBillBook:
    """The door's side of the checkout records."""

    def __init__(self, database: Database, now: Callable[[], datetime] = utc_now) -> None:
        self._database = database
        self._now = now

    async def open_bill(
        self,
        store_id: str,
        basket_id: str,
        fingerprint: str,
        terminal_id: str,
        checkout_id_for: Callable[[int], str],
    ) -> tuple[BillRecord, bool]:
        """Open the basket's first bill, or find its latest; says whether it is new."""
        first = Bill(
            checkout_id=checkout_id_for(1),
            store_id=store_id,
            basket_id=basket_id,
            generation=1,
            fingerprint=fingerprint,
            terminal_id=terminal_id,
            created_at=self._now(),
        )
        async with self._database.write() as session:
            return await insert_or_latest(session, first)

    async def reopen_bill(
        self,
        store_id: str,
        basket_id: str,
        fingerprint: str,
        terminal_id: str,
        checkout_id_for: Callable[[int], str],
    ) -> tuple[BillRecord, bool]:
        """Open the next generation if the latest was given up, or find the latest.

        Raises:
            LookupError: the basket has no bill yet.
        """
        async with self._database.write() as session:
            locked = latest_of(store_id, basket_id).with_for_update()
            latest = (await session.scalars(locked)).one_or_none()
            if latest is None:
                raise LookupError("the basket has no bill")
            if latest.status not in _GIVEN_UP:
                return bill_record(latest), False
            following = Bill(
                checkout_id=checkout_id_for(latest.generation + 1),
                store_id=store_id,
                basket_id=basket_id,
                generation=latest.generation + 1,
                previous_id=latest.checkout_id,
                fingerprint=fingerprint,
                terminal_id=terminal_id,
                created_at=self._now(),
            )
            return await insert_or_latest(session, following)

    async def find(self, checkout_id: str) -> BillRecord | None:
        """Find the bill of a checkout."""
        return await self._one(bills().where(col(Bill.checkout_id) == checkout_id))

    async def latest(self, store_id: str, basket_id: str) -> BillRecord | None:
        """Find the latest bill of a basket."""
        return await self._one(latest_of(store_id, basket_id))

    async def of_basket(self, store_ids: Sequence[str], basket_id: str) -> list[BillRecord]:
        """Find all bills of a basket at these stores, latest first."""
        query = bills().where(col(Bill.store_id).in_(store_ids), col(Bill.basket_id) == basket_id)
        async with self._database.read() as session:
            rows = await session.scalars(query.order_by(col(Bill.generation).desc()))
            return [bill_record(row) for row in rows]

    async def page(
        self,
        store_ids: Sequence[str],
        wanted: BillFilter | None = None,
        *,
        limit: int = 50,
        cursor: str | None = None,
    ) -> BillPage:
        """List the bills of these stores, newest first.

        Raises:
            Refusal: `invalid_request`: the cursor is not one of ours.
        """
        query = filtered(bills().where(col(Bill.store_id).in_(store_ids)), wanted or BillFilter())
        if cursor is not None:
            query = query.where(Cursor.decode(cursor).after())
        query = query.order_by(col(Bill.created_at).desc(), col(Bill.checkout_id).desc())
        async with self._database.read() as session:
            rows = (await session.scalars(query.limit(limit + 1))).all()
        found = tuple(bill_record(row) for row in rows[:limit])
        more = len(rows) > limit
        return BillPage(bills=found, next_cursor=Cursor.at(rows[limit - 1]) if more else None)

    async def remember_view(self, checkout_id: str, view: Json) -> None:
        """Keep the checkout's view if it is newer than the one that is there."""
        async with self._database.write() as session:
            await show(session, checkout_id, view)

    async def forsaken(self, before: datetime, limit: int = 500) -> list[BillRecord]:
        """Find bills that have not ended and were opened and last saved before `before`.

        One that was woken up for a refund has a saved state beside its archive until it ends.
        """
        async with self._database.read() as session:
            rows = await session.scalars(unsettled(before).limit(limit))
            return [bill_record(row) for row in rows]

    async def _one(self, query: SelectOfScalar[Bill]) -> BillRecord | None:
        async with self._database.read() as session:
            row = (await session.scalars(query)).one_or_none()
            return bill_record(row) if row else None


def unsettled(before: datetime) -> SelectOfScalar[Bill]:
    """Select bills that have not ended, or go on after their end; `ix_bills_unsettled` has them."""
    return (
        bills()
        .where(
            or_(col(Bill.ended_at).is_(None), col(Bill.state).is_not(None)),
            col(Bill.created_at) < before,
            or_(col(Bill.saved_at).is_(None), col(Bill.saved_at) < before),
        )
        .order_by(col(Bill.created_at))
    )
