"""Temporal: whether it answers, has what we need, and somebody works."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta

from temporalio.api.enums.v1 import IndexedValueType, TaskQueueType
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import (
    CountWorkflowExecutionsRequest,
    DescribeNamespaceRequest,
    DescribeTaskQueueRequest,
    GetSystemInfoRequest,
)
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from tillsaga.doctor.finding import Finding, fault, ok, warning
from tillsaga.doctor.installation import Installation
from tillsaga.temporal import NotLetIn, TemporalTrouble, trouble
from tillsaga.webhooks.endpoints import ConfiguredEndpoints
from worker.temporal import NOT_OURS_TO_MAKE, SEARCH_ATTRIBUTES
from worker.wiring import kinds_in_use
from workflows.queues import vendor_queue, webhook_queue

PATIENCE = timedelta(seconds=5)
LEAST_RETENTION = timedelta(days=1)
"""Long enough for the nightly comparison, and for a till that repeats its last message."""

_WORKFLOW = TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW
_ACTIVITY = TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY
_KINDS = {_WORKFLOW: "workflows", _ACTIVITY: "activities"}


async def temporal(at: Installation) -> Finding:
    """Connect."""
    try:
        there = at.connection
        async with _named(at) as client:
            info = await client.workflow_service.get_system_info(
                GetSystemInfoRequest(), timeout=PATIENCE
            )
    except TemporalTrouble as known:
        return fault(known.message, known.hint)
    return ok(f"{info.server_version} at {there.address}" + (", TLS" if there.is_encrypted else ""))


async def namespace(at: Installation) -> Finding:
    """See that it is there, and keeps histories for long enough."""
    name = at.connection.namespace
    try:
        async with _named(at) as client:
            described = await client.workflow_service.describe_namespace(
                DescribeNamespaceRequest(namespace=name), timeout=PATIENCE
            )
    except NotLetIn:
        # With an API key of Temporal Cloud one may be let in, and not be told this.
        remedy = f"see in its settings that retention is {_long(LEAST_RETENTION)} at least"
        return warning(f"nobody tells us how long {name} keeps histories", remedy)
    except TemporalTrouble as known:
        return fault(known.message, known.hint.replace("--namespace NAME", f"--namespace {name}"))
    kept = described.config.workflow_execution_retention_ttl.ToTimedelta()
    if kept < LEAST_RETENTION:
        remedy = f"temporal operator namespace update --retention 7d --namespace {name}"
        return warning(f"{name} keeps histories for {_long(kept)} only", remedy)
    return ok(f"{name} keeps histories for {_long(kept)}")


def _long(kept: timedelta) -> str:
    hours = kept // timedelta(hours=1)
    return f"{hours // 24} days" if hours >= 48 else f"{hours} h"


async def search_attributes(at: Installation) -> Finding:
    """See that checkouts can be found in the Temporal UI; without them none can be started."""
    try:
        async with _named(at) as client:
            wrong = await missing_attributes(client)
    except TemporalTrouble as known:
        return fault(known.message, known.hint)
    if not wrong:
        return ok(f"{len(SEARCH_ATTRIBUTES)} are registered")
    [first, *_] = wrong
    words = ", ".join(f"{name} {why}" for name, why in wrong.items())
    made = f"temporal operator search-attribute create --name {first} --type {kind_of(first)}"
    where = f"--namespace {at.connection.namespace}"
    return fault(words, f"{made} {where}, or start a worker, which makes them where it may")


def kind_of(name: str) -> str:
    """Write the type of a search attribute as the `temporal` program does: `KeywordList`."""
    written = IndexedValueType.Name(SEARCH_ATTRIBUTES[name]).removeprefix("INDEXED_VALUE_TYPE_")
    return written.title().replace("_", "")


async def missing_attributes(client: Client) -> dict[str, str]:
    """Say of each search attribute that is not as it should be what is wrong with it."""
    request = ListSearchAttributesRequest(namespace=client.namespace)
    try:
        there = await client.operator_service.list_search_attributes(request, timeout=PATIENCE)
    except RPCError as refused:
        if refused.status not in NOT_OURS_TO_MAKE:
            raise
        return await attributes_unasked_for(client)
    return dict(_wrong(there.custom_attributes))


def _wrong(there: Mapping[str, "IndexedValueType.ValueType"]) -> Iterator[tuple[str, str]]:
    for name, kind in SEARCH_ATTRIBUTES.items():
        if name not in there:
            yield name, "is missing"
        elif there[name] != kind:
            yield name, f"is no {kind_of(name)}"


async def attributes_unasked_for(client: Client) -> dict[str, str]:
    """Find out by searching, where nobody lists them for us (Temporal Cloud)."""
    wrong = {}
    for name in SEARCH_ATTRIBUTES:
        request = CountWorkflowExecutionsRequest(
            namespace=client.namespace, query=f"{name} IS NOT NULL"
        )
        try:
            await client.workflow_service.count_workflow_executions(request, timeout=PATIENCE)
        except RPCError as refused:
            if refused.status is not RPCStatusCode.INVALID_ARGUMENT:
                raise
            wrong[name] = "is missing"
    return wrong


async def workers(at: Installation) -> Finding:
    """See that somebody polls every queue. One that was killed stays listed for minutes."""
    queues = _queues(at)
    try:
        async with _named(at) as client:
            polled = await asyncio.gather(*(_is_polled(client, *queue) for queue in queues))
    except TemporalTrouble as known:
        return fault(known.message, known.hint)
    alone = [q for q, is_polled in zip(queues, polled, strict=True) if not is_polled]
    if not alone:
        return ok(f"every queue is polled: {len({name for name, _ in queues})} of them")
    names = ", ".join(f"{name} ({_KINDS[kind]})" for name, kind in alone)
    remedy = "start a worker with the same settings and stores file: tillsaga worker"
    return fault(f"nobody polls {names}", remedy)


def _queues(at: Installation) -> "list[tuple[str, TaskQueueType.ValueType]]":
    base, stores = at.settings.task_queue, at.stores.stores
    queues = [(base, _WORKFLOW), (base, _ACTIVITY)]
    if stores is not None:
        queues += [(vendor_queue(kind, base), _ACTIVITY) for kind in kinds_in_use(stores)]
        endpoints = ConfiguredEndpoints(stores.webhooks).all
        queues += [(webhook_queue(one.id, base), _ACTIVITY) for one in endpoints]
    return queues


async def _is_polled(client: Client, queue: str, kind: "TaskQueueType.ValueType") -> bool:
    request = DescribeTaskQueueRequest(
        namespace=client.namespace, task_queue=TaskQueue(name=queue), task_queue_type=kind
    )
    described = await client.workflow_service.describe_task_queue(request, timeout=PATIENCE)
    return bool(described.pollers)


@asynccontextmanager
async def _named(at: Installation) -> AsyncIterator[Client]:
    """Give the connection to Temporal, and name what goes wrong with it.

    Raises:
        TemporalTrouble: instead of what the SDK raises.
    """
    client = await at.client()
    try:
        yield client
    except RPCError as failed:
        raise trouble(failed, at.connection) from failed
