"""Temporal's histories as the worker reads them, and how long Temporal has them."""

from datetime import datetime, timedelta

import structlog
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from tillsaga.domain.histories import EVIDENCE, NEEDED_RETENTION, ClosedRun
from tillsaga.durations import format_duration

_log = structlog.get_logger("tillsaga.worker")


class TemporalMemory:
    """What has ended in the namespace, as long as Temporal knows of it."""

    def __init__(self, client: Client) -> None:
        """Take the connection."""
        self._client = client

    async def closed_since(self, moment: datetime | None) -> list[ClosedRun]:
        """List the runs that have ended since, the oldest first; all without a moment."""
        types = ", ".join(f"'{name}'" for name in EVIDENCE)
        query = f"WorkflowType IN ({types}) AND ExecutionStatus != 'Running'"
        if moment is not None:
            query += f" AND CloseTime >= '{moment.isoformat()}'"
        found = [
            ClosedRun(run_id=run.run_id, workflow_id=run.id, closed_at=run.close_time)
            async for run in self._client.list_workflows(query)
            if run.close_time is not None
        ]
        return sorted(found, key=lambda run: run.closed_at)

    async def recall(self, run: ClosedRun) -> str | None:
        """Read a history as JSON, encrypted where Temporal has it encrypted; None if it is gone."""
        handle = self._client.get_workflow_handle(run.workflow_id, run_id=run.run_id)
        try:
            return (await handle.fetch_history()).to_json()
        except RPCError as refused:
            if refused.status is not RPCStatusCode.NOT_FOUND:
                raise
            return None


async def retention_of(client: Client) -> timedelta:
    """Ask how long Temporal knows what has ended in the namespace."""
    request = DescribeNamespaceRequest(namespace=client.namespace)
    told = await client.workflow_service.describe_namespace(request)
    return told.config.workflow_execution_retention_ttl.ToTimedelta()


async def tell_of_retention(client: Client) -> None:
    """Warn where Temporal may delete histories before they are kept."""
    try:
        retention = await retention_of(client)
    except RPCError as refused:  # not every credential may ask
        _log.warning("history_retention_unknown", namespace=client.namespace, why=refused.message)
        return
    if retention < NEEDED_RETENTION:
        _log.warning(
            "history_retention_short",
            namespace=client.namespace,
            retention=format_duration(retention),
            needed=format_duration(NEEDED_RETENTION),
            hint="temporal operator namespace update --retention 7d",
        )
