"""Returns without a sale: each is counted against the store's limits, race-free."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import and_, col, or_, select

from tillsaga.domain.model import Model
from tillsaga.errors import Refusal
from tillsaga.records.database import Database, utc_now
from tillsaga.records.statements import insert_new, insert_or_lock
from tillsaga.records.tables import Bill, RefundRow, ReturnDay, ReturnRow

CARRIED_WITHIN = timedelta(minutes=15)
"""A return that no workflow has written down by then has failed, and counts no more."""


class ReturnEntry(Model):
    """One return as it is counted; amounts in minor units, `day` is the store's business day."""

    store_id: str
    refund_id: str
    checkout_id: str
    day: str
    cashier: str
    customers: tuple[str, ...]
    amount: int
    digest: str


class ReturnLimits(Model):
    """How much may come back without its sale, minor units; None: as much as the others allow."""

    per_return: int
    per_store_day: int
    per_cashier_day: int | None = None
    per_member_day: int | None = None


class SqlReturnBook:
    """Counts returns of a store and day one after another."""

    def __init__(self, database: Database, now: Callable[[], datetime] = utc_now) -> None:
        self._database = database
        self._now = now

    async def take(self, entry: ReturnEntry, limits: ReturnLimits) -> None:
        """Take the room for a return, and its id; a repetition changes nothing.

        Raises:
            Refusal: `refund_exists`: the id stands for something else; `return_limit_exceeded`.
        """
        row = self._row(entry)
        index = RefundRow(
            store_id=entry.store_id,
            refund_id=entry.refund_id,
            checkout_id=entry.checkout_id,
            created_at=row.created_at,
        )
        async with self._database.write() as session:
            await self._lock(session, entry)
            named = await insert_or_lock(session, index, "store_id", "refund_id")
            if named.checkout_id != entry.checkout_id:
                raise Refusal("refund_exists", "this refund_id stands for a refund of a sale")
            if await insert_new(session, row, "store_id", "refund_id") is None:
                known = await session.get_one(ReturnRow, (entry.store_id, entry.refund_id))
                if known.digest != entry.digest:
                    raise Refusal("refund_exists", "this refund_id stands for another return")
                if known.checkout_id in await self._counting(session, known.store_id, known.day):
                    return
                known.day, known.created_at = entry.day, row.created_at
            await self._check(session, entry, limits)

    def _row(self, entry: ReturnEntry) -> ReturnRow:
        return ReturnRow(
            store_id=entry.store_id,
            refund_id=entry.refund_id,
            checkout_id=entry.checkout_id,
            day=entry.day,
            cashier=entry.cashier,
            customers=[*entry.customers],
            amount=entry.amount,
            digest=entry.digest,
            created_at=self._now(),
        )

    async def check(self, entry: ReturnEntry, limits: ReturnLimits) -> None:
        """Say whether there is room, taking none.

        Raises:
            Refusal: `return_limit_exceeded`.
        """
        async with self._database.read() as session:
            await self._check(session, entry, limits)

    async def _lock(self, session: AsyncSession, entry: ReturnEntry) -> None:
        day = ReturnDay(store_id=entry.store_id, day=entry.day)
        await insert_or_lock(session, day, "store_id", "day")

    async def _check(self, session: AsyncSession, entry: ReturnEntry, limits: ReturnLimits) -> None:
        today = await self._counting(session, entry.store_id, entry.day)
        others = [row for row in today.values() if row.refund_id != entry.refund_id]
        mine = [row for row in others if row.cashier == entry.cashier]
        theirs = [row for row in others if not set(entry.customers).isdisjoint(row.customers)]
        _require("per_return", limits.per_return, [], entry.amount)
        _require("per_store_day", limits.per_store_day, others, entry.amount)
        _require("per_cashier_day", limits.per_cashier_day, mine, entry.amount)
        if entry.customers:
            _require("per_member_day", limits.per_member_day, theirs, entry.amount)

    async def _counting(
        self, session: AsyncSession, store_id: str, day: str
    ) -> dict[str, ReturnRow]:
        """Find the returns of a day that stand, or may yet be carried out."""
        query = (
            select(ReturnRow)
            .outerjoin(Bill, col(Bill.checkout_id) == col(ReturnRow.checkout_id))
            .where(
                col(ReturnRow.store_id) == store_id,
                col(ReturnRow.day) == day,
                or_(
                    and_(col(Bill.saved_at).is_not(None), col(Bill.status) == "completed"),
                    col(ReturnRow.created_at) > self._now() - CARRIED_WITHIN,
                ),
            )
        )
        return {row.checkout_id: row for row in await session.scalars(query)}


def _require(name: str, limit: int | None, rows: Sequence[ReturnRow], amount: int) -> None:
    if limit is None:
        return
    left = max(0, limit - sum(row.amount for row in rows))
    if amount > left:
        words = f"{name} is {limit}, of which {left} is left; the return comes to {amount}"
        raise Refusal("return_limit_exceeded", words, [{"pointer": "", "detail": words}])
