"""The process: it starts and answers while Temporal is down, and stops when told to."""

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from tests.api.conftest import STORE

PROGRAM = """
import os, uvloop
from api.main import serve
from tillsaga.settings import settings
uvloop.run(serve(settings()))
os._exit(0)
"""
Start = Callable[..., Awaitable[tuple[Process, str]]]


@pytest.fixture
def start(migrated: tuple[Path, object], tmp_path: Path) -> Start:
    """Start an API on a port of its own; answers the process and its address."""
    (tmp_path / "stores.yaml").write_text(yaml.safe_dump({"stores": [{"id": "ams-1", **STORE}]}))
    environment = os.environ | {
        "TILLSAGA_CONFIG": str(tmp_path / "stores.yaml"),
        "TILLSAGA_DATABASE_URL": f"sqlite:///{migrated[0]}",
        "TILLSAGA_API_PORT": "0",
        "TEMPORAL_ADDRESS": "127.0.0.1:1",
        "TOKEN": "hunter2",
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }

    async def started(**more: str) -> tuple[Process, str]:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-c", PROGRAM),
            env=environment | more,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        assert process.stderr is not None
        async for line in process.stderr:
            if b"running on" in line:
                return process, line.decode().split("running on ")[1].split()[0]
        raise AssertionError("it has ended without listening")

    return started


async def test_the_process_serves_without_temporal_until_sigterm(start: Start) -> None:
    process, address = await start()
    async with httpx.AsyncClient(base_url=address) as http:
        alive, ready = await http.get("/healthz"), await http.get("/readyz")
    process.send_signal(signal.SIGTERM)
    output, _ = await process.communicate()
    logged = [json.loads(line) for line in output.splitlines()]
    assert process.returncode == 0
    assert (alive.status_code, ready.status_code) == (200, 503)
    assert ready.json()["checks"] == {"temporal": "down", "records": "ok"}
    requests = [line["operation"] for line in logged if line["event"] == "request"]
    assert requests == ["getHealth", "getReadiness"]


async def test_a_process_that_drains_serves_on_until_it_is_told_twice(start: Start) -> None:
    process, address = await start(TILLSAGA_DRAIN="9h")

    process.send_signal(signal.SIGTERM)

    async with httpx.AsyncClient(base_url=address) as http, asyncio.timeout(20):
        while await checks(http) != {"process": "draining"}:
            pass
    process.send_signal(signal.SIGINT)
    await process.communicate()
    assert process.returncode == 0


async def checks(http: httpx.AsyncClient) -> Any:
    return (await http.get("/readyz")).json()["checks"]
