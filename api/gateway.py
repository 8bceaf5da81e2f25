"""The one place at the door that speaks to Temporal's SDK."""

import asyncio
import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TypedDict, TypeVar

from pydantic import BaseModel, JsonValue
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.enums.v1 import UpdateWorkflowExecutionLifecycleStage as Stage
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.update.v1 import UpdateRef, WaitPolicy
from temporalio.api.workflowservice.v1 import (
    DescribeTaskQueueRequest,
    GetSystemInfoRequest,
    PollWorkflowExecutionUpdateRequest,
    PollWorkflowExecutionUpdateResponse,
)
from temporalio.client import (
    Client,
    RPCTimeoutOrCancelledError,
    WithStartWorkflowOperation,
)
from temporalio.common import (
    SearchAttributeKey,
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
    WorkflowIDReusePolicy,
)
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError

from api.temporal import (
    Answer,
    Gone,
    HandlerFailed,
    Letter,
    NoAnswer,
    Queue,
    QueueState,
    Start,
    Unreachable,
)
from api.troubles import limited
from tillsaga.domain.evidence import BooksAnswer, BooksQuestion
from tillsaga.domain.messages import Heartbeat
from tillsaga.domain.reads import LookUpAnswer, LookUpOrder, ScanAnswer, ScanOrder
from tillsaga.domain.shown import shown_in, with_tokens
from tillsaga.domain.tokens import Vault, revealed, tokens_in
from tillsaga.domain.view import RefusalBody
from tillsaga.domain.webhooks import DELIVER, WAKE, Mailbox
from tillsaga.evidence.histories import Histories, read_histories

LOOK_UP = "LookUp"
SCAN = "Scan"
ERASE = "Erase"
READ_BOOKS = "ReadBooks"
# Bounds the stall after a worker has died in the middle of a task.
TASK_TIMEOUT = timedelta(seconds=3)
LOOK_UP_LIFE = timedelta(seconds=30)

POLLED = timedelta(seconds=90)
"""A worker's question waits a minute for work; one that has not asked for longer is gone."""

_QUEUE_TYPES = {
    "workflow": TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
    "activity": TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
}
_ACCEPTED = Stage.UPDATE_WORKFLOW_EXECUTION_LIFECYCLE_STAGE_ACCEPTED

_STORE = SearchAttributeKey.for_keyword("TillsagaStore")
_TERMINAL = SearchAttributeKey.for_keyword("TillsagaTerminal")
_STATUS = SearchAttributeKey.for_keyword("TillsagaStatus")
_PROVIDERS = SearchAttributeKey.for_keyword_list("TillsagaProviders")
_ATTENTION = SearchAttributeKey.for_bool("TillsagaAttention")
_AMOUNT_DUE = SearchAttributeKey.for_int("TillsagaAmountDue")

Asked = TypeVar("Asked", LookUpAnswer, ScanAnswer, BooksAnswer)
Said = TypeVar("Said", bound=BaseModel)


