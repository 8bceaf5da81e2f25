"""The audit's daily root, on a schedule."""

from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.audit import AuditActivities, ClosedDay

from workflows import queues

LONGEST = timedelta(minutes=10)


@workflow.defn(name="AuditRoot")
class AuditRootWorkflow:
    """Makes one root over all chains; a worker that dies in it is followed by another."""

    @workflow.run
    async def run(self) -> ClosedDay:
        """Answer what was closed; nothing if the day was."""
        return await workflow.execute_activity_method(
            AuditActivities.close_day,
            start_to_close_timeout=LONGEST,
            retry_policy=queues.RECORDS,
            summary="one root over all chains that moved",
        )
