"""Webhooks: events are written down for each endpoint, and delivered one request at a time."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from temporalio import activity
from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from tillsaga.domain.ports import Clock
from tillsaga.domain.webhooks import (
    DELIVER,
    WAKE,
    Answer,
    Delivery,
    DeliveryBook,
    EndOfDelivery,
    Endpoint,
    Endpoints,
    Event,
    Mailbox,
    NextDelivery,
    Sender,
    body_of,
    wait_after,
)

KEPT = timedelta(days=90)
"""How long a delivery can be looked up, and sent again, after its end."""

GONE = 410


class WebhookActivities:
    """The records, Temporal and the endpoints, as webhooks need them."""

    def __init__(
        self,
        client: Callable[[], Awaitable[Client]],
        book: DeliveryBook,
        endpoints: Endpoints,
        sender: Sender,
        clock: Clock,
    ) -> None:
        """Take a way to Temporal, the records, the configuration and the HTTP side."""
        self._client = client
        self._book = book
        self._endpoints = endpoints
        self._sender = sender
        self._clock = clock

    @activity.defn(name="announce_event")
    async def announce(self, event: Event) -> None:
        """Write an event down for all who listen, and see that it is delivered.

        The rows are unique, and a mailbox is woken once too often rather than not at all.
        """
        listening = self._endpoints.of_store(event.store_id)
        for mailbox in await self._book.note(event, listening):
            await wake(await self._client(), mailbox, activity.info().task_queue)

    @activity.defn(name="next_delivery")
    async def next(self, mailbox: Mailbox) -> NextDelivery | None:
        """Find what goes out next; what nobody wants any more is ended on the way."""
        while (found := await self._book.next(mailbox)) is not None:
            delivery = await self._book.find(found.id)
            if delivery is None or await self._recipient(delivery) is not None:
                return found
        return None

    @activity.defn(name="deliver_webhook")
    async def deliver(self, delivery_id: str) -> None:
        """Send it once. What fails is tried again by Temporal, when this says.

        Raises:
            ApplicationError: `Undelivered`: no 2xx; with the time of the next attempt.
        """
        delivery = await self._book.find(delivery_id)
        if delivery is None or delivery.status != "pending":
            return  # an attempt before this one ended it, and its own end was lost
        endpoint = await self._recipient(delivery)
        if endpoint is None:
            return
        answer = await self._sender.send(endpoint.id, delivery.id, body_of(delivery.payload))
        if answer.is_good:
            await self._book.delivered(delivery.id, answer, endpoint)
        elif answer.status == GONE:
            await self._book.gone(delivery.id, answer, endpoint)
            activity.logger.warning(
                "webhook endpoint %s is gone for %s", endpoint.id, delivery.store_id
            )
        else:
            await self._book.attempted(delivery.id, answer)
            raise _undelivered(answer)

    async def _recipient(self, delivery: Delivery) -> Endpoint | None:
        """Find where it goes; without one it has ended."""
        endpoint = self._endpoints.find(delivery.endpoint_id, delivery.store_id)
        if endpoint is None:
            detail = "the endpoint does not hear of this store any more"
            await self._book.give_up(delivery.id, "endpoint_removed", detail)
            return None
        if delivery.by_hand or not await self._book.is_disabled(endpoint, delivery.store_id):
            return endpoint
        detail = "the endpoint said 410 for this store, and is configured as it was then"
        await self._book.give_up(delivery.id, "endpoint_disabled", detail)
        return None

    @activity.defn(name="give_up_delivery")
    async def give_up(self, ended: EndOfDelivery) -> None:
        """End a delivery that has failed for days."""
        await self._book.give_up(ended.id, "gave_up", ended.note)

    @activity.defn(name="wake_webhooks")
    async def wake_all(self) -> None:
        """Start what lost its workflow, by a terminate or with Temporal's memory.

        What runs is left alone, so that a long outage does not fill its history.
        """
        await self._book.forget(self._clock.now() - KEPT)
        client = await self._client()
        for mailbox in await self._book.waiting():
            await client.start_workflow(
                DELIVER,
                mailbox,
                id=mailbox.workflow_id,
                task_queue=activity.info().task_queue,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                static_summary=mailbox.summary,
            )


async def wake(client: Client, mailbox: Mailbox, task_queue: str) -> None:
    """Have a mailbox looked into, by whoever delivers it already or by somebody new."""
    await client.start_workflow(
        DELIVER,
        mailbox,
        id=mailbox.workflow_id,
        task_queue=task_queue,
        start_signal=WAKE,
        static_summary=mailbox.summary,
    )


def _undelivered(answer: Answer) -> ApplicationError:
    attempt = activity.info().attempt
    return ApplicationError(
        answer.in_words,
        type="Undelivered",
        next_retry_delay=wait_after(attempt, answer.retry_after),
        category=ApplicationErrorCategory.BENIGN,
    )
