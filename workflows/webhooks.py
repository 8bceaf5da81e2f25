"""Delivery of webhooks: one checkout's events to one endpoint, one after another, for days."""

from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from activities.webhooks import WebhookActivities
    from tillsaga.domain.webhooks import (
        DELIVER,
        FOR_FIVE_DAYS,
        WAKE,
        EndOfDelivery,
        Mailbox,
        NextDelivery,
    )

from workflows import queues

AT_LAST = timedelta(days=7)
"""Longer than all attempts: an endpoint that nobody delivers to any more is given up, too."""


@workflow.defn(name=DELIVER)
class DeliverWebhookWorkflow:
    """Delivers what the records have for its mailbox until nothing waits. The order is theirs."""

    @workflow.init
    def __init__(self, mailbox: Mailbox) -> None:
        """Look into the mailbox at once."""
        self._mailbox = mailbox
        self._has_mail = True

    @workflow.signal(name=WAKE)
    def wake(self) -> None:
        """Look into the mailbox once more."""
        self._has_mail = True

    @workflow.run
    async def run(self, mailbox: Mailbox) -> None:
        """Deliver until the mailbox is empty."""
        while self._has_mail:
            self._has_mail = False
            while (found := await self._next()) is not None:
                await self._deliver(found)

    async def _next(self) -> NextDelivery | None:
        return await workflow.execute_local_activity_method(
            WebhookActivities.next,
            self._mailbox,
            start_to_close_timeout=queues.RECORD,
            retry_policy=queues.RECORDS,
        )

    async def _deliver(self, found: NextDelivery) -> None:
        try:
            await workflow.execute_activity_method(
                WebhookActivities.deliver,
                found.id,
                task_queue=queues.webhook_queue(self._mailbox.endpoint_id),
                start_to_close_timeout=queues.ATTEMPT,
                schedule_to_close_timeout=AT_LAST,
                retry_policy=FOR_FIVE_DAYS,
                summary=f"{found.type}, version {found.version}",
            )
        except ActivityError as failed:
            await self._give_up(found, str(failed.cause))

    async def _give_up(self, found: NextDelivery, detail: str) -> None:
        await workflow.execute_local_activity_method(
            WebhookActivities.give_up,
            EndOfDelivery(id=found.id, note=detail),
            start_to_close_timeout=queues.RECORD,
            retry_policy=queues.RECORDS,
        )
