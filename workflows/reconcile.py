"""Reconcile: our effect records against the vendors' books, every night or when asked for."""

import asyncio
from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from activities.reconciling import TRIES, ReconcileActivities
    from tillsaga.domain.reconcile_orders import Compared, CompareOrder, ReconcileOrder

from workflows import queues

LONGEST = timedelta(minutes=30)
"""For one vendor's day: about 10,000 effects, most of them asked for one by one."""

SILENCE = timedelta(seconds=30)
"""Longer than one question to a vendor takes."""

FEW_TRIES = RetryPolicy(initial_interval=timedelta(seconds=2), maximum_attempts=TRIES)


@workflow.defn(name="Reconcile")
class ReconcileWorkflow:
    """Compare one store's vendors side by side, day by day; what differs is in the records."""

    @workflow.run
    async def run(self, order: ReconcileOrder) -> list[Compared]:
        """Answer in short how each vendor's day went."""
        plan = await workflow.execute_activity_method(
            ReconcileActivities.plan,
            order,
            start_to_close_timeout=queues.RECORD,
            retry_policy=queues.RECORDS,
        )
        compared = []
        for day in dict.fromkeys(each.day.date for each in plan):
            todo = [_compared(each) for each in plan if each.day.date == day]
            compared += await asyncio.gather(*todo)
        return compared


async def _compared(order: CompareOrder) -> Compared:
    """One vendor's trouble is its own; that its books were not read is kept as well."""
    try:
        return await workflow.execute_activity_method(
            ReconcileActivities.compare,
            order,
            task_queue=queues.vendor_queue(order.kind),
            start_to_close_timeout=LONGEST,
            schedule_to_close_timeout=2 * LONGEST,
            heartbeat_timeout=SILENCE,
            retry_policy=FEW_TRIES,
            summary=f"{order.provider}, {order.day.date}",
        )
    except ActivityError:
        return await workflow.execute_activity_method(
            ReconcileActivities.note_unread,
            order,
            start_to_close_timeout=queues.RECORD,
            retry_policy=queues.RECORDS,
            summary=f"{order.provider} could not be read",
        )
