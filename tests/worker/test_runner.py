"""A run whose query saw more than its workflow tasks did is begun anew from its history."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from temporalio import activity
from temporalio.bridge.proto.workflow_activation import WorkflowActivation
from temporalio.bridge.proto.workflow_completion import WorkflowActivationCompletion
from temporalio.client import Client, WorkflowHandle, WorkflowUpdateStage
from temporalio.converter import DataConverter, SerializationContext, StorageDriverStoreContext
from temporalio.worker import Replayer, Worker, WorkflowInstance
from temporalio.workflow import Info

from tests.support.shop import real_temporal
from tests.support.working import until
from tests.worker.asked import Asked
from worker.runner import Cache, _Instance
from worker.wiring import workflow_runner

RUNS = 12
"""Whether the query or the task comes first is the server's toss for each."""
QUEUE, ELSEWHERE = "asked", "asked-elsewhere"

Handle = WorkflowHandle[Asked, None]


class Elsewhere:
    """The activities; the first one takes as long as the test wants."""

    def __init__(self) -> None:
        self.begun, self.gate = 0, asyncio.Event()

    @activity.defn
    async def slow(self) -> None:
        self.begun += 1
        await self.gate.wait()

    @activity.defn
    async def quick(self) -> None:
        pass


class Noted(Cache):
    """Tells which runs were dropped."""

    def __init__(self) -> None:
        super().__init__()
        self.dropped: list[str] = []

    def drop(self, run_id: str) -> None:
        self.dropped.append(run_id)
        super().drop(run_id)


@asynccontextmanager
async def at_work(client: Client, cache: Cache) -> AsyncIterator[None]:
    runner = workflow_runner(cache)
    worker = Worker(client, task_queue=QUEUE, workflows=[Asked], workflow_runner=runner)
    cache.belongs_to(worker)
    async with worker:
        yield


async def nobody_answers(asked: Sequence[asyncio.Task[Any]]) -> bool:
    done, _ = await asyncio.wait(asked, timeout=0.5)
    return not done


async def have_results(runs: Sequence[Handle]) -> bool:
    seen = [await run.describe() for run in runs]
    return not any(each.raw_description.pending_activities for each in seen)


@pytest.mark.timeout(120)
async def test_a_query_that_waits_for_a_worker_breaks_no_replay() -> None:
    elsewhere, noted = Elsewhere(), Noted()
    async with real_temporal(DataConverter.default) as env:
        client = env.client
        activities = [elsewhere.slow, elsewhere.quick]
        async with Worker(client, task_queue=ELSEWHERE, activities=activities):
            async with at_work(client, Cache()):
                runs = [
                    await client.start_workflow(Asked.run, id=f"asked-{n}", task_queue=QUEUE)
                    for n in range(RUNS)
                ]
                for run in runs:
                    await run.start_update(
                        Asked.take,
                        args=["slow", ELSEWHERE],
                        wait_for_stage=WorkflowUpdateStage.ACCEPTED,
                    )

                async def all_have_begun() -> bool:
                    return elsewhere.begun == RUNS

                await until(all_have_begun)
            queries = [asyncio.create_task(run.query(Asked.done)) for run in runs]
            assert await nobody_answers(queries)
            elsewhere.gate.set()
            await until(lambda: have_results(runs))
            updates = [
                asyncio.create_task(run.execute_update(Asked.take, args=["quick", ELSEWHERE]))
                for run in runs
            ]
            assert await nobody_answers(updates)
            async with at_work(client, noted):
                await asyncio.gather(*queries, *updates, *(run.result() for run in runs))
        histories = [await run.fetch_history() for run in runs]

    replayer = Replayer(workflows=[Asked], workflow_runner=workflow_runner())
    for history in histories:
        await replayer.replay_workflow(history)
    assert noted.dropped, "no query came before its task"


class Sandboxed(WorkflowInstance):
    """Does nothing with what it is given."""

    def activate(self, act: WorkflowActivation) -> WorkflowActivationCompletion:
        return WorkflowActivationCompletion(run_id=act.run_id)

    def get_serialization_context(self, command_info: object) -> SerializationContext | None:
        return None

    def get_external_store_context(self, command_info: object) -> StorageDriverStoreContext:
        return StorageDriverStoreContext(target=None)

    def get_info(self) -> Info:
        raise LookupError("no run is behind it")

    def get_thread_id(self) -> int | None:
        return None


def step(length: int, task_at: int, *, replays: bool = False) -> WorkflowActivation:
    """Events up to so many, in the task that began then."""
    act = WorkflowActivation(run_id="run", history_length=length, is_replaying=replays)
    act.timestamp.CopyFrom(Timestamp(seconds=task_at))
    act.jobs.add().resolve_activity.seq = 1
    return act


def query() -> WorkflowActivation:
    act = WorkflowActivation(run_id="run", is_replaying=True)
    act.jobs.add().query_workflow.query_id = "legacy_query"
    return act


@pytest.mark.parametrize(
    ("steps", "dropped"),
    [
        ([step(3, 1), step(9, 2), query()], False),
        ([step(3, 1), step(9, 2), step(9, 2), query()], False),  # a local activity has ended
        ([step(3, 1, replays=True), step(9, 2, replays=True), query()], False),
        ([step(3, 1, replays=True), step(9, 2, replays=True), step(12, 2), query()], True),
        ([step(3, 1), step(12, 1), query()], True),
        ([step(3, 1), step(12, 1), step(15, 3), query()], False),
    ],
)
def test_a_run_is_ahead_where_events_came_without_a_task(
    steps: Sequence[WorkflowActivation], dropped: bool
) -> None:
    noted = Noted()
    instance = _Instance(Sandboxed(), noted)

    for act in steps:
        instance.activate(act)

    assert noted.dropped == (["run"] if dropped else [])
