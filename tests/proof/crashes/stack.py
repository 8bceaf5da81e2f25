"""Real processes that can be killed one by one: the product's own stack, with a mortal worker."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import yaml
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from tests.proof.crashes.points import Switchboard
from tests.proof.crashes.worker import PIDS
from tillsaga.dev.child import Child
from tillsaga.dev.home import Home
from tillsaga.dev.ports import Ports
from tillsaga.dev.readiness import Readiness
from tillsaga.dev.stack import WORKER, Stack
from tillsaga.dev.stores_template import QUICK_TERMINAL, TERMINAL, provide_stores_file

ROOT = Path(__file__).parents[3]
SETTLE_AFTER = "1s"
TILLS = [f"till-{number:02}" for number in range(32)]


class RecordsElsewhere(Home):
    """A data folder whose records are in a database of its own."""

    def __init__(self, folder: Path, database_url: str) -> None:
        super().__init__(folder)
        self._database_url = database_url

    @property
    def database_url(self) -> str:
        """Where the records are."""
        return self._database_url


class CrashStack(Stack):
    """Temporal with its file, the vendors, `workers` workers and the API."""

    def __init__(self, home: Home, *, workers: int = 1) -> None:
        super().__init__(home, Ports.free(), settle_after=SETTLE_AFTER, environ=_environ())
        self._workers = workers
        self.points = home.folder / "points"
        self.switchboard = Switchboard(self.points)
        provide_stores_file(home.stores_file, self.sandbox_url, SETTLE_AFTER)
        _for_many_tills(home.stores_file)

    def kill_a_worker(self) -> None:
        """Kill the one that has lived longest; there is another at once."""
        pid, *_ = self._worker_pids()
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)

    def await_workers(self) -> None:
        """Wait until all workers poll for work again."""
        deadline = time.monotonic() + 30
        while not self._poll(0):
            assert time.monotonic() < deadline, "the workers do not come back"
            time.sleep(0.05)

    def is_running(self, workflow_id: str) -> bool:
        """Whether Temporal has a run of this workflow that has not ended."""
        return asyncio.run(_is_running(self.temporal_address, workflow_id))

    def set_vendors_clock(self, **setting: object) -> None:
        """Let time pass at the vendors, or (`real=True`) put their clock right."""
        clock = f"{self.sandbox_url}/_sandbox/clock"
        httpx.post(clock, json=setting, timeout=30).raise_for_status()

    def environ_for_ours(self) -> dict[str, str]:
        """As for any stack; only the mortal worker needs to find the tests."""
        environ = super().environ_for_ours()
        environ.pop("TILLSAGA_WORKER_PORT")
        return environ | {"PYTHONPATH": str(ROOT)}

    def _planned(self, temporal: Path) -> dict[str, Child]:
        children = super()._planned(temporal)
        mortal = ("tests.proof.crashes.worker", str(self.points), str(self._workers))
        children[WORKER].command = [sys.executable, "-m", *mortal]
        children[WORKER].is_ready = self._poll
        return children

    def _poll(self, _: int) -> bool:
        pids = self._worker_pids()
        ready = Readiness(self.ports)
        return len(pids) == self._workers and all(map(ready.worker, pids))

    def _worker_pids(self) -> list[int]:
        file = self.points / PIDS
        return [int(line) for line in file.read_text().split()] if file.exists() else []


async def _is_running(address: str, workflow_id: str) -> bool:
    client = await Client.connect(address)
    try:
        seen = await client.get_workflow_handle(workflow_id).describe()
    except RPCError as missing:
        if missing.status is not RPCStatusCode.NOT_FOUND:
            raise
        return False
    return seen.status is WorkflowExecutionStatus.RUNNING


def _environ() -> Mapping[str, str]:
    return {name: value for name, value in os.environ.items() if name != "TILLSAGA_PROOF"}


def _for_many_tills(stores_file: Path) -> None:
    """Give every till of the cases a place in each store, and all the time that it needs."""
    stores = yaml.safe_load(stores_file.read_text())
    for store in stores["stores"]:
        # On a busy machine a vendor may well take longer than a till's two seconds.
        limits = {"per_return": 500_00, "per_store_day": 100_000_00}
        store["policy"] |= {"answer_budget": "8s", "in_doubt_after": "90s"}
        store["policy"]["returns_without_sale"] = limits
        for provider in store["providers"]:
            _seat(provider["settings"])
    stores_file.write_text(yaml.safe_dump(stores, sort_keys=False))


def _seat(settings: dict[str, Any]) -> None:
    if "terminals" in settings:
        known = settings["terminals"]
        settings["terminals"] = {
            QUICK_TERMINAL: known[QUICK_TERMINAL],
            TERMINAL: known[TERMINAL],
            **dict.fromkeys(TILLS, known[TERMINAL]),
        }
