"""What is deleted when a store no longer keeps it.

The bill's row stays as a tombstone, without view and state, so that its basket id is never sold
again. Of its audit the last entry stays, which says when the others went. Nothing goes that a
person or a vendor still has to settle, nor what has moved in the kept time: a refund, a claim or a
late payment keeps its whole sale.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Delete, delete, func, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from tillsaga.domain.retention import Pruned
from tillsaga.records.audit_rows import forget_entries
from tillsaga.records.database import Database, utc_now
from tillsaga.records.tables import (
    Archive,
    Bill,
    Claim,
    EffectRow,
    HistoryRow,
    IdempotencyKey,
    PaymentRow,
    RefundRow,
    ReturnRow,
    TransactionOwner,
    WebhookDeliveryRow,
)


class SqlRetention:
    """Deletes in batches, each whole or not at all."""

    def __init__(self, database: Database, now: Callable[[], datetime] = utc_now) -> None:
        self._database = database
        self._now = now

    async def stores(self) -> list[str]:
        """List the stores that have something in the archive."""
        async with self._database.read() as session:
            query = select(Archive.store_id).distinct().order_by(Archive.store_id)
            return list(await session.scalars(query))

    async def due(self, store_id: str, kept_since: datetime) -> int:
        """Count the checkouts that would be deleted."""
        ids = _due(store_id, kept_since).subquery()
        async with self._database.read() as session:
            return await session.scalar(select(func.count()).select_from(ids)) or 0

    async def prune(self, store_id: str, kept_since: datetime, limit: int) -> Pruned:
        """Delete at most `limit` checkouts, oldest first."""
        due = _due(store_id, kept_since).order_by(col(Archive.ended_at)).limit(limit)
        async with self._database.write() as session:
            locked = due.with_for_update(of=Bill, skip_locked=True)
            ids = (await session.scalars(locked)).all()
            return await self._delete(session, ids) if ids else Pruned()

    async def _delete(self, session: AsyncSession, ids: Sequence[str]) -> Pruned:
        """Delete what refers to others first."""
        keys = select(EffectRow.key).where(col(EffectRow.checkout_id).in_(ids))
        claims = await _count(session, delete(Claim).where(col(Claim.effect_key).in_(keys)))
        owners = delete(TransactionOwner).where(col(TransactionOwner.effect_key).in_(keys))
        await session.execute(owners)
        await session.execute(_of(ReturnRow, ids))
        await session.execute(_of(WebhookDeliveryRow, ids))
        pruned = Pruned(
            checkouts=await _count(session, _of(Archive, ids)),
            effects=await _count(session, _of(EffectRow, ids)),
            payments=await _count(session, _of(PaymentRow, ids)),
            refunds=await _count(session, _of(RefundRow, ids)),
            claims=claims,
            idempotency_keys=await _count(session, _of(IdempotencyKey, ids)),
            histories=await _count(session, _of(HistoryRow, ids)),
        )
        for checkout_id in sorted(ids):
            await forget_entries(session, checkout_id, self._now())
        tombs = update(Bill).where(col(Bill.checkout_id).in_(ids))
        await session.execute(tombs.values(view=None, state=None, pruned_at=self._now()))
        return pruned


def _due(store_id: str, kept_since: datetime) -> SelectOfScalar[str]:
    moved = select(EffectRow.number).where(
        col(EffectRow.checkout_id) == col(Archive.checkout_id),
        or_(
            col(EffectRow.open_since).is_not(None),
            col(EffectRow.do_last_started_at) >= kept_since,
            col(EffectRow.undo_last_started_at) >= kept_since,
        ),
    )
    refunded = select(RefundRow.refund_id).where(
        col(RefundRow.checkout_id) == col(Archive.checkout_id),
        col(RefundRow.created_at) >= kept_since,
    )
    return (
        select(Archive.checkout_id)
        .join(Bill, col(Bill.checkout_id) == col(Archive.checkout_id))
        .where(
            col(Archive.store_id) == store_id,
            col(Archive.ended_at) < kept_since,
            col(Bill.saved_at) < kept_since,
            col(Bill.state).is_(None),  # it was woken up, and is being settled
            col(Bill.attention).is_(False),
            ~moved.exists(),
            ~refunded.exists(),
        )
    )


def _of(table: Any, ids: Sequence[str]) -> Delete:
    return delete(table).where(table.checkout_id.in_(ids))


async def _count(session: AsyncSession, statement: Delete) -> int:
    deleted = await session.execute(statement.execution_options(synchronize_session=False))
    return int(getattr(deleted, "rowcount", 0))
