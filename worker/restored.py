"""What a worker does first with records that were restored from a backup."""

import structlog
from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy

from tillsaga.records.database import Database
from tillsaga.records.restorations import SqlRestorations
from workflows.after_restore import AfterRestoreWorkflow

_log = structlog.get_logger("tillsaga.worker")


async def begin_after_restore(client: Client, database: Database, task_queue: str) -> str | None:
    """Have restored records compared with the vendors' books; answers the workflow's id.

    None where nothing was restored since the last time. Several workers start it once.
    """
    restored = await SqlRestorations(database).unreconciled()
    if restored is None:
        return None
    workflow_id = f"tillsaga-after-restore-{restored.restored_at:%Y%m%dT%H%M%SZ}"
    _log.warning("records_restored", backed_up_at=restored.backed_up_at.isoformat())
    await client.start_workflow(
        AfterRestoreWorkflow.run,
        id=workflow_id,
        task_queue=task_queue,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        static_summary=f"restored from {restored.backed_up_at:%Y-%m-%d %H:%M} UTC",
    )
    return workflow_id
