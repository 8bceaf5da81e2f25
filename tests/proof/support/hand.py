"""Support's hand: it does something at one exact moment of a sale.

A moment is where the history of a run can grow: before a workflow task is worked on, before an
activity and after it (its result is not reported yet), and when the till has its answer. Between
two of them every event is written by one party, so the moments are all the places in a history.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from unittest.mock import patch

from temporalio import activity
from temporalio.bridge.proto.workflow_activation import WorkflowActivation
from temporalio.bridge.proto.workflow_completion import WorkflowActivationCompletion
from temporalio.client import Client
from temporalio.client import Interceptor as ClientInterceptor
from temporalio.worker import (
    ActivityInboundInterceptor,
    ExecuteActivityInput,
    Worker,
    WorkflowInstance,
    WorkflowInstanceDetails,
)
from temporalio.worker import Interceptor as WorkerInterceptor
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

from worker import wiring

OWNERS = ("Checkout", "Refund", "Return", "Attention")
"""The workflows that own a checkout; the sweep and `Repair` are support's own hands."""

Strike = Callable[[str], Awaitable[None]]


class Hand(ClientInterceptor, WorkerInterceptor):
    """Counts the moments of one sale, and strikes at one of them."""

    def __init__(self) -> None:
        self.watch()

    def watch(
        self, at: int | None = None, strike: Strike | None = None, *, holds: bool = False
    ) -> None:
        """Begin with the next sale: `strike`, with the workflow's id, at moment number `at`.

        `holds`: an activity that was struck at is held back until `let_go`.
        """
        self.moments: list[str] = []
        self.struck: str | None = None
        self.workflow_id: str | None = None
        self._at, self._strike, self._holds = at, strike, holds
        self._free = asyncio.Event()
        self._lock = asyncio.Lock()
        self._at_work = 0

    async def moment(self, workflow_id: str, name: str) -> None:
        """Tell that a moment has come."""
        number = len(self.moments)
        self.moments.append(name)
        if number == self._at and self._strike is not None:
            async with self._lock:
                await self._strike(workflow_id)
                self.struck, self.workflow_id = name, workflow_id
            if self._holds and name.startswith("before"):
                await self._free.wait()

    async def has_struck(self) -> bool:
        """Whether it has, once a stroke that is under way has landed."""
        async with self._lock:
            return self.struck is not None

    async def let_go(self) -> None:
        """Let what was held back go on, and wait until no activity runs any more."""
        self._free.set()
        async with asyncio.timeout(20):
            while self._at_work:  # noqa: ASYNC110 - other activities may start meanwhile
                await asyncio.sleep(0.01)

    # --- among the workers ----------------------------------------------------------------------

    async def hire(self, client: Client, *arguments: Any, **options: Any) -> Sequence[Worker]:
        """Make the product's workers with the hand among them."""
        loop = asyncio.get_running_loop()
        config = client.config()
        config["interceptors"] = [*config["interceptors"], self]
        watched = Client(**config)
        made = wiring.workflow_runner
        with patch.object(
            wiring, "workflow_runner", lambda cache: Watched(made(cache), self, loop)
        ):
            return wiring.build_workers(watched, *arguments, **options)

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        return _Activities(next, self)

    async def around(self, work: Callable[[], Awaitable[Any]]) -> Any:
        info = activity.info()
        if info.workflow_type not in OWNERS or info.workflow_id is None:
            return await work()
        self._at_work += 1
        try:
            await self.moment(info.workflow_id, f"before {info.activity_type}")
            answer = await work()
            await self.moment(info.workflow_id, f"after {info.activity_type}")
            return answer
        finally:
            self._at_work -= 1


class _Activities(ActivityInboundInterceptor):
    def __init__(self, next: ActivityInboundInterceptor, hand: Hand) -> None:
        super().__init__(next)
        self._hand = hand

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        return await self._hand.around(lambda: self.next.execute_activity(input))


class Watched(SandboxedWorkflowRunner):
    """Runs workflows as the product does, and tells of each task before it is worked on."""

    def __init__(
        self, runner: SandboxedWorkflowRunner, hand: Hand, loop: asyncio.AbstractEventLoop
    ) -> None:
        super().__init__(restrictions=runner.restrictions)
        self._hand, self._loop = hand, loop

    def create_instance(self, det: WorkflowInstanceDetails) -> WorkflowInstance:
        instance = super().create_instance(det)
        if det.info.workflow_type in OWNERS:
            activate = instance.activate

            def watched(act: WorkflowActivation) -> WorkflowActivationCompletion:
                if not act.is_replaying and any(not _is_inner(job) for job in act.jobs):
                    coming = self._hand.moment(det.info.workflow_id, "task")
                    asyncio.run_coroutine_threadsafe(coming, self._loop).result()
                return activate(act)

            instance.activate = watched  # type: ignore[method-assign]
        return instance


def _is_inner(job: Any) -> bool:
    """Whether it is no task of the server's: an eviction, or a local activity's end."""
    if job.HasField("resolve_activity"):
        return bool(job.resolve_activity.is_local)
    return bool(job.HasField("remove_from_cache"))
