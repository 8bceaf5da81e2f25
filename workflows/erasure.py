"""Erase: a member's data goes from all records. Its history knows the order's id, and not whom."""

from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.erasure import ErasureActivities
    from tillsaga.domain.erasure import Erasure

from workflows import queues

LONGEST = timedelta(hours=12)
PAGE = timedelta(minutes=2)


@workflow.defn(name="Erase")
class EraseWorkflow:
    """Goes on where it was when a worker died in it."""

    @workflow.run
    async def run(self, erasure_id: str) -> Erasure:
        """Answer what was erased, and what was in use."""
        return await workflow.execute_activity_method(
            ErasureActivities.erase,
            erasure_id,
            start_to_close_timeout=LONGEST,
            heartbeat_timeout=PAGE,
            retry_policy=queues.RECORDS,
            summary="erase a member from all records",
        )
