"""A vendor is down while the till sells: the sale goes on, and it is told when it is back."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import WorkflowExecutionStatus

from tests.support.books import leat, wll
from tests.support.finding import effects, moved
from tests.support.shop import Checkout, Shop, open_shop
from tillsaga.domain import messages as m
from tillsaga.sandbox import world as leat_world
from tillsaga.sandbox.wll import world

CARDS = (leat_world.ANN_CARD, world.MEMBER_ACCOUNT)
WLL_DOWN = [{"provider": "wll", "reason": "vendor_unavailable"}]
LEAT_DOWN = [{"provider": "leat", "reason": "vendor_unavailable"}]


@pytest.fixture
async def shop(tmp_path: Path, cached: int) -> AsyncIterator[Shop]:
    kinds = ("leat", "wll")
    async with open_shop(tmp_path, kinds=kinds, max_cached_workflows=cached) as opened:
        yield opened


@pytest.fixture
async def strict_shop(tmp_path: Path) -> AsyncIterator[Shop]:
    """A shop that does not sell while a vendor is away."""
    policy = "on_vendor_down: refuse"
    async with open_shop(tmp_path, kinds=("leat", "wll"), policy=policy) as opened:
        yield opened


async def down(shop: Shop, vendor: str, **more: Any) -> None:
    await shop.control("POST", "/faults", {"vendor": vendor, "kind": "maintenance"} | more)


async def archived(shop: Shop, checkout: Checkout) -> dict[str, Any]:
    bill = await shop.wiring.checkouts.find(checkout.id)
    assert bill is not None
    assert bill.view is not None
    return dict(bill.view)


async def waits_for_vendor(checkout: Checkout) -> None:
    """Wait until the run has something to do at a vendor; it must not end without."""
    while True:
        seen = await checkout.handle.describe()
        assert seen.status is WorkflowExecutionStatus.RUNNING
        if seen.raw_description.pending_activities:
            return


async def test_an_absent_vendor_hears_of_the_sale_and_its_member_when_it_is_back(
    shop: Shop,
) -> None:
    before = await shop.books("wll"), await shop.books("leat")
    await down(shop, "wll", times=None)
    checkout = await shop.open(None, *CARDS)
    seen = checkout.view
    assert (seen["degraded"], [x["provider"] for x in seen["members"]]) == (WLL_DOWN, ["leat"])
    assert {offer["provider"] for offer in seen["offers"]} == {"leat"}
    due = await checkout.ready()
    sold = await checkout.pay(due)

    assert (sold["status"], sold["degraded"], sold["attention"]) == ("completed", WLL_DOWN, [])
    assert [earned["provider"] for earned in sold["earned"]] == ["leat"]
    assert (await shop.books("wll"))["orders"] == []
    await shop.mend()
    assert await checkout.ended() == "completed"
    seen = await archived(shop, checkout)
    assert seen["version"] > sold["version"]
    assert seen["earned"][1] == {"provider": "wll", "points": 11, "balance_after": 511}
    assert (seen["degraded"], effects(seen, "post_order")) == ([], ["applied", "applied"])
    white = wll.moved(before[0], await shop.books("wll"))
    green = leat.moved(before[1], await shop.books("leat"))
    assert (white, green["orders"]) == ({world.MEMBER: 11, "orders": 1}, 1)


async def test_an_outage_of_hours_does_not_lose_the_sale(shop: Shop) -> None:
    before = await shop.books("wll")
    await down(shop, "wll", times=100)
    checkout = await shop.open(None, *CARDS)
    await checkout.pay(await checkout.ready())
    began = await shop.env.get_current_time()

    assert await checkout.ended() == "completed"

    waited = await shop.env.get_current_time() - began
    assert waited.total_seconds() > 60 * 60
    assert wll.moved(before, await shop.books("wll")) == {world.MEMBER: 11, "orders": 1}


async def test_a_vendor_that_goes_down_before_the_payment_hears_of_the_sale_later(
    shop: Shop,
) -> None:
    before = await shop.books("wll")
    checkout = await shop.open(None, *CARDS)
    due = await checkout.ready()
    await down(shop, "wll", times=None)

    sold = await checkout.pay(due)

    assert (sold["status"], sold["attention"]) == ("completed", [])
    assert sorted(effects(sold, "post_order")) == ["applied", "in_doubt"]
    assert [earned["provider"] for earned in sold["earned"]] == ["leat"]
    await shop.mend()
    assert await checkout.ended() == "completed"
    seen = await archived(shop, checkout)
    assert sorted(each["provider"] for each in seen["earned"]) == ["leat", "wll"]
    assert wll.moved(before, await shop.books("wll")) == {world.MEMBER: 11, "orders": 1}


async def test_who_is_told_again_hears_of_the_same_sale_although_another_vendor_is_back(
    shop: Shop,
) -> None:
    before = await shop.books()
    await down(shop, "wll", times=None)
    checkout = await shop.open(None, *CARDS)
    due = await checkout.ready()
    await shop.mend()
    # Leat hangs up, and White Label has said meanwhile whom it knows the customer as.
    await shop.fault("hang_before", "order.create_and_process", delay_ms=500)

    sold = await checkout.pay(due)

    assert (sold["status"], sold["attention"]) == ("completed", [])
    assert await checkout.ended() == "completed"
    seen = await archived(shop, checkout)
    assert (seen["attention"], effects(seen, "post_order")) == ([], ["applied", "applied"])
    assert leat.moved(before, await shop.books())["orders"] == 1


async def test_a_card_shown_while_its_vendor_is_down_is_remembered(shop: Shop) -> None:
    before = await shop.books("wll")
    await down(shop, "wll", times=None)
    checkout = await shop.open()
    card = m.Identify(type="card", value=world.MEMBER_ACCOUNT)
    assert await checkout.refused("identify", card) == "vendor_unavailable"
    await checkout.ok("identify", m.Identify(type="card", value=leat_world.ANN_CARD))
    await checkout.pay(await checkout.ready())
    await shop.mend()

    assert await checkout.ended() == "completed"

    seen = await archived(shop, checkout)
    assert sorted(each["provider"] for each in seen["members"]) == ["leat", "wll"]
    assert wll.moved(before, await shop.books("wll")) == {world.MEMBER: 11, "orders": 1}


async def test_a_vendor_that_is_back_before_ready_gives_its_offers_after_all(shop: Shop) -> None:
    await down(shop, "wll", times=None)
    checkout = await shop.open(None, *CARDS)
    await shop.mend()

    seen = await checkout.ok("identify", m.Identify(type="card", value=leat_world.ANN_CARD))

    assert (seen["degraded"], len(seen["members"])) == ([], 2)
    assert {offer["provider"] for offer in seen["offers"]} == {"leat", "wll"}


async def test_a_customer_who_agreed_is_created_when_the_vendor_is_back(shop: Shop) -> None:
    before = await shop.books("leat")
    await down(shop, "leat", times=None)
    newcomer = {"type": "email", "value": "new@example.test", "consent": True}
    checkout = await shop.open(identifiers=[newcomer])
    assert LEAT_DOWN[0] in checkout.view["degraded"]
    sold = await checkout.pay(await checkout.ready())
    assert (sold["status"], sold["attention"]) == ("completed", [])
    await shop.mend()
    await shop.fault("drop_after", "contact.find_or_create")

    assert await checkout.ended() == "completed"

    after = await shop.books("leat")
    [created] = set(after["contacts"]) - set(before["contacts"])
    seen = await archived(shop, checkout)
    assert [each["member_id"] for each in seen["members"]] == [created]
    assert [each["provider"] for each in seen["earned"]] == ["leat"]
    assert len(after["orders"]) == 1
    assert moved(before, after) == {f"points:{created}": seen["earned"][0]["points"]}
    assert "new@example.test" not in str(seen)


async def test_a_strict_store_waits_for_the_vendor_and_asks_it_again(strict_shop: Shop) -> None:
    await down(strict_shop, "wll", times=None)
    checkout = await strict_shop.open(None, *CARDS)
    for _ in range(2):
        assert await checkout.refused("ready", m.MakeReady()) == "vendor_unavailable"
    assert (checkout.view["status"], checkout.view["degraded"]) == ("open", WLL_DOWN)
    await strict_shop.mend()

    assert await checkout.ready() == 11_50

    seen = checkout.view
    assert (seen["degraded"], len(seen["members"])) == ([], 2)
    seen = await checkout.pay(11_50)
    assert (seen["status"], len(seen["earned"])) == ("completed", 2)


async def test_points_are_free_for_the_next_sale_although_another_vendor_is_down(
    shop: Shop,
) -> None:
    await down(shop, "leat", times=None)
    first = await shop.open(None, *CARDS)
    await first.ok("add_tender", m.AddTender(type="points", amount=1_00))
    sold = await first.pay(await first.ready())
    assert (sold["status"], sold["degraded"]) == ("completed", LEAT_DOWN)

    second = await shop.open(None, *CARDS)
    seen = await second.ok("add_tender", m.AddTender(type="points", amount=1_00))

    assert [tender["status"] for tender in seen["tenders"]] == ["charged"]
    await shop.mend()
    await second.pay(await second.ready())
    assert await first.ended() == await second.ended() == "completed"


async def test_a_sale_that_lost_its_workflow_while_a_vendor_was_down_is_told_to_it_all_the_same(
    shop: Shop,
) -> None:
    before = await shop.books("wll")
    checkout = await shop.open(None, *CARDS)
    await checkout.scan(leat_world.VOUCHER_COFFEE)
    due = await checkout.ready()
    await down(shop, "wll", times=None)
    await shop.fault("refuse", "voucher.redeem", code=1003)
    sold = await checkout.pay(due)
    assert (sold["status"], len(sold["attention"])) == ("completed", 1)
    await checkout.until(lambda seen: "in_doubt" in effects(seen, "post_order"))
    state = (await shop.wiring.checkouts.facts(checkout.id)).state
    assert state is not None
    assert state["status"] == "completed"

    await checkout.handle.terminate("by mistake")
    start = shop.start_for(checkout.id, resumed=True)
    checkout.handle = await shop.client.start_workflow(
        "Checkout", start, id=checkout.id, task_queue=shop.queue, result_type=str
    )
    await waits_for_vendor(checkout)
    await shop.mend()

    assert await checkout.ended() == "completed"
    assert wll.moved(before, await shop.books("wll")) == {world.MEMBER: 8, "orders": 1}
