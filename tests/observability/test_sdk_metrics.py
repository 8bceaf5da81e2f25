"""What Temporal's SDK tells under the names that alerts and dashboards read."""

import asyncio
import socket
from datetime import timedelta

import httpx
import pytest
from temporalio import activity, workflow
from temporalio.client import WorkflowFailureError
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from tests.observability.known import TEMPORAL
from tests.support import shop
from tillsaga.sdk_runtime import NoPlaceForMetrics, sdk_runtime

HOST = "127.0.0.1"


@activity.defn
async def refuse() -> None:
    raise ApplicationError("no", non_retryable=True)


@workflow.defn
class Asking:
    @workflow.run
    async def run(self) -> None:
        await workflow.execute_activity(refuse, start_to_close_timeout=timedelta(seconds=5))


@workflow.defn
class Broken:
    @workflow.run
    async def run(self) -> None:
        raise ValueError("a fault of ours")


def free_port() -> int:
    with socket.create_server((HOST, 0)) as held:
        return int(held.getsockname()[1])


async def told(port: int) -> str:
    async with httpx.AsyncClient() as http:
        return (await http.get(f"http://{HOST}:{port}/metrics")).text


async def test_the_metrics_that_we_read_are_written() -> None:
    port = free_port()
    env = await WorkflowEnvironment.start_time_skipping(
        test_server_existing_path=shop.test_server(),
        test_server_startup_timeout=shop.STARTING,
        runtime=sdk_runtime(HOST, port),
    )
    worker = Worker(
        env.client,
        task_queue="tasks",
        workflows=[Asking, Broken],
        activities=[refuse],
        workflow_runner=UnsandboxedWorkflowRunner(),
    )
    async with env, worker:
        with pytest.raises(WorkflowFailureError):
            await env.client.execute_workflow(Asking.run, id="asking", task_queue="tasks")
        with pytest.raises(RPCError):
            await env.client.get_workflow_handle("nobody").describe()
        stuck = await env.client.start_workflow(Broken.run, id="broken", task_queue="tasks")
        async with asyncio.timeout(20):
            while "workflow_task_execution_failed" not in (written := await told(port)):
                pass
        await stuck.terminate()

    names = {line.split()[2] for line in written.splitlines() if line.startswith("# TYPE")}
    assert names >= TEMPORAL
    assert 'workflow_type="Broken"' in written
    assert 'failure_reason="WorkflowError"' in written
    buckets = [line for line in written.splitlines() if "schedule_to_start_latency_s" in line]
    assert any('le="0.01"' in line for line in buckets), "the buckets are ours"


def test_a_port_that_is_taken_is_named() -> None:
    with socket.create_server((HOST, 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(NoPlaceForMetrics, match=f"{HOST}:{port}"):
            sdk_runtime(HOST, port)
