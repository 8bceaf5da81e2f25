"""A vendor that goes wrong now and then, and a till that goes on all the same."""

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx

from bench.reference import GIFTCARD, CheckoutFailed, Json, Sale
from bench.rig import Rig
from bench.sides.ours import PATIENCE_SECONDS, Ours
from tillsaga.demo.vendors.leat import COFFEE_REWARD, new_customer

FAULTS: tuple[Json, ...] = (
    {"kind": "error_before"},
    {"kind": "drop_before"},
    {"kind": "rate_limited"},
    {"kind": "maintenance"},
    {"kind": "html_before"},
    # Who locked a voucher cannot be asked, and an hour would have to pass: not those (1.1 a).
    {"kind": "error_after", "path_regex": r"(?<!/lock)$"},
    {"kind": "drop_after", "path_regex": r"(?<!/lock)$"},
    {"kind": "malformed", "path_regex": r"(?<!/lock)$"},
    {"kind": "late", "path_regex": r"(?<!/lock)$", "delay_ms": 300},
    {"kind": "delay", "delay_ms": 400},
)
_AGAIN_SECONDS = 0.1


@dataclass
class Storm:
    """Has a share of the vendor's calls go wrong; `struck` of the `asked` did."""

    rig: Rig
    share: float
    asked: int = 0
    struck: int = 0
    _choice: random.Random = field(default_factory=lambda: random.Random(1))

    async def rage(self) -> None:
        """Go on until it is cancelled: each second as many faults as are still owed."""
        while True:
            await asyncio.sleep(1)
            calls = await self.look()
            owed = round(self.share * (self.asked + calls) - self.struck)
            await self.rig.mend()
            for _ in range(owed if calls else 0):
                fault = self._choice.choice(FAULTS)
                await self.rig.go_wrong(after=self._choice.randrange(calls), **fault)

    async def look(self) -> int:
        """Count what was asked since the last time, and what of it went wrong."""
        log = await self.rig.requests()
        self.asked += len(log)
        self.struck += sum(entry["fault"] is not None for entry in log)
        return len(log)


class PatientTill:
    """Does without what is refused, waits for what is in doubt, and is paid in the end."""

    def __init__(self, ours: Ours) -> None:
        """Take our API."""
        self._ours = ours

    async def play(self, sale: Sale) -> None:
        """Do one checkout; the whole of it is timed as one lap.

        Raises:
            CheckoutFailed: it cannot even be sold.
        """
        with sale.lap("whole"):
            seen = await self._ours.open(sale.customer.card)
            sale.checkout_id = seen["id"]
            seen = await self._perhaps(seen, "offers", {"code": sale.customer.voucher_code})
            for offer in seen["offers"]:
                if COFFEE_REWARD in offer["id"] and offer["status"] == "available":
                    seen = await self._perhaps(seen, "offers", {"offer_id": offer["id"]})
            card = {"type": "giftcard", "amount": GIFTCARD}
            card["reference"] = sale.customer.giftcard_code
            seen = await self._perhaps(seen, "tenders", card)
            await self._ours.pay(await self._freeze(seen))

    async def _perhaps(self, seen: Json, action: str, body: Json) -> Json:
        try:
            return await self._ours.act(seen, action, body)
        except CheckoutFailed:
            return await self._ours.read(seen["id"])

    async def _freeze(self, seen: Json) -> Json:
        """Ask again as long as something is in doubt, or was lost meanwhile."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                return await self._ours.act(seen, "ready", {})
            except CheckoutFailed as refused:
                if time.monotonic() > deadline:
                    raise CheckoutFailed(f"{seen['id']} is never ready: {refused}") from refused
            await asyncio.sleep(_AGAIN_SECONDS)


async def arrivals(
    rig: Rig, rate: float, seconds: float, done: Callable[[Sale, str], None]
) -> None:
    """Let customers come at a steady rate, whether or not those before them are served.

    Args:
        rig: Where the vendor's customers and our API are.
        rate: Customers a second.
        seconds: How long they come; they are served to their end.
        done: Hears of each sale, and what went wrong with it, if anything.
    """
    till, began = PatientTill(rig.ours), time.monotonic()

    async def serve() -> None:
        sale, wrong = Sale(await asyncio.to_thread(new_customer, rig.sandbox)), ""
        try:
            await till.play(sale)
        except (CheckoutFailed, httpx.HTTPError) as failed:
            wrong = f"{sale.checkout_id or sale.customer.card}: {failed!r}"
        done(sale, wrong)

    async with asyncio.TaskGroup() as serving:
        for number in range(round(rate * seconds)):
            await asyncio.sleep(began + number / rate - time.monotonic())
            serving.create_task(serve())