class TemporalGateway:
    """Fills the port `Gateway`. What a message shows of a customer leaves the door as tokens."""

    def __init__(self, client: Client, task_queue: str, vault: Vault | None = None) -> None:
        self._client = client
        self._task_queue = task_queue
        self._vault = vault

    async def update(self, letter: Letter, within: float) -> Answer:
        """Send an Update and wait for its outcome in one call."""
        letter = replace(letter, message=await self._hidden(letter.message, letter.checkout_id))
        async with limited(within) as limit:
            if letter.start is None:
                handle = self._client.get_workflow_handle(letter.workflow_id)
                reply = await handle.execute_update(
                    letter.name,
                    args=[letter.message, letter.context],
                    id=letter.update_id,
                    result_type=dict,
                    rpc_timeout=limit,
                )
            else:
                reply = await self._update_with_start(letter, letter.start, limit)
        return _answer(reply)

    async def answered(self, letter: Letter, run_id: str, within: float) -> Answer | None:
        """Ask for the outcome that the history of a run has, without waiting for one."""
        try:
            told = await self._poll(letter, within, run_id=run_id)
        except Gone:
            return None
        if not told.HasField("outcome"):
            return None
        if not told.outcome.HasField("success"):
            raise HandlerFailed("the checkout's code failed on the message")
        converter = self._client.data_converter
        (reply,) = await converter.decode(told.outcome.success.payloads, [dict])
        return _answer(reply)

    async def is_taken(self, letter: Letter, within: float) -> bool:
        """Ask the server, since an Update is durable only once the checkout has accepted it."""
        try:
            told = await self._poll(letter, within, wait_for=_ACCEPTED)
        except (Gone, NoAnswer, Unreachable):
            return False
        return told.stage >= _ACCEPTED

    async def _poll(
        self,
        letter: Letter,
        within: float,
        *,
        run_id: str = "",
        wait_for: Stage.ValueType = Stage.UPDATE_WORKFLOW_EXECUTION_LIFECYCLE_STAGE_UNSPECIFIED,
    ) -> PollWorkflowExecutionUpdateResponse:
        run = WorkflowExecution(workflow_id=letter.workflow_id, run_id=run_id)
        question = PollWorkflowExecutionUpdateRequest(
            namespace=self._client.namespace,
            update_ref=UpdateRef(workflow_execution=run, update_id=letter.update_id),
            identity=self._client.identity,
            wait_policy=WaitPolicy(lifecycle_stage=wait_for),
        )
        async with limited(within) as limit:
            service = self._client.workflow_service
            return await service.poll_workflow_execution_update(question, timeout=limit)

    async def heartbeat(self, checkout_id: str, start: Start | None, within: float) -> None:
        """Send the sign of life."""
        async with limited(within) as limit:
            if start is None:
                handle = self._client.get_workflow_handle(checkout_id)
                await handle.signal("heartbeat", Heartbeat(), rpc_timeout=limit)
            else:
                await self._client.start_workflow(
                    start.workflow,
                    start.order,
                    id=checkout_id,
                    **_options(start, self._task_queue),
                    start_signal="heartbeat",
                    start_signal_args=[Heartbeat()],
                    rpc_timeout=limit,
                )

    async def query(self, checkout_id: str, name: str, within: float) -> JsonValue:
        """Ask the running checkout, or Temporal's memory of an ended one."""
        async with limited(within) as limit:
            handle = self._client.get_workflow_handle(checkout_id)
            answer: JsonValue = await handle.query(name, rpc_timeout=limit)
        return answer

    async def look_up(self, order: LookUpOrder, within: float) -> LookUpAnswer:
        """Run the short workflow that asks the vendors."""
        hidden = await self._hidden(order)
        return await self._readable(await self._ask(LOOK_UP, hidden, LookUpAnswer, within))

    async def scan(self, order: ScanOrder, within: float) -> ScanAnswer:
        """Run the short workflow that finds whose a scanned string is."""
        hidden = await self._hidden(order)
        return await self._readable(await self._ask(SCAN, hidden, ScanAnswer, within))

    async def read_books(self, question: BooksQuestion, within: float) -> BooksAnswer:
        """Run the short workflow that asks a vendor about one effect."""
        return await self._ask(READ_BOOKS, question, BooksAnswer, within)

    async def _hidden(self, message: Said, checkout_id: str | None = None) -> Said:
        shown = shown_in(message)
        if self._vault is None or not shown:
            return message
        return with_tokens(message, await self._vault.keep(shown, checkout_id=checkout_id))

    async def _readable(self, answer: Asked) -> Asked:
        """The till gets what it has sent, and what a vendor wants it to have."""
        if self._vault is None:
            return answer
        return revealed(answer, await self._vault.reveal(tokens_in(answer)))

    async def _ask(
        self, workflow: str, order: BaseModel, answer: type[Asked], within: float
    ) -> Asked:
        async with limited(within) as limit:
            answered: Asked = await self._client.execute_workflow(
                workflow,
                order,
                id=f"{workflow.lower()}-{secrets.token_hex(12)}",
                task_queue=self._task_queue,
                execution_timeout=LOOK_UP_LIFE,
                task_timeout=TASK_TIMEOUT,
                result_type=answer,
                rpc_timeout=limit,
            )
        return answered

    async def erase(self, erasure_id: str, within: float) -> None:
        """Start the workflow, or meet the one that runs."""
        async with limited(within) as limit:
            handle = await self._client.start_workflow(
                ERASE,
                erasure_id,
                id=f"erase-{erasure_id}",
                task_queue=self._task_queue,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                static_summary="erase a member",
                rpc_timeout=limit,
            )
            await handle.result(rpc_timeout=limit)

    async def wake_webhooks(self, mailbox: Mailbox, within: float) -> None:
        """Signal the workflow that delivers, or start it."""
        async with limited(within) as limit:
            await self._client.start_workflow(
                DELIVER,
                mailbox,
                id=mailbox.workflow_id,
                task_queue=self._task_queue,
                start_signal=WAKE,
                static_summary=mailbox.summary,
                rpc_timeout=limit,
            )

    async def histories(self, checkout_id: str, runs: Sequence[str]) -> Histories:
        """Fetch the histories, decrypted where the keys are there."""
        return await read_histories(self._client, checkout_id, runs)

    async def queues(self, queues: Sequence[Queue], within: float) -> list[QueueState]:
        """Ask the server about each queue, side by side."""
        async with limited(within) as limit:
            return await asyncio.gather(*(self._queue(queue, limit) for queue in queues))

    async def _queue(self, queue: Queue, limit: timedelta) -> QueueState:
        question = DescribeTaskQueueRequest(
            namespace=self._client.namespace,
            task_queue=TaskQueue(name=queue.name),
            task_queue_type=_QUEUE_TYPES[queue.type],
            report_stats=True,
        )
        told = await self._client.workflow_service.describe_task_queue(question, timeout=limit)
        lately = datetime.now(UTC) - POLLED
        return QueueState(
            *queue,
            pollers=sum(p.last_access_time.ToDatetime(UTC) > lately for p in told.pollers),
            backlog=told.stats.approximate_backlog_count,
            oldest_seconds=told.stats.approximate_backlog_age.ToTimedelta().total_seconds(),
        )

    async def is_up(self, within: float) -> bool:
        """Ask the server for a sign of life.

        Not by its health service, which Temporal Cloud refuses to whoever has an API key.
        """
        try:
            async with limited(within) as limit:
                service = self._client.workflow_service
                await service.get_system_info(GetSystemInfoRequest(), timeout=limit)
        except (NoAnswer, Unreachable):
            return False
        return True

    async def _update_with_start(
        self, letter: Letter, start: Start, limit: timedelta
    ) -> dict[str, JsonValue]:
        operation: WithStartWorkflowOperation[object, str] = WithStartWorkflowOperation(
            start.workflow,
            start.order,
            id=letter.workflow_id,
            **_options(start, self._task_queue),
        )
        try:
            reply: dict[str, JsonValue] = await self._client.execute_update_with_start_workflow(
                letter.name,
                args=[letter.message, letter.context],
                start_workflow_operation=operation,
                id=letter.update_id,
                result_type=dict,
                rpc_timeout=limit,
            )
        except (RPCError, RPCTimeoutOrCancelledError, WorkflowAlreadyStartedError):
            # The operation keeps the same error in a future; unasked for, asyncio complains.
            with suppress(Exception):
                await operation.workflow_handle()
            raise
        return reply


