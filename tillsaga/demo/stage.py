"""What a scenario plays with, and how each of its steps is shown while it happens."""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from temporalio.client import Client

from tillsaga.demo.till import Till, TillRefused
from tillsaga.demo.vendor import Customer, Vendor
from tillsaga.dev.stack import Stack
from tillsaga.dev.stores_template import STORE

Json = dict[str, Any]
PATIENCE_SECONDS = 20.0


@dataclass(frozen=True)
class Played:
    """A checkout that a scenario has played, as the till sees it at the end."""

    customer: Customer
    checkout: Json


class Stage:
    """The stack, the vendor and the audience."""

    def __init__(self, stack: Stack, vendor: Vendor, key: str, console: Console) -> None:
        """Take what a scenario needs."""
        self.stack = stack
        self.vendor = vendor
        self._key = key
        self._console = console

    def till(self, terminal: str = "till-1") -> Till:
        """Man a till."""
        return Till(self.stack.api_url, self._key, STORE, terminal)

    @contextmanager
    def step(self, words: str) -> Iterator[None]:
        """Show a step: what is going on, then how long it took."""
        began = time.monotonic()
        with self._spinning(words):
            yield
        took = (time.monotonic() - began) * 1000
        self._console.print(f"  {words:<58}[dim]{took:>7,.0f} ms[/]", highlight=False)

    def _spinning(self, words: str) -> AbstractContextManager[object]:
        return self._console.status(f"  {words}") if self._console.is_terminal else nullcontext()

    def wait_for(self, happened: Callable[[], bool], words: str) -> None:
        """Wait for something at the vendor.

        Raises:
            TillRefused: it does not happen.
        """
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not happened():
            if time.monotonic() > deadline:
                raise TillRefused(f"waited in vain: {words}")
            time.sleep(0.05)

    def cancel_in_temporal(self, checkout: Json) -> None:
        """Cancel the workflow, as somebody may do in the Temporal UI."""
        asyncio.run(_cancel(self.stack.temporal_address, checkout["id"]))


async def _cancel(address: str, workflow_id: str) -> None:
    client = await Client.connect(address)
    await client.get_workflow_handle(workflow_id).cancel()
