"""Finding checkouts that lost their workflow."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Protocol

from temporalio import activity
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from tillsaga.domain.view import StartCheckout

SETTLED = timedelta(minutes=1)
"""A younger checkout may still be on its way to Temporal."""


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
        """List checkouts with open ends whose workflow has ended or is gone."""
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
    return description.status is WorkflowExecutionStatus.RUNNING