class _Options(TypedDict):
    task_queue: str
    task_timeout: timedelta
    id_conflict_policy: WorkflowIDConflictPolicy
    id_reuse_policy: WorkflowIDReusePolicy
    static_summary: str
    search_attributes: TypedSearchAttributes
    memo: dict[str, str]


def _options(start: Start, task_queue: str) -> _Options:
    return _Options(
        task_queue=task_queue,
        task_timeout=TASK_TIMEOUT,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        id_reuse_policy=_reuse_policy(start),
        static_summary=start.summary,
        search_attributes=_attributes(start),
        memo={"request_id": start.request_id},
    )


def _reuse_policy(start: Start) -> WorkflowIDReusePolicy:
    # Never ALLOW_DUPLICATE by itself: a late repetition would start a second checkout.
    if start.again:
        return WorkflowIDReusePolicy.ALLOW_DUPLICATE
    return WorkflowIDReusePolicy.REJECT_DUPLICATE


def _attributes(start: Start) -> TypedSearchAttributes:
    order = start.order
    return TypedSearchAttributes(
        [
            SearchAttributePair(_STORE, order.terms.store_id),
            SearchAttributePair(_TERMINAL, order.terminal_id),
            SearchAttributePair(_STATUS, start.status),
            SearchAttributePair[Sequence[str]](
                _PROVIDERS, [provider.name for provider in order.terms.providers]
            ),
            SearchAttributePair(_ATTENTION, False),
            SearchAttributePair(_AMOUNT_DUE, start.due_amount),
        ]
    )


def _answer(reply: dict[str, JsonValue]) -> Answer:
    # The view is the checkout's own JSON: it is passed on, not read again field by field.
    status, checkout, refusal = reply.get("status"), reply.get("checkout"), reply.get("refusal")
    answer = reply.get("answer")
    if not isinstance(status, int) or not isinstance(checkout, dict):
        raise HandlerFailed("the checkout answered something else")
    return Answer(
        status=status,
        checkout=checkout,
        refusal=RefusalBody.model_validate(refusal) if refusal else None,
        answer=answer if isinstance(answer, dict) else None,
    )
