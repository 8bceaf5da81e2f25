"""Runs workflow code in Temporal's sandbox: at a smaller price, and never ahead of its history."""

from dataclasses import dataclass, field

from temporalio.bridge.proto.workflow_activation import WorkflowActivation
from temporalio.bridge.proto.workflow_completion import WorkflowActivationCompletion
from temporalio.converter import SerializationContext, StorageDriverStoreContext
from temporalio.worker import Worker, WorkflowInstance, WorkflowInstanceDetails
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner
from temporalio.workflow import Info

_DIRECT_QUERY = "legacy_query"
"""The SDK's own id of a query that comes without a workflow task."""


class Cache:
    """The runs that a worker keeps in memory; the SDK has no public handle for them."""

    def __init__(self) -> None:
        self._worker: Worker | None = None

    def belongs_to(self, worker: Worker) -> None:
        """Say whose it is, which is made after its runner."""
        self._worker = worker

    def drop(self, run_id: str) -> None:
        """Have a run begun anew from its history when there is work for it."""
        if self._worker is not None:
            self._worker._bridge_worker.request_workflow_eviction(run_id)


@dataclass(frozen=True)
class CarefulRunner(SandboxedWorkflowRunner):
    """The sandbox, with two of the SDK's ways (1.35) put right; see `_Instance`."""

    cache: Cache = field(default_factory=Cache)

    def create_instance(self, det: WorkflowInstanceDetails) -> WorkflowInstance:
        """Make one run's instance."""
        return _Instance(super().create_instance(det), self.cache)


class _Instance(WorkflowInstance):
    """One run in the worker's memory.

    *Never ahead.* A query may wait for a worker while events come in. The SDK applies them to
    answer it, and keeps the run as it is then. The next workflow task finds their effects done,
    where any replay meets them together with the task's messages, in another order, and fails for
    good. So such a run is dropped (decision 0059).

    *At a smaller price.* The SDK enters the sandbox several times for each payload to learn which
    command it belongs to, for converters and storage that go by it. Ours do not, and it took a
    seventh of the worker's CPU.
    """

    def __init__(self, sandboxed: WorkflowInstance, cache: Cache) -> None:
        self._sandboxed, self._cache = sandboxed, cache
        self._length, self._task_at = 0, 0
        self._is_ahead = False

    def activate(self, act: WorkflowActivation) -> WorkflowActivationCompletion:
        if any(job.query_workflow.query_id == _DIRECT_QUERY for job in act.jobs):
            if self._is_ahead:
                self._cache.drop(act.run_id)
        else:
            self._note(act)
        return self._sandboxed.activate(act)

    def _note(self, act: WorkflowActivation) -> None:
        # The time is that of the last task's start: where only the length moves, there is no task.
        task_at, grew = act.timestamp.ToNanoseconds(), act.history_length > self._length
        self._is_ahead = grew and task_at == self._task_at and not act.is_replaying
        self._length, self._task_at = act.history_length, task_at

    def get_serialization_context(self, command_info: object) -> SerializationContext | None:
        return None

    def get_external_store_context(self, command_info: object) -> StorageDriverStoreContext:
        return StorageDriverStoreContext(target=None)

    def get_info(self) -> Info:
        return self._sandboxed.get_info()

    def get_thread_id(self) -> int | None:
        return self._sandboxed.get_thread_id()
