"""Comparisons with the vendors' books on SQL."""

from collections.abc import Sequence
from datetime import date
from itertools import groupby

from sqlalchemy import text, union
from sqlmodel import col, select

from tillsaga.domain.ports import EffectRecord
from tillsaga.domain.reconcile import BusinessDay, Reconciled
from tillsaga.records.database import Database
from tillsaga.records.effect_rows import effect_record
from tillsaga.records.tables import AT_VENDORS, Bill, EffectRow, ReconciliationRow


class SqlReconciliationBook:
    """Fills the port `ReconciliationBook`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def checkouts_of(self, provider: str, store_id: str, day: BusinessDay) -> list[str]:
        """Name the checkouts with an effect at this vendor that was begun, or undone, that day."""
        begun, undone = (
            select(EffectRow.checkout_id).where(
                col(EffectRow.store_id) == store_id,
                col(EffectRow.provider) == provider,
                col(at) >= day.start,
                col(at) < day.end,
            )
            for at in (EffectRow.do_started_at, EffectRow.undo_started_at)
        )
        begun = begun.where(text(AT_VENDORS))
        async with self._database.read() as session:
            return sorted(await session.scalars(union(begun, undone)))

    async def effects_of(self, kind: str, checkout_ids: Sequence[str]) -> list[list[EffectRecord]]:
        """Read all their records at vendors of a kind, checkout by checkout, oldest first."""
        theirs = select(EffectRow).where(
            col(EffectRow.checkout_id).in_(checkout_ids), col(EffectRow.kind) == kind
        )
        theirs = theirs.order_by(col(EffectRow.checkout_id), col(EffectRow.number))
        async with self._database.read() as session:
            records = [effect_record(row) for row in await session.scalars(theirs)]
        return [list(group) for _, group in groupby(records, lambda r: r.order.checkout_id)]

    async def pruned(self, checkout_ids: Sequence[str]) -> set[str]:
        """Name those of them whose records were deleted when their keeping time was over."""
        query = select(Bill.checkout_id).where(
            col(Bill.checkout_id).in_(checkout_ids), col(Bill.pruned_at).is_not(None)
        )
        async with self._database.read() as session:
            return set(await session.scalars(query))

    async def save(self, result: Reconciled) -> None:
        """Keep a result in place of the day's last one."""
        row = ReconciliationRow(
            store_id=result.store_id,
            day=result.day,
            provider=result.provider,
            settled=result.settled,
            differences=result.different,
            result=result.model_dump(mode="json"),
            read_at=result.read_at,
        )
        async with self._database.write() as session:
            await session.merge(row)

    async def read(self, store_id: str, day: date) -> list[Reconciled]:
        """Read the day's results, by vendor."""
        query = select(ReconciliationRow).where(
            col(ReconciliationRow.store_id) == store_id, col(ReconciliationRow.day) == day
        )
        async with self._database.read() as session:
            rows = await session.scalars(query.order_by(col(ReconciliationRow.provider)))
            return [Reconciled.model_validate(row.result) for row in rows]

    async def unsettled(self, store_id: str, since: date) -> list[tuple[date, str]]:
        """Name the days from then on, and the vendors, that should be compared again."""
        query = select(ReconciliationRow).where(
            col(ReconciliationRow.store_id) == store_id,
            col(ReconciliationRow.day) >= since,
            col(ReconciliationRow.settled).is_(False),
        )
        async with self._database.read() as session:
            rows = await session.scalars(query.order_by(col(ReconciliationRow.day)))
            return [(row.day, row.provider) for row in rows]
