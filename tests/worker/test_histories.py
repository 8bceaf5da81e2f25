"""Histories as the real Temporal lists them, and for how long it has them."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from google.protobuf.duration_pb2 import Duration
from structlog.testing import capture_logs
from temporalio.api.namespace.v1 import NamespaceConfig
from temporalio.api.workflowservice.v1 import UpdateNamespaceRequest
from temporalio.client import ScheduleActionStartWorkflow
from temporalio.workflow import _Definition

from tests.support.door import forget
from tests.support.shop import Checkout, Shop, open_shop
from tests.support.working import until
from tillsaga.domain.histories import EVIDENCE, NEEDED_RETENTION, ClosedRun
from worker.histories import TemporalMemory, retention_of, tell_of_retention
from worker.temporal import HISTORIES, schedule_histories
from worker.wiring import WORKFLOWS
from workflows.checkout import CheckoutWorkflow
from workflows.claim import ClaimWorkflow


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path, skips_time=False) as opened:
        yield opened


async def sold(shop: Shop) -> Checkout:
    checkout = await shop.open()
    await checkout.pay(await checkout.ready())
    assert await checkout.ended() == "completed"
    return checkout


def test_every_workflow_that_carries_a_checkout_is_evidence() -> None:
    carrying = {
        _Definition.must_from_class(each).name
        for each in WORKFLOWS
        if issubclass(each, CheckoutWorkflow | ClaimWorkflow)
    }
    assert carrying == {*EVIDENCE}


async def test_what_has_ended_is_listed_the_oldest_first_and_what_runs_is_not(shop: Shop) -> None:
    memory = TemporalMemory(shop.client)
    first, second, running = await sold(shop), await sold(shop), await shop.open()

    async def both_are_listed() -> bool:
        return len(await memory.closed_since(None)) == 2

    await until(both_are_listed)
    runs = await memory.closed_since(None)
    assert [run.checkout_id for run in runs] == [first.id, second.id]
    since = await memory.closed_since(runs[1].closed_at)
    assert [run.workflow_id for run in since] == [second.id]
    document = await memory.recall(runs[0])
    assert document is not None
    assert '"EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED"' in document
    assert running.id not in document


async def test_what_temporal_has_deleted_is_gone(shop: Shop) -> None:
    checkout = await sold(shop)
    described = await checkout.handle.describe()
    assert described.close_time is not None
    run = ClosedRun(
        run_id=described.run_id, workflow_id=checkout.id, closed_at=described.close_time
    )
    memory = TemporalMemory(shop.client)
    assert await memory.recall(run) is not None

    await forget(shop, checkout.id, described.run_id)

    assert await memory.recall(run) is None


async def keep_for(shop: Shop, retention: timedelta) -> None:
    """Set the namespace's retention, and wait until the frontend has heard of it."""
    length = Duration()
    length.FromTimedelta(retention)
    await shop.client.workflow_service.update_namespace(
        UpdateNamespaceRequest(
            namespace=shop.client.namespace,
            config=NamespaceConfig(workflow_execution_retention_ttl=length),
        )
    )
    async with asyncio.timeout(20):
        while await retention_of(shop.client) != retention:
            pass


async def told(shop: Shop) -> list[str]:
    with capture_logs() as logged:
        await tell_of_retention(shop.client)
    return [str(line["event"]) for line in logged]


async def test_a_retention_too_short_to_keep_everything_is_told_of(shop: Shop) -> None:
    await keep_for(shop, NEEDED_RETENTION)
    assert await told(shop) == []

    await keep_for(shop, NEEDED_RETENTION - timedelta(hours=1))

    assert await told(shop) == ["history_retention_short"]


async def test_keeping_is_scheduled_once(shop: Shop) -> None:
    for _ in range(2):
        await schedule_histories(shop.client, shop.queue)

    known = await shop.client.get_schedule_handle(HISTORIES).describe()

    assert isinstance(known.schedule.action, ScheduleActionStartWorkflow)
    assert known.schedule.action.workflow == "KeepHistories"
    assert [str(each.every) for each in known.schedule.spec.intervals] == ["1:00:00"]
