"""The vendor is slow or down: the till sells, and the bill is finalised when it is back."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.books.letstrade import moved, order
from tests.support.letstrade_bill import bill, status_of, wallet
from tests.support.shop import Shop, open_shop
from tillsaga.domain import messages as m
from tillsaga.sandbox.letstrade import world

AWAY = [{"provider": "letstrade", "reason": "vendor_unavailable"}]
PHONE = {"type": "phone", "value": "+27 82 555 0000"}


@pytest.fixture
async def hasty(tmp_path: Path) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path, kinds=("letstrade",), policy="answer_budget: 1s") as opened:
        yield opened


async def test_a_quote_that_hangs_is_degraded_and_the_bill_finalised_all_the_same(
    hasty: Shop,
) -> None:
    before = await hasty.books("letstrade")
    await hasty.fault("hang_before", "offerings.get", "letstrade", delay_ms=3000)
    checkout = await hasty.open(bill())
    assert checkout.view["degraded"] == AWAY

    seen = await checkout.pay(await checkout.ready())

    assert seen["status"] == "completed"
    assert await checkout.ended() == "completed"
    assert status_of(await checkout.seen(), "finalise") == ["applied"]
    assert moved(before, await hasty.books("letstrade")) == {"orders": 1}


async def test_a_vendor_that_was_down_hears_of_the_sale_and_of_its_customer(shop: Shop) -> None:
    before = await shop.books("letstrade")
    await shop.fault("drop_before", "offerings.get", "letstrade", times=None)
    checkout = await shop.open(bill(), identifiers=[PHONE | {"consent": True}])
    seen = await checkout.pay(await checkout.ready())
    assert (seen["status"], status_of(seen, "finalise")) == ("completed", [])

    await shop.mend()

    assert await checkout.ended() == "completed"
    after = await shop.books("letstrade")
    assert moved(before, after) == {"orders": 1, "customers": 1}
    assert after["customers"][order(after, seen)["user_id"]]["cell_number"] == "825550000"
    assert (await checkout.seen())["attention"] == []


async def test_nobody_is_created_without_consent(shop: Shop) -> None:
    before = await shop.books("letstrade")
    checkout = await shop.open(bill(), identifiers=[PHONE])
    identify = m.Identify(type="email", value="new@example.test")
    assert await checkout.refused("identify", identify) == "member_not_found"

    await checkout.pay(await checkout.ready())

    assert moved(before, await shop.books("letstrade")) == {"orders": 1}


async def test_a_known_phone_number_is_found_and_not_shown(shop: Shop) -> None:
    before = await shop.books("letstrade")
    phone = {"type": "phone", "value": world.CELL_COUNTRY + world.PIETER_CELL, "consent": True}
    checkout = await shop.open(bill(), identifiers=[phone])

    seen = await checkout.pay(await checkout.ready())

    after = await shop.books("letstrade")
    assert moved(before, after) == {"orders": 1}
    assert order(after, seen)["user_id"] == world.PIETER
    assert world.PIETER_CELL not in str(seen)


async def test_a_loan_pays_what_the_customers_subscription_leaves(shop: Shop) -> None:
    before = await shop.books("letstrade")
    checkout = await shop.open(bill())
    await wallet(checkout, world.CODE_LOAN)
    assert [t["amount"] for t in checkout.view["tenders"] if t["status"] == "planned"] == [65_00]
    assert await checkout.ready() == 0

    seen = await checkout.pay(0, type="none")

    assert (seen["status"], seen["totals"]["discount_amount"]) == ("completed", 35_00)
    assert moved(before, await shop.books("letstrade")) == {
        f"loan:{world.LERATO}": 65_00,
        world.CODE_LOAN: "USED",
        world.SUBSCRIPTION: -1,
        "orders": 1,
    }


async def test_a_vendor_that_will_not_have_us_is_put_before_a_person(shop: Shop) -> None:
    """E.g. a token that was revoked: asking again for days would be silence."""
    await shop.fault("refuse", "offerings.get", "letstrade", code=401, times=None)
    checkout = await shop.open(bill())
    assert [each["provider"] for each in checkout.view["degraded"]] == ["letstrade"]

    await checkout.pay(await checkout.ready())

    assert await checkout.ended() == "completed"
    seen = await checkout.seen()
    assert [case["code"] for case in seen["attention"]] == ["earning_failed"]
