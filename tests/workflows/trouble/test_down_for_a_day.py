"""A vendor is down for a day: the others do not feel it, and it is told of everything once."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.books import leat, loyale
from tests.support.shop import Checkout, Shop, open_shop
from tillsaga.sandbox import world
from tillsaga.sandbox.loyale import world as loyale_world

SALES = 2
OURS = ("ams-1", "loyale")


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    patient = {"loyale": {"circuit_open_for": "2s"}}
    async with open_shop(tmp_path, kinds=("leat", "loyale"), settings=patient) as opened:
        yield opened


async def sell(shop: Shop) -> Checkout:
    checkout = await shop.open(None, world.ANN_CARD, loyale_world.ANN_BARCODE)
    sold = await checkout.pay(await checkout.ready())
    assert sold["status"] == "completed"
    assert [each["provider"] for each in sold["earned"]] == ["leat"]
    return checkout


async def attempts(checkout: Checkout) -> int:
    """How often Temporal has tried what still waits."""
    waiting = (await checkout.handle.describe()).raw_description.pending_activities
    return sum(activity.attempt for activity in waiting)


@pytest.mark.timeout(300)
async def test_each_sale_is_told_once_and_the_vendor_is_mostly_left_alone(shop: Shop) -> None:
    before = {vendor: await shop.books(vendor) for vendor in ("leat", "loyale")}
    await shop.fault("maintenance", None, "loyale", times=None)
    sold = [await sell(shop) for _ in range(SALES)]

    for _ in range(24):
        await shop.env.sleep(timedelta(hours=1))

    assert shop.wiring.connectors.circuits()[OURS].is_open
    tried = sum([await attempts(checkout) for checkout in sold])
    asked = len(await shop.asked("loyale"))
    assert tried > SALES * 200
    assert asked < tried / 5
    assert leat.moved(before["leat"], await shop.books("leat"))["orders"] == SALES

    await shop.mend()
    assert [await one.ended() for one in sold] == ["completed"] * SALES
    moves = loyale.moved(before["loyale"], await shop.books("loyale"))
    assert moves["sales"] == SALES
    assert not shop.wiring.connectors.circuits()[OURS].is_open


async def test_a_till_hears_at_once_that_a_vendor_is_missing(shop: Shop) -> None:
    await shop.fault("hang_before", None, "loyale", times=None, delay_ms=3_000)
    while not shop.wiring.connectors.circuits()[OURS].is_open:
        checkout = await shop.open(None, world.ANN_CARD, loyale_world.ANN_BARCODE)
    asked = len(await shop.asked("loyale"))

    checkout = await shop.open(None, world.ANN_CARD, loyale_world.ANN_BARCODE)

    assert checkout.view["degraded"] == [{"provider": "loyale", "reason": "vendor_unavailable"}]
    assert [member["provider"] for member in checkout.view["members"]] == ["leat"]
    assert len(await shop.asked("loyale")) == asked
