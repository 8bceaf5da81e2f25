"""Finding checkouts that lost their workflow, or whose workflow cannot go on."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Protocol

from temporalio import activity
from temporalio.api.enums.v1 import WorkflowTaskFailedCause
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode

from tillsaga.domain.view import StartCheckout

SETTLED = timedelta(minutes=1)
"""A younger checkout may still be on its way to Temporal."""

HOPELESS = 5
"""From this attempt on, a task that failed for a lost message is not waited for."""


class Candidates(Protocol):
    """Where checkouts come from that have not ended."""

    async def __call__(self, older_than: timedelta) -> list[StartCheckout]:
        """List checkouts that are not archived and have effects or payments to answer for."""
        ...


class SweepActivities:
    """Compares the records with Temporal."""

    def __init__(self, client: Callable[[], Awaitable[Client]], candidates: Candidates) -> None:
        """Take a way to Temporal and the records' open checkouts."""
        self._client = client
        self._candidates = candidates

    @activity.defn(name="find_forsaken_checkouts")
    async def find_forsaken(self) -> list[StartCheckout]:
        """List checkouts with open ends whose workflow has ended or is gone.

        One that can never go on is terminated first, and is then among them.
        """
        client = await self._client()
        candidates = await self._candidates(SETTLED)
        return [c for c in candidates if not await _runs(client, c.checkout_id)]


async def _runs(client: Client, workflow_id: str) -> bool:
    try:
        description = await client.get_workflow_handle(workflow_id).describe()
    except RPCError as missing:
        if missing.status is RPCStatusCode.NOT_FOUND:
            return False
        raise
    if description.status is not WorkflowExecutionStatus.RUNNING:
        return False
    run = client.get_workflow_handle(workflow_id, run_id=description.run_id)
    attempt = description.raw_description.pending_workflow_task.attempt
    if attempt < HOPELESS or not await _has_lost_a_message(run):
        return True
    await run.terminate("its worker cannot answer a message any more; the sweep begins it anew")
    return False


async def _has_lost_a_message(run: WorkflowHandle[object, object]) -> bool:
    """Say whether the task under way began to fail because of an update's answer.

    The SDK forgets such an answer where a reset meets messages that are still being said again
    (docs/decisions/0057). Replaying forgets it again, each time.
    """
    cause = WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_BAD_UPDATE_WORKFLOW_EXECUTION_MESSAGE
    last = None
    async for event in run.fetch_history_events():
        if event.HasField("workflow_task_failed_event_attributes"):
            last = event.workflow_task_failed_event_attributes.cause
        elif event.HasField("workflow_task_completed_event_attributes"):
            last = None
    return last == cause
