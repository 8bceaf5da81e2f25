"""The process: it starts and answers while Temporal is down, and stops when told to."""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

import httpx
import yaml

from tests.api.conftest import STORE

PROGRAM = """
import os, uvloop
from api.main import serve
from tillsaga.settings import settings
uvloop.run(serve(settings()))
os._exit(0)
"""


async def test_the_process_serves_without_temporal_until_sigterm(
    migrated: tuple[Path, object], tmp_path: Path
) -> None:
    (tmp_path / "stores.yaml").write_text(yaml.safe_dump({"stores": [{"id": "ams-1", **STORE}]}))
    environment = os.environ | {
        "TILLSAGA_CONFIG": str(tmp_path / "stores.yaml"),
        "TILLSAGA_DATABASE_URL": f"sqlite:///{migrated[0]}",
        "TILLSAGA_API_PORT": "0",
        "TEMPORAL_ADDRESS": "127.0.0.1:1",
        "TOKEN": "hunter2",
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-c", PROGRAM),
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr is not None
    address = ""
    async for line in process.stderr:
        if b"running on" in line:
            address = line.decode().split("running on ")[1].split()[0]
            break
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
