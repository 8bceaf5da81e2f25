"""Webhook deliveries on SQL."""

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, delete, func, select
from sqlmodel.sql.expression import SelectOfScalar

from tillsaga.domain.model import Instant, Model
from tillsaga.domain.webhooks import (
    Answer,
    Delivery,
    DeliveryStatus,
    Endpoint,
    Event,
    Failing,
    Mailbox,
    NextDelivery,
    delivery_id,
    payload_of,
)
from tillsaga.errors import Refusal
from tillsaga.records.database import Database, utc_now
from tillsaga.records.statements import insert_new
from tillsaga.records.tables import DisabledEndpoint, WebhookDeliveryRow


class DeliveryPage(Model):
    """Deliveries, newest first; `next_cursor` is None on the last page."""

    deliveries: tuple[Delivery, ...]
    next_cursor: str | None


class Backlog(Model):
    """What waits of one store."""

    store_id: str
    pending: int
    oldest: Instant


class SqlDeliveryBook:
    """Fills the port `DeliveryBook`; the door lists deliveries here too."""

    def __init__(self, database: Database, now: Callable[[], datetime] = utc_now) -> None:
        self._database = database
        self._now = now

    async def note(self, event: Event, endpoints: Sequence[Endpoint]) -> list[Mailbox]:
        """Write a delivery for each endpoint; one that is there stays as it is.

        Returns:
            The mailboxes in which the event still waits.
        """
        payload = payload_of(event)
        waiting = []
        async with self._database.write() as session:
            for endpoint in endpoints:
                row = WebhookDeliveryRow(
                    id=delivery_id(endpoint.id, event),
                    endpoint_id=endpoint.id,
                    payload=payload,
                    created_at=self._now(),
                    **event.model_dump(exclude={"subject", "at", "data"}),
                )
                known = await insert_new(session, row, "id") or await _row(session, row.id)
                if known.status == "pending":
                    waiting.append(_mailbox(known))
        return waiting

    async def next(self, mailbox: Mailbox) -> NextDelivery | None:
        """Find the earliest version that waits."""
        query = (
            select(WebhookDeliveryRow)
            .where(
                col(WebhookDeliveryRow.status) == "pending",
                col(WebhookDeliveryRow.endpoint_id) == mailbox.endpoint_id,
                col(WebhookDeliveryRow.checkout_id) == mailbox.checkout_id,
            )
            .order_by(col(WebhookDeliveryRow.version), col(WebhookDeliveryRow.number))
        )
        async with self._database.read() as session:
            row = (await session.scalars(query.limit(1))).one_or_none()
            return _next(row) if row is not None else None

    async def find(self, delivery_id: str) -> Delivery | None:
        """Read one."""
        async with self._database.read() as session:
            row = (await session.scalars(_named(delivery_id))).one_or_none()
            return _delivery(row) if row is not None else None

    async def page(
        self,
        store_ids: Sequence[str],
        *,
        status: DeliveryStatus | None = None,
        checkout_id: str | None = None,
        limit: int = 50,
        cursor: str | None = None,
    ) -> DeliveryPage:
        """List the deliveries of these stores, newest first.

        Raises:
            Refusal: `invalid_request`: the cursor is not one of ours.
        """
        number = col(WebhookDeliveryRow.number)
        query = select(WebhookDeliveryRow).where(col(WebhookDeliveryRow.store_id).in_(store_ids))
        if status is not None:
            query = query.where(col(WebhookDeliveryRow.status) == status)
        if checkout_id is not None:
            query = query.where(col(WebhookDeliveryRow.checkout_id) == checkout_id)
        if cursor is not None:
            query = query.where(number < _decoded(cursor))
        async with self._database.read() as session:
            rows = (await session.scalars(query.order_by(number.desc()).limit(limit + 1))).all()
        more = len(rows) > limit
        return DeliveryPage(
            deliveries=tuple(_delivery(row) for row in rows[:limit]),
            next_cursor=str(rows[limit - 1].number) if more else None,
        )

    async def is_disabled(self, endpoint: Endpoint, store_id: str) -> bool:
        """Whether the endpoint, configured as it is, has said 410 for this store."""
        return (endpoint.config, store_id) in await self.disabled([endpoint])

    async def disabled(self, endpoints: Sequence[Endpoint]) -> dict[tuple[str, str], datetime]:
        """Since when which of them want nothing of which store, by configuration and store."""
        ids, configs = [each.id for each in endpoints], {each.config for each in endpoints}
        query = select(DisabledEndpoint).where(col(DisabledEndpoint.endpoint_id).in_(ids))
        async with self._database.read() as session:
            rows = list(await session.scalars(query))
        return {(r.config, r.store_id): r.disabled_at for r in rows if r.config in configs}

    async def attempted(self, delivery_id: str, answer: Answer) -> None:
        """Note an attempt that is to be repeated."""
        async with self._database.write() as session:
            self._note_attempt(await _row(session, delivery_id), answer)

    async def delivered(self, delivery_id: str, answer: Answer, endpoint: Endpoint) -> None:
        """End it well; an endpoint that was disabled is not any more."""
        async with self._database.write() as session:
            row = await _row(session, delivery_id)
            self._note_attempt(row, answer)
            row.status, row.ended_at, row.note = "delivered", self._now(), None
            disabled = await session.get(DisabledEndpoint, (endpoint.id, row.store_id))
            if disabled is not None:
                await session.delete(disabled)

    async def gone(self, delivery_id: str, answer: Answer, endpoint: Endpoint) -> None:
        """End it, and disable the endpoint for the store."""
        async with self._database.write() as session:
            row = await _row(session, delivery_id)
            self._note_attempt(row, answer)
            self._fail(row, "endpoint_disabled", "the endpoint says 410: it wants no more")
            await session.merge(
                DisabledEndpoint(
                    endpoint_id=endpoint.id,
                    store_id=row.store_id,
                    config=endpoint.config,
                    disabled_at=self._now(),
                )
            )

    async def give_up(self, delivery_id: str, why: Failing, detail: str) -> None:
        """End what waits, undelivered."""
        async with self._database.write() as session:
            row = await _row(session, delivery_id)
            if row.status == "pending":
                self._fail(row, why, detail)

    async def redeliver(self, delivery_id: str) -> None:
        """Let it wait again, whatever became of it."""
        async with self._database.write() as session:
            row = await _row(session, delivery_id)
            row.status, row.by_hand = "pending", True
            row.ended_at = row.failure = row.note = None

    async def waiting(self) -> list[Mailbox]:
        """Name all mailboxes with something that waits."""
        endpoint_id, checkout_id = WebhookDeliveryRow.endpoint_id, WebhookDeliveryRow.checkout_id
        query = select(endpoint_id, checkout_id).where(col(WebhookDeliveryRow.status) == "pending")
        async with self._database.read() as session:
            rows = await session.execute(query.distinct())
            return [Mailbox(endpoint_id=endpoint, checkout_id=own) for endpoint, own in rows]

    async def backlog(self) -> list[Backlog]:
        """Say how much waits, and since when, by store."""
        store_id = col(WebhookDeliveryRow.store_id)
        oldest = func.min(WebhookDeliveryRow.created_at)
        query = select(store_id, func.count(), oldest).group_by(store_id).order_by(store_id)
        query = query.where(col(WebhookDeliveryRow.status) == "pending")
        async with self._database.read() as session:
            rows = await session.execute(query)
            return [Backlog(store_id=own, pending=n, oldest=since) for own, n, since in rows]

    async def forget(self, before: datetime) -> None:
        """Delete what ended before."""
        async with self._database.write() as session:
            ended = col(WebhookDeliveryRow.ended_at) < before
            await session.execute(delete(WebhookDeliveryRow).where(ended))

    def _note_attempt(self, row: WebhookDeliveryRow, answer: Answer) -> None:
        row.attempts += 1
        row.last_attempt_at = self._now()
        row.response_status, row.note = answer.status, answer.in_words

    def _fail(self, row: WebhookDeliveryRow, why: Failing, detail: str) -> None:
        row.status, row.ended_at = "failed", self._now()
        row.failure, row.note = why, detail


def _named(delivery_id: str) -> SelectOfScalar[WebhookDeliveryRow]:
    return select(WebhookDeliveryRow).where(col(WebhookDeliveryRow.id) == delivery_id)


async def _row(session: AsyncSession, delivery_id: str) -> WebhookDeliveryRow:
    return (await session.scalars(_named(delivery_id).with_for_update())).one()


def _mailbox(row: WebhookDeliveryRow) -> Mailbox:
    return Mailbox(endpoint_id=row.endpoint_id, checkout_id=row.checkout_id)


def _next(row: WebhookDeliveryRow) -> NextDelivery:
    return NextDelivery.model_validate({"id": row.id, "type": row.type, "version": row.version})


def _delivery(row: WebhookDeliveryRow) -> Delivery:
    return Delivery.model_validate({name: getattr(row, name) for name in Delivery.model_fields})


def _decoded(cursor: str) -> int:
    if not cursor.isdecimal() or len(cursor) > 18:
        raise Refusal("invalid_request", "the cursor is not one of ours")
    return int(cursor)
