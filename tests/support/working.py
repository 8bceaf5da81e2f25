"""Workers as processes of their own: `tillsaga worker`, in the shop that a test has opened."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from temporalio.client import Client
from temporalio.worker import Worker

from tests.support.shop import Shop
from tests.support.stores import ENVIRON
from tillsaga.dev.ports import HOST, Ports
from worker.wiring import Wiring

PATIENCE_SECONDS = 60


@dataclass
class Hired:
    """A worker's process, and where it tells how it is."""

    process: Process
    http: httpx.AsyncClient
    log: Path

    async def probe(self, path: str) -> tuple[int | None, Any]:
        """Ask `/healthz` or `/readyz`: the status and what it says; None where nobody answers."""
        try:
            answer = await self.http.get(path)
        except httpx.TransportError:
            return None, None
        return answer.status_code, answer.json()

    async def is_ready(self) -> bool:
        assert self.process.returncode is None, self.log.read_text()
        return (await self.probe("/readyz"))[0] == 200

    async def is_draining(self) -> bool:
        _, told = await self.probe("/readyz")
        return bool(told) and told["checks"] == {"pollers": "draining"}

    def told_to_stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)

    async def ended(self) -> int:
        """Wait for its end; answers the exit code."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await self.process.wait()


async def nobody(client: Client, wiring: Wiring, queue: str, **options: object) -> Sequence[Worker]:
    """To open a shop with whose workers are processes: no worker in the test's own."""
    return []


@asynccontextmanager
async def hired(shop: Shop, folder: Path, **environ: str) -> AsyncIterator[Hired]:
    """Start a worker and wait until it can work; `folder` is the one of the shop."""
    port = Ports.free().worker
    log = folder / f"worker-{port}.log"
    with log.open("wb") as written:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tillsaga.cli", "worker"),
            env=process_environ(shop, folder) | {"TILLSAGA_WORKER_PORT": str(port)} | environ,
            cwd=folder,
            stdout=written,
            stderr=asyncio.subprocess.STDOUT,
        )
    async with httpx.AsyncClient(base_url=f"http://{HOST}:{port}", timeout=5) as http:
        worker = Hired(process, http, log)
        try:
            await until(worker.is_ready)
            yield worker
        finally:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()


async def until(holds: Callable[[], Awaitable[bool]], seconds: float = PATIENCE_SECONDS) -> None:
    """Ask again and again until something holds."""
    async with asyncio.timeout(seconds):
        while not await holds():  # noqa: ASYNC110 - only those who are asked know
            await asyncio.sleep(0.02)


def process_environ(shop: Shop, folder: Path) -> dict[str, str]:
    """What a process of ours needs to work for the shop, and nothing that leads elsewhere."""
    kept = {n: v for n, v in os.environ.items() if not n.startswith(("TEMPORAL_", "TILLSAGA_"))}
    ours = {
        "TEMPORAL_ADDRESS": shop.client.service_client.config.target_host,
        "TEMPORAL_CONFIG_FILE": os.devnull,
        "TILLSAGA_CONFIG": str(folder / "stores.yaml"),
        "TILLSAGA_DATABASE_URL": f"sqlite:///{folder / 'records.db'}",
        "TILLSAGA_RECONCILE_AT": "off",
        "TILLSAGA_TASK_QUEUE": shop.queue,
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    return kept | ENVIRON | ours
