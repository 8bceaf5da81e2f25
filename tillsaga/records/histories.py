"""Temporal's histories in the records, as Temporal had them: what it encrypts stays encrypted."""

import gzip
from collections.abc import Callable, Sequence
from datetime import datetime

from sqlmodel import col, func, select

from tillsaga.domain.histories import ClosedRun
from tillsaga.records.database import Database, utc_now
from tillsaga.records.erasures import GONE
from tillsaga.records.statements import insert_new
from tillsaga.records.tables import Bill, HistoryRow


class SqlHistories:
    """Keeps them until the sale's own record goes, or its customer is erased."""

    def __init__(self, database: Database, now: Callable[[], datetime] = utc_now) -> None:
        self._database = database
        self._now = now

    async def last_closed(self) -> datetime | None:
        """Say when the youngest run that is kept had ended."""
        async with self._database.read() as session:
            return await session.scalar(select(func.max(HistoryRow.closed_at)))

    async def unkept(self, runs: Sequence[ClosedRun]) -> list[ClosedRun]:
        """Leave out those that are kept."""
        ids = [run.run_id for run in runs]
        known = select(HistoryRow.run_id).where(col(HistoryRow.run_id).in_(ids))
        async with self._database.read() as session:
            kept = set(await session.scalars(known))
        return [run for run in runs if run.run_id not in kept]

    async def keep(self, run: ClosedRun, document: str) -> bool:
        """Keep one; False where it is kept, or its checkout's must not be.

        That is: it was erased or pruned, or is none of these records'.
        """
        row = HistoryRow(
            run_id=run.run_id,
            workflow_id=run.workflow_id,
            checkout_id=run.checkout_id,
            closed_at=run.closed_at,
            kept_at=self._now(),
            document=gzip.compress(document.encode()),
        )
        # Locked, so that no erasure passes by while its history is being written.
        bill = select(Bill).where(col(Bill.checkout_id) == run.checkout_id)
        async with self._database.write() as session:
            owner = (await session.scalars(bill.with_for_update(read=True))).one_or_none()
            if owner is None or owner.pruned_at is not None or owner.fingerprint == GONE:
                return False
            return await insert_new(session, row, "run_id") is not None

    async def of_checkout(self, checkout_id: str) -> dict[str, str]:
        """Read all of a checkout: JSON by run id, the oldest first."""
        mine = select(HistoryRow).where(col(HistoryRow.checkout_id) == checkout_id)
        async with self._database.read() as session:
            rows = await session.scalars(mine.order_by(col(HistoryRow.closed_at)))
            return {row.run_id: gzip.decompress(row.document).decode() for row in rows}
