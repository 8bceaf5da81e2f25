"""A vendor comes back, and all that has waited for it comes at the pace that it allows."""

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.proof.tally import Proof
from tests.support.books import leat, loyale
from tests.support.shop import Checkout, Shop, open_shop
from tillsaga.sandbox import world
from tillsaga.sandbox.loyale import world as loyale_world

KIND = "Herd"
TILLS = 4
WINDOW = 3
"""Seconds; the sandbox notes whole ones."""

PARTITIONS = 4
"""Temporal divides a queue's rate by its partitions, and each lets one pass at once."""

CREATE = "transaction.create"
CALLS = 3
"""The most that one activity makes at Loyale: simulate, create, ask for the status."""

pytestmark = pytest.mark.timeout(900)


async def sell(shop: Shop) -> Checkout:
    """A sale that waits for Loyale alone."""
    checkout = await shop.open(None, world.ANN_CARD, loyale_world.ANN_BARCODE)
    sold = await checkout.pay(await checkout.ready())
    assert sold["status"] == "completed"
    return checkout


async def sell_many(shop: Shop, sales: int) -> list[Checkout]:
    turn = asyncio.Semaphore(TILLS)

    async def one() -> Checkout:
        async with turn:
            return await sell(shop)

    return await asyncio.gather(*(one() for _ in range(sales)))


async def asked_at(shop: Shop, vendor: str) -> list[tuple[str, float]]:
    """Each request to a vendor, and when it came, in seconds."""
    log: list[dict[str, Any]] = (await shop.control("GET", "/requests"))["requests"]
    mine = [entry for entry in log if entry["vendor"] == vendor]
    return [(_name(each), datetime.fromisoformat(each["at"]).timestamp()) for each in mine]


def _name(entry: dict[str, Any]) -> str:
    """A simulation is the same operation with a query."""
    return f"{entry['operation']}?{entry['query']}" if entry["query"] else str(entry["operation"])


def busiest(times: list[float], seconds: float) -> int:
    """The most that came within so long."""
    return max(sum(start <= at < start + seconds for at in times) for start in times)


async def test_what_has_waited_comes_at_the_vendors_pace(proof: Proof, tmp_path: Path) -> None:
    sales, cap = proof.of((9, 1), (200, 10))
    limits = {"loyale": {"rate_per_second": cap, "circuit_open_for": "1s"}}
    kinds = ("leat", "loyale")
    async with open_shop(tmp_path, kinds=kinds, settings=limits, skips_time=False) as shop:
        before = {vendor: await shop.books(vendor) for vendor in kinds}
        await shop.fault("maintenance", None, "loyale", times=None)
        sold = await sell_many(shop, sales)
        with proof.case(KIND, "one vendor is down, the others have every sale"):
            at_leat = leat.moved(before["leat"], await shop.books("leat"))
            assert at_leat["orders"] == sales
        # Nobody works until every retry is due: all of them are let go at the same moment.
        await shop.workers.stop()
        await asyncio.sleep(proof.of(8, 70))
        await shop.mend()
        await shop.control("DELETE", "/requests")
        await shop.workers.start()
        ended = await asyncio.gather(*(one.ended() for one in sold))
        came = await asked_at(shop, "loyale")
        after = await shop.books("loyale")

    with proof.case(KIND, f"{sales} deferred earnings arrive once each"):
        assert ended == ["completed"] * sales
        assert loyale.moved(before["loyale"], after)["sales"] == sales
        assert [name for name, _ in came].count(CREATE) == sales
    times = sorted(at for name, at in came if name == CREATE)
    everything = sorted(at for _, at in came)
    burst = max(cap, PARTITIONS)
    with proof.case(KIND, f"{cap} a second after a burst of {burst}, {CALLS} calls for each"):
        assert busiest(times, WINDOW) <= WINDOW * cap + burst
        assert busiest(everything, WINDOW) <= CALLS * (WINDOW * cap + burst)
        assert everything[-1] - everything[0] >= (sales - burst) / cap
