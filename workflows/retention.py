"""Retention: what the stores no longer keep is deleted, on a schedule or by hand."""

from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.retention import RetentionActivities
    from tillsaga.domain.retention import Pruned, PruneOrder

from workflows import queues

LONGEST = timedelta(hours=12)
BATCH = timedelta(minutes=2)


@workflow.defn(name="Retention")
class RetentionWorkflow:
    """Deletes batch by batch; a worker that dies in it is followed by another."""

    @workflow.run
    async def run(self, order: PruneOrder) -> Pruned:
        """Answer how much was deleted, or would be."""
        return await workflow.execute_activity_method(
            RetentionActivities.prune,
            order,
            start_to_close_timeout=LONGEST,
            heartbeat_timeout=BATCH,
            retry_policy=queues.RECORDS,
            summary="count what is due" if order.dry_run else "delete what is due",
        )
