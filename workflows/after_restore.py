"""After a restore: every vendor's books since the backup are read before tills are served."""

import asyncio
from collections.abc import Sequence

from temporalio import workflow
from temporalio.exceptions import ChildWorkflowError

with workflow.unsafe.imports_passed_through():
    from activities.restored import RestoredActivities
    from tillsaga.domain.reconcile_orders import ReconcileOrder

from workflows import queues
from workflows.reconcile import ReconcileWorkflow


@workflow.defn(name="AfterRestore")
class AfterRestoreWorkflow:
    """Compares store by store side by side. What a vendor does not show keeps no till waiting."""

    @workflow.run
    async def run(self) -> int:
        """Answer how many differences there are."""
        orders = await workflow.execute_activity_method(
            RestoredActivities.plan,
            start_to_close_timeout=queues.RECORD,
            retry_policy=queues.RECORDS,
            summary="the days since the backup",
        )
        by_store: dict[str, list[ReconcileOrder]] = {}
        for order in orders:
            by_store.setdefault(order.store_id, []).append(order)
        found = sum(await asyncio.gather(*(_compared(each) for each in by_store.values())))
        await workflow.execute_activity_method(
            RestoredActivities.serve,
            found,
            start_to_close_timeout=queues.RECORD,
            retry_policy=queues.RECORDS,
            summary="let tills in",
        )
        return found


async def _compared(days: Sequence[ReconcileOrder]) -> int:
    """A store whose comparison fails is left to the nightly one: its tills wait no longer."""
    found = 0
    for order in days:
        try:
            compared = await workflow.execute_child_workflow(
                ReconcileWorkflow.run,
                order,
                static_summary=f"{order.store_id}, {order.day}, after a restore",
            )
        except ChildWorkflowError as failed:
            workflow.logger.error("%s's %s: %r", order.store_id, order.day, failed.cause)
        else:
            found += sum(each.differences for each in compared)
    return found
