"""What a scenario plays with."""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

from temporalio.client import Client

from tillsaga.demo.audience import Audience
from tillsaga.demo.sandbox import Sandbox
from tillsaga.demo.shopper import Shopper
from tillsaga.demo.skipped_time import SkippedTime
from tillsaga.demo.till import Till, TillRefused
from tillsaga.dev.stack import Stack
from tillsaga.dev.stores_template import AMSTERDAM, TERMINAL, DevStore

Json = dict[str, Any]
PATIENCE_SECONDS = 20.0


@dataclass(frozen=True)
class Played:
    """A checkout that a scenario has played, as the till sees it at the end."""

    shopper: Shopper
    checkout: Json


class Stage:
    """The stack, the vendors and the audience of one scenario."""

    def __init__(
        self, stack: Stack, sandbox: Sandbox, key: str, audience: Audience, name: str = ""
    ) -> None:
        """Take what a scenario needs; `name` is under what its steps are shown."""
        self.stack = stack
        self.sandbox = sandbox
        self._key = key
        self._audience = audience
        self._name = name
        self._api_url = stack.api_url

    def for_scenario(self, name: str, title: str) -> "Stage":
        """Announce a scenario, and make a stage that shows it."""
        self._audience.announce(name, title)
        return Stage(self.stack, self.sandbox, self._key, self._audience, name)

    def till(self, store: DevStore = AMSTERDAM, terminal: str = TERMINAL) -> Till:
        """Man a till."""
        return Till(self._api_url, self._key, store, terminal)

    @contextmanager
    def skipped_time(self) -> Iterator[SkippedTime]:
        """Play on with a Temporal whose clock can be moved on."""
        with SkippedTime(self.stack) as skipped:
            self._api_url = skipped.api_url
            yield skipped

    def step(self, words: str) -> AbstractContextManager[None]:
        """Show a step: what is going on, then how long it took."""
        return self._audience.step(self._name, words)

    def wait_for(self, happened: Callable[[], bool], words: str) -> None:
        """Wait for something at a vendor.

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
