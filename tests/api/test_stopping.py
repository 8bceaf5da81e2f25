"""An API that is told to stop: what it says, what it still answers, and when it is gone."""

import asyncio
import signal
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from types import SimpleNamespace

import httpx
import pytest
import uvicorn

from api import connection
from api.app import create_app
from api.main import Server
from api.services import Services
from tests.api.conftest import STORE
from tests.api.fakes import FakeGateway
from tests.api.till import Till
from tillsaga.records.database import Database
from tillsaga.stores import StoresFile

HOURS = timedelta(hours=9)
AT_ONCE = timedelta()


@dataclass
class Process:
    """A server as `api.main` runs it, with a till at it."""

    server: Server
    running: "asyncio.Task[None]"
    port: int
    till: Till

    def told_to_stop(self) -> None:
        self.server.handle_exit(signal.SIGTERM, None)

    async def is_gone(self) -> None:
        async with asyncio.timeout(20):
            await self.running

    async def takes_no_more_calls(self) -> None:
        async with asyncio.timeout(20):
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                except ConnectionError:  # refused, or dropped with the queue that it stood in
                    return
                writer.close()


Serve = Callable[[timedelta], AbstractAsyncContextManager[Process]]


@pytest.fixture
def patient(database: Database, temporal: FakeGateway, monkeypatch: pytest.MonkeyPatch) -> Services:
    """A store whose tills have time, so that a busy machine gives no answer for Temporal."""
    monkeypatch.setenv("TOKEN", "hunter2")
    store = {**STORE, "id": "ams-1", "policy": {"answer_budget": "30s"}}
    stores = StoresFile.model_validate({"stores": [store]})
    return Services(stores=stores, database=database, gateway=temporal)


@pytest.fixture
def serve(patient: Services, secrets: SimpleNamespace) -> Serve:
    @asynccontextmanager
    async def serving(drain: timedelta) -> AsyncIterator[Process]:
        config = uvicorn.Config(
            create_app(patient), log_level="critical", access_log=False, **connection.OPTIONS
        )
        server = Server(config, patient, drain)
        with socket.create_server(("127.0.0.1", 0)) as listening:
            port = listening.getsockname()[1]
            running = asyncio.create_task(server.serve([listening]))
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as http:
                yield Process(server, running, port, Till(http, secrets.pos, count(1)))
                server.should_exit = server.force_exit = True
                await running
            if left := server.server_state.tasks:  # what nobody waited for still has records open
                await asyncio.wait(left, timeout=20)

    return serving


async def test_it_says_so_and_serves_on_while_others_are_being_asked(
    serve: Serve, temporal: FakeGateway
) -> None:
    async with serve(HOURS) as process:
        till = process.till
        address = await till.opened()
        async with following(till, address) as lines:
            assert await anext(lines) == "event: checkout"

            process.told_to_stop()

            ready, lives = await till.get("/readyz"), await till.get("/healthz")
            paying = await till.post(f"{address}/ready")
            told = [line async for line in until(lines, "id: 2")]
        process.told_to_stop()
        await process.is_gone()

    assert (ready.status_code, ready.json()["code"]) == (503, "service_unavailable")
    assert ready.json()["checks"] == {"process": "draining"}
    assert ready.headers["Retry-After"] == "1"
    assert lives.status_code == 200
    assert (paying.status_code, paying.headers["Connection"]) == (200, "close")
    assert "id: 2" in told


@asynccontextmanager
async def following(till: Till, address: str) -> AsyncIterator[AsyncIterator[str]]:
    """Read a checkout's event stream line by line."""
    headers = {"Authorization": f"Bearer {till.secret}"}
    async with till.http.stream("GET", f"{address}/events", headers=headers) as stream:
        yield stream.aiter_lines()


async def until(lines: AsyncIterator[str], last: str) -> AsyncIterator[str]:
    async for line in lines:
        yield line
        if line == last:
            return


async def test_what_is_in_hand_is_answered_although_nobody_else_comes_in(
    serve: Serve, temporal: FakeGateway
) -> None:
    temporal.hold = asyncio.Event()
    async with serve(AT_ONCE) as process:
        asked = asyncio.create_task(process.till.opened())
        await temporal.have_arrived(1)

        process.told_to_stop()

        await process.takes_no_more_calls()
        assert not asked.done()
        temporal.hold.set()
        assert (await asked).startswith("/v1/checkouts/chk_")
        await process.is_gone()


async def test_event_streams_end_as_they_should_and_are_not_cut_off(serve: Serve) -> None:
    async with serve(AT_ONCE) as process:
        till = process.till
        address = await till.opened()
        async with following(till, address) as lines:
            await anext(lines)

            process.told_to_stop()

            rest = [line async for line in lines]  # raises where the last chunk is missing
        await process.is_gone()
    assert "id: 1" in rest


async def test_a_second_signal_waits_for_nothing(serve: Serve, temporal: FakeGateway) -> None:
    temporal.hold = asyncio.Event()
    async with serve(HOURS) as process:
        asked = asyncio.create_task(process.till.opened())
        await temporal.have_arrived(1)

        process.told_to_stop()
        process.told_to_stop()

        await process.is_gone()
        assert not asked.done()
        temporal.hold.set()
        await asked
