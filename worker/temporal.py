"""What a worker needs of Temporal: search attributes and schedules."""

from contextlib import suppress
from datetime import timedelta

import structlog
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest
from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleSpec,
)
from temporalio.service import RPCError, RPCStatusCode

from tillsaga.domain import histories
from tillsaga.domain.retention import PruneOrder
from workflows.histories import KeepHistoriesWorkflow
from workflows.repair import SweepWorkflow
from workflows.retention import RetentionWorkflow

SEARCH_ATTRIBUTES = {
    "TillsagaStore": IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
    "TillsagaTerminal": IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
    "TillsagaStatus": IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
    "TillsagaProviders": IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD_LIST,
    "TillsagaAttention": IndexedValueType.INDEXED_VALUE_TYPE_BOOL,
    "TillsagaAmountDue": IndexedValueType.INDEXED_VALUE_TYPE_INT,
}
SWEEP = "tillsaga-sweep"
RETENTION = "tillsaga-retention"
HISTORIES = "tillsaga-histories"


NOT_OURS_TO_MAKE = (RPCStatusCode.PERMISSION_DENIED, RPCStatusCode.UNIMPLEMENTED)
"""What Temporal Cloud, or a namespace with roles, answers to who may use it but not change it."""

_log = structlog.get_logger("tillsaga.worker")


async def register_search_attributes(client: Client) -> None:
    """Make the search attributes that checkouts carry; harmless where they exist.

    Where others administer Temporal they must have made them: `tillsaga doctor` says which lack.
    """
    request = AddSearchAttributesRequest(
        namespace=client.namespace, search_attributes=SEARCH_ATTRIBUTES
    )
    try:
        await client.operator_service.add_search_attributes(request)
    except RPCError as refused:
        if refused.status in NOT_OURS_TO_MAKE:
            _log.warning("search_attributes_not_registered", hint="tillsaga doctor")
        elif refused.status is not RPCStatusCode.ALREADY_EXISTS:
            raise


async def schedule_sweep(client: Client, task_queue: str, every: timedelta) -> None:
    """Have the sweep run regularly; the first worker makes the schedule."""
    action = ScheduleActionStartWorkflow(
        SweepWorkflow.run,
        id=SWEEP,
        task_queue=task_queue,
        static_summary="checkouts without a workflow",
    )
    await _schedule(client, SWEEP, action, every)


async def schedule_retention(client: Client, task_queue: str) -> None:
    """Have what no store keeps any longer deleted daily; the first worker makes the schedule."""
    action = ScheduleActionStartWorkflow(
        RetentionWorkflow.run,
        PruneOrder(),
        id=RETENTION,
        task_queue=task_queue,
        static_summary="what the stores no longer keep",
    )
    await _schedule(client, RETENTION, action, timedelta(days=1))


async def schedule_histories(client: Client, task_queue: str) -> None:
    """Have Temporal's histories kept before Temporal deletes them; the first worker schedules it.

    Nothing is caught up with: each time goes on where the last one has ended.
    """
    action = ScheduleActionStartWorkflow(
        KeepHistoriesWorkflow.run,
        id=HISTORIES,
        task_queue=task_queue,
        static_summary="histories of what has ended",
    )
    await _schedule(client, HISTORIES, action, histories.EVERY)


async def _schedule(
    client: Client, name: str, action: ScheduleActionStartWorkflow, every: timedelta
) -> None:
    schedule = Schedule(
        action=action,
        spec=ScheduleSpec(intervals=[ScheduleIntervalSpec(every=every)]),
        policy=SchedulePolicy(
            overlap=ScheduleOverlapPolicy.SKIP, catchup_window=timedelta(minutes=10)
        ),
    )
    with suppress(ScheduleAlreadyRunningError):
        await client.create_schedule(name, schedule)
