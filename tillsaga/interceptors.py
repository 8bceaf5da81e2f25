"""How the origin of work goes along through Temporal: in a header of every message.

A checkout takes its messages in one loop, so what an activity is done for is the message in hand
and not the run: `Inbox.take` follows it. Headers are no commands: a history replays with or
without them.
"""

import asyncio
from collections.abc import Awaitable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from temporalio import activity, workflow
from temporalio.api.common.v1 import Payload
from temporalio.client import Interceptor as ClientInterceptor
from temporalio.client import (
    OutboundInterceptor,
    SignalWorkflowInput,
    StartWorkflowInput,
    StartWorkflowUpdateInput,
    StartWorkflowUpdateWithStartInput,
    WorkflowHandle,
    WorkflowUpdateHandle,
)
from temporalio.worker import (
    ActivityInboundInterceptor,
    ExecuteActivityInput,
    ExecuteWorkflowInput,
    HandleSignalInput,
    HandleUpdateInput,
    Interceptor,
    StartActivityInput,
    StartChildWorkflowInput,
    StartLocalActivityInput,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
    WorkflowOutboundInterceptor,
)

from tillsaga import tracing
from tillsaga.domain import origin
from tillsaga.domain.origin import HEADER, Origin

Headers = Mapping[str, Payload]
Result = TypeVar("Result")
_PLAIN = {"encoding": b"binary/plain"}


def carried(headers: Headers) -> Headers:
    """Add the origin of the running task."""
    written = origin.current().written()
    return {**headers, HEADER: Payload(metadata=_PLAIN, data=written)} if written else headers


def origin_in(headers: Headers, workflow_id: str) -> Origin:
    """Read the origin of what has come in for a workflow."""
    found = headers.get(HEADER)
    came = origin.read(found.data) if found else Origin()
    return replace(came, checkout_id=origin.checkout_in(workflow_id))


class OutgoingOrigin(ClientInterceptor):
    """For clients: what they start, update and signal is told on whose behalf."""

    def intercept_client(self, next: OutboundInterceptor) -> OutboundInterceptor:
        """Wrap every call."""
        return _Client(next)


class _Client(OutboundInterceptor):
    async def start_workflow(self, input: StartWorkflowInput) -> WorkflowHandle[Any, Any]:
        with tracing.span(f"start {input.workflow}", "client", workflow_id=input.id):
            input.headers = carried(input.headers)
            return await super().start_workflow(input)

    async def signal_workflow(self, input: SignalWorkflowInput) -> None:
        with tracing.span(f"signal {input.signal}", "client", workflow_id=input.id):
            input.headers = carried(input.headers)
            await super().signal_workflow(input)

    async def start_workflow_update(
        self, input: StartWorkflowUpdateInput
    ) -> WorkflowUpdateHandle[Any]:
        with tracing.span(f"update {input.update}", "client", workflow_id=input.id):
            input.headers = carried(input.headers)
            return await super().start_workflow_update(input)

    async def start_update_with_start_workflow(
        self, input: StartWorkflowUpdateWithStartInput
    ) -> WorkflowUpdateHandle[Any]:
        update, start = input.update_workflow_input, input.start_workflow_input
        with tracing.span(f"update {update.update}", "client", workflow_id=start.id):
            update.headers, start.headers = carried(update.headers), carried(start.headers)
            return await super().start_update_with_start_workflow(input)


class IncomingOrigin(Interceptor):
    """For workers: what they do is done on behalf of who asked for it, and says so in turn."""

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        """Wrap every activity."""
        return _Activity(next)

    def workflow_interceptor_class(
        self, input: WorkflowInterceptorClassInput
    ) -> type[WorkflowInboundInterceptor]:
        """Wrap every workflow."""
        return _Inbound


class _Activity(ActivityInboundInterceptor):
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        info = activity.info()
        # For good: Temporal's own lines about how it ended belong to it, too.
        origin.follow(origin_in(input.headers, info.workflow_id or ""))
        with tracing.span(
            info.activity_type,
            workflow=info.workflow_type,
            workflow_id=info.workflow_id,
            run_id=info.workflow_run_id,
            queue=info.task_queue,
            attempt=info.attempt,
            checkout_id=origin.current().checkout_id,
        ) as span:
            result = await super().execute_activity(input)
            span.say(outcome=getattr(result, "status", None))
            return result


class _Inbound(WorkflowInboundInterceptor):
    def init(self, outbound: WorkflowOutboundInterceptor) -> None:
        super().init(_Outbound(outbound))

    async def execute_workflow(self, input: ExecuteWorkflowInput) -> Any:
        name = workflow.info().workflow_type
        return await _span_of(name, "", input.headers, super().execute_workflow(input))

    async def handle_update_handler(self, input: HandleUpdateInput) -> Any:
        handled = super().handle_update_handler(input)
        return await _span_of(input.update, input.id, input.headers, handled)

    async def handle_signal(self, input: HandleSignalInput) -> None:
        origin.follow(origin_in(input.headers, workflow.info().workflow_id))
        await super().handle_signal(input)


async def _span_of(name: str, id_: str, headers: Headers, work: Awaitable[Result]) -> Result:
    """Do a workflow's work as a span that ends once, however often it is replayed."""
    info = workflow.info()
    origin.follow(origin_in(headers, info.workflow_id))
    span = tracing.begin_again(name, "server", f"{info.run_id}/{id_}", workflow.time_ns())
    try:
        result = await work
    except (Exception, asyncio.CancelledError) as error:
        span.fail(error)
        _end(span, info)
        raise
    _end(span, info)
    return result


def _end(span: tracing.Span, info: workflow.Info) -> None:
    if workflow.unsafe.is_replaying():
        return
    span.say(
        workflow=info.workflow_type,
        workflow_id=info.workflow_id,
        run_id=info.run_id,
        checkout_id=origin.checkout_in(info.workflow_id),
    )
    span.end(workflow.time_ns())


class _Outbound(WorkflowOutboundInterceptor):
    def start_activity(self, input: StartActivityInput) -> workflow.ActivityHandle[Any]:
        input.headers = carried(input.headers)
        return super().start_activity(input)

    async def start_child_workflow(
        self, input: StartChildWorkflowInput
    ) -> workflow.ChildWorkflowHandle[Any, Any]:
        input.headers = carried(input.headers)
        return await super().start_child_workflow(input)

    def start_local_activity(self, input: StartLocalActivityInput) -> workflow.ActivityHandle[Any]:
        input.headers = carried(input.headers)
        return super().start_local_activity(input)
