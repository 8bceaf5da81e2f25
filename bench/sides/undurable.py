"""The un-durable side: the same vendor calls, plainly awaited, and gone if the process dies.

A service of FastAPI and httpx, as one writes it first. It keeps its checkouts in memory: no
records, no keys, no retries, nothing given back on failure. It is what durability is added to,
not an alternative to it.
"""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from fastapi import FastAPI

from bench.reference import Json
from bench.sides.serving import serve
from bench.vendor import Vendor, connected

Said = dict[str, str]


@dataclass
class Open:
    """What is known of a checkout so far."""

    contact: str
    voucher_code: str = ""
    key: str = ""
    reception: str = ""
    charged: str = ""


class Undurable:
    """The service. Each message makes its vendor calls and answers; `ready` needs none."""

    def __init__(self, sandbox_url: str) -> None:
        """Take where the vendor is."""
        self._http = connected(sandbox_url)
        self._vendor = Vendor(self._http)
        self._open: dict[str, Open] = {}

    def app(self) -> FastAPI:
        """Make the routes."""

        @asynccontextmanager
        async def lifespan(_: FastAPI) -> AsyncIterator[None]:
            async with self._http:
                yield

        app = FastAPI(lifespan=lifespan)
        app.post("/checkouts")(self.open)
        app.post("/checkouts/{checkout_id}/voucher")(self.voucher)
        app.post("/checkouts/{checkout_id}/reward")(self.reward)
        app.post("/checkouts/{checkout_id}/giftcard")(self.giftcard)
        app.post("/checkouts/{checkout_id}/ready")(self.ready)
        app.post("/checkouts/{checkout_id}/pay")(self.pay)
        return app

    async def open(self, said: Said) -> Json:
        """Identify and quote."""
        checkout_id = f"undurable-{uuid4()}"
        self._open[checkout_id] = Open(await self._vendor.visit(said["card"]))
        return {"id": checkout_id}

    async def voucher(self, checkout_id: str, said: Said) -> Json:
        """Lock the voucher."""
        sale = self._open[checkout_id]
        sale.voucher_code = said["code"]
        sale.key = await self._vendor.lock(said["voucher"], said["code"])
        return {"status": "held"}

    async def reward(self, checkout_id: str) -> Json:
        """Pre-redeem the reward."""
        sale = self._open[checkout_id]
        sale.reception = await self._vendor.claim(sale.contact)
        return {"status": "held"}

    async def giftcard(self, checkout_id: str, said: Said) -> Json:
        """Charge the gift card."""
        card = await self._vendor.find_card(said["code"])
        self._open[checkout_id].charged = await self._vendor.charge(card)
        return {"status": "charged"}

    async def ready(self, checkout_id: str) -> Json:
        """Freeze the basket."""
        return {"status": "ready" if checkout_id in self._open else "unknown"}

    async def pay(self, checkout_id: str) -> Json:
        """Redeem, collect and post the order."""
        sale = self._open.pop(checkout_id)
        used = await self._vendor.use(sale.voucher_code, sale.key, sale.reception)
        points = await self._vendor.order(checkout_id, sale.contact, sale.charged, used)
        return {"status": "completed", "points": points}


if __name__ == "__main__":
    serve(Undurable(sys.argv[2]).app(), Path(sys.argv[1]))
