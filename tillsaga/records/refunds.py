"""Refunds by the till's own id: which checkout keeps it."""

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlmodel import col, select

from tillsaga.errors import Refusal
from tillsaga.records.database import Database, utc_now
from tillsaga.records.statements import insert_or_lock
from tillsaga.records.tables import RefundRow


class SqlRefundBook:
    """The door's index of refunds; what came of them stands in their checkout's record."""

    def __init__(self, database: Database, now: Callable[[], datetime] = utc_now) -> None:
        self._database = database
        self._now = now

    async def note(self, store_id: str, refund_id: str, checkout_id: str) -> None:
        """Note a refund before it is asked for; a repetition changes nothing.

        Raises:
            Refusal: `refund_exists`: the id stands for a refund of another checkout.
        """
        row = RefundRow(
            store_id=store_id,
            refund_id=refund_id,
            checkout_id=checkout_id,
            created_at=self._now(),
        )
        async with self._database.write() as session:
            known = await insert_or_lock(session, row, "store_id", "refund_id")
            if known.checkout_id != checkout_id:
                raise Refusal("refund_exists", "this refund_id stands for another checkout")

    async def checkout_of(self, store_ids: Sequence[str], refund_id: str) -> str | None:
        """Find the checkout of a refund in one of these stores; the newest, if several name it."""
        query = select(RefundRow).where(
            col(RefundRow.store_id).in_(store_ids), col(RefundRow.refund_id) == refund_id
        )
        async with self._database.read() as session:
            rows = await session.scalars(query.order_by(col(RefundRow.created_at).desc()).limit(1))
            row = rows.one_or_none()
            return row.checkout_id if row else None
