"""What Temporal says of a queue: who works there, also where workers have versions."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import Client
from temporalio.common import WorkerDeploymentVersion
from temporalio.worker import Worker

from api.gateway import TemporalGateway
from api.temporal import Queue, QueueState
from tests.support.shop import Shop, open_shop
from worker.wiring import Wiring, build_workers

Ask = Callable[[], Awaitable[QueueState]]
VERSIONS = [None, WorkerDeploymentVersion("tillsaga", "2026.11.1")]


async def until(ask: Ask, holds: Callable[[QueueState], bool]) -> QueueState:
    async with asyncio.timeout(20):
        while not holds(state := await ask()):
            pass
    return state


def asking(shop: Shop, queue: Queue) -> Ask:
    async def ask() -> QueueState:
        [state] = await TemporalGateway(shop.client, shop.queue).queues([queue], 5)
        return state

    return ask


@pytest.mark.parametrize("version", VERSIONS, ids=["unversioned", "versioned"])
async def test_workers_are_seen_at_their_queues(
    tmp_path: Path, version: WorkerDeploymentVersion | None
) -> None:
    async def hire(client: Client, wiring: Wiring, queue: str, **options: Any) -> Sequence[Worker]:
        return build_workers(client, wiring, queue, version=version, **options)

    async with open_shop(tmp_path, skips_time=False, hire=hire) as shop:
        for queue in (
            Queue(shop.queue, "workflow"),
            Queue(shop.queue, "activity"),
            Queue(f"{shop.queue}-leat", "activity"),
        ):
            state = await until(asking(shop, queue), lambda state: state.pollers > 0)
            assert (state.name, state.type) == queue
            assert (state.backlog, state.oldest_seconds) == (0, 0)


async def test_what_nobody_takes_is_seen_to_wait(tmp_path: Path) -> None:
    async with open_shop(tmp_path, skips_time=False) as shop:
        await shop.client.start_workflow("Checkout", id="left", task_queue="nobody")

        state = await until(
            asking(shop, Queue("nobody", "workflow")),
            lambda state: state.backlog > 0 and state.oldest_seconds > 0,
        )

    assert (state.pollers, state.backlog) == (0, 1)
