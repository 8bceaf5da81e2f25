"""The real stack, with what a measurement needs to know of it."""

from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
from temporalio.client import Client

from bench.ours import Ours
from bench.reference import Side
from bench.undurable import Undurable
from tillsaga.codec import data_converter
from tillsaga.demo.sandbox import Sandbox
from tillsaga.dev.stack import Stack
from tillsaga.keyring import KeyRing
from tillsaga.sandbox import world

OURS, UNDURABLE = "ours", "un-durable"
# Less than the servers keep idle connections, or a call between two rounds meets a closed one.
_LIMITS = httpx.Limits(max_connections=100, keepalive_expiry=4.0)
_SECONDS = 40.0


class BenchStack(Stack):
    """The stack, telling its process ids."""

    @property
    def pids(self) -> dict[str, int]:
        """The processes that run, by name."""
        return {name: child.pid for name, child in self._children.items() if child.pid}


@dataclass(frozen=True)
class Rig:
    """Both sides, the vendors that they share, and our processes."""

    ours: Ours
    undurable: Undurable
    sandbox: Sandbox
    pids: Mapping[str, int]
    control: httpx.AsyncClient

    @property
    def sides(self) -> dict[str, Side]:
        """Both sides by name."""
        return {OURS: self.ours, UNDURABLE: self.undurable}

    async def delay(self, milliseconds: int) -> None:
        """Have the vendor answer every call that much later, from now on."""
        (await self.control.delete("/faults")).raise_for_status()
        if milliseconds:
            rule = {"vendor": "leat", "kind": "delay", "delay_ms": milliseconds, "times": None}
            (await self.control.post("/faults", json=rule)).raise_for_status()

    async def calls(self) -> Counter[str]:
        """Count what the vendor was asked since the last time, and start anew."""
        answer = (await self.control.get("/requests")).raise_for_status()
        (await self.control.delete("/requests")).raise_for_status()
        return Counter(entry["operation"] for entry in answer.json()["requests"])


@asynccontextmanager
async def open_rig(stack: BenchStack, key: str) -> AsyncIterator[Rig]:
    """Connect to everything."""
    ring = KeyRing.parse(stack.secrets().encryption_keys)
    temporal = await Client.connect(stack.temporal_address, data_converter=data_converter(ring))
    sandbox = Sandbox(stack.sandbox_url)
    async with (
        _connected(stack.api_url, key) as api,
        _connected(stack.sandbox_url, world.TOKEN) as leat,
        _connected(f"{stack.sandbox_url}/_sandbox", "") as control,
    ):
        yield Rig(Ours(api, temporal), Undurable(leat), sandbox, stack.pids, control)
    sandbox.close()


def _connected(url: str, token: str) -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return httpx.AsyncClient(base_url=url, headers=headers, limits=_LIMITS, timeout=_SECONDS)
