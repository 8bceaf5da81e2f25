"""KeepHistories: what has ended is evidence, and Temporal keeps it for days only."""

from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.histories import HistoryActivities
    from tillsaga.domain.histories import Kept

from workflows import queues

LONGEST = timedelta(hours=12)
SILENCE = timedelta(minutes=10)


@workflow.defn(name="KeepHistories")
class KeepHistoriesWorkflow:
    """Runs on a schedule; a worker that dies in it is followed by another."""

    @workflow.run
    async def run(self) -> Kept:
        """Answer how many were kept, and how many were gone."""
        return await workflow.execute_activity_method(
            HistoryActivities.keep,
            start_to_close_timeout=LONGEST,
            heartbeat_timeout=SILENCE,
            retry_policy=queues.RECORDS,
            summary="keep the histories of what has ended",
        )
