"""Stores with their door open, in front of a real Temporal."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tests.api.till import Till
from tests.proof.disorder.tills import Runs, Sale, books, watched
from tests.proof.disorder.worlds import MIXES, new_world
from tests.support.door import open_door
from tests.support.shop import Shop, open_shop
from tillsaga.demo.sandbox import Sandbox


@dataclass(frozen=True)
class Place:
    """A store, a till in it, and which run of a checkout took what."""

    shop: Shop
    till: Till
    runs: Runs
    sandbox: Sandbox

    async def sale(self) -> Sale:
        """A bill with new customers."""
        return (await self.sales(1))[0]

    async def books(self) -> dict[str, Any]:
        """What the books of the store's vendors say, by vendor."""
        return await books(self.shop)

    async def sales(self, number: int) -> list[Sale]:
        """Bills of the same customers."""
        world = await asyncio.to_thread(new_world, self.sandbox, self.shop.store)
        worlds = [
            replace(world, actual=world.actual | {"bill": str(uuid.uuid4())}) for _ in range(number)
        ]
        return [Sale(self.shop, self.till, self.runs, one) for one in worlds]


@asynccontextmanager
async def open_place(folder: Path, mix: str) -> AsyncIterator[Place]:
    """Open a store with a mix of vendors."""
    runs = Runs()
    # Twenty messages at once must not look like a vendor that is slow.
    patient = {kind: {"http_timeout": "10s"} for kind in MIXES[mix]}
    async with open_shop(folder, kinds=MIXES[mix], settings=patient, skips_time=False) as shop:
        shop.client = watched(shop.client, runs)
        async with open_door(shop) as till:
            sandbox = Sandbox(str(shop.http.base_url))
            yield Place(shop, till, runs, sandbox)
            sandbox.close()
