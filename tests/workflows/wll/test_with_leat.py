"""White Label vouchers and points beside Leat's vouchers and prepaid credit in one sale."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.books import leat, wll
from tests.support.finding import offer, tenders
from tests.support.shop import Checkout, Shop, open_shop
from tests.workflows.wll.asks import BENEFIT, burn, cases, stages
from tillsaga.domain import messages as m
from tillsaga.sandbox import world as leat_world
from tillsaga.sandbox.wll import world

CARDS = (leat_world.ANN_CARD, world.MEMBER_ACCOUNT)


@pytest.fixture
async def shop(tmp_path: Path, cached: int) -> AsyncIterator[Shop]:
    kinds = ("wll", "leat")
    async with open_shop(tmp_path, kinds=kinds, max_cached_workflows=cached) as opened:
        yield opened


@pytest.fixture
async def strict_shop(tmp_path: Path) -> AsyncIterator[Shop]:
    """A shop whose customers want all of their offers or none."""
    policy = "offers: all_or_none"
    async with open_shop(tmp_path, kinds=("wll", "leat"), policy=policy) as opened:
        yield opened


async def books(shop: Shop) -> tuple[Any, Any]:
    """Both vendors' books."""
    return await shop.books("wll"), await shop.books("leat")


def moved(before: tuple[Any, Any], after: tuple[Any, Any]) -> tuple[Any, Any]:
    """What moved at White Label, and at Leat."""
    return wll.moved(before[0], after[0]), leat.moved(before[1], after[1])


async def gathered(shop: Shop) -> tuple[Checkout, int]:
    """5.00 and what is left of a coffee off 11.50; 1.00 in points, 0.50 of prepaid credit."""
    checkout = await shop.open(None, *CARDS, cashier_id="c-17")
    await checkout.offer(BENEFIT)
    await checkout.scan(leat_world.VOUCHER_COFFEE)
    await checkout.points(1_00)
    await checkout.prepaid(50)
    return checkout, await checkout.ready()


async def test_both_vendors_take_their_part_in_one_sale(shop: Shop) -> None:
    before = await books(shop)
    checkout, due = await gathered(shop)
    totals = checkout.view["totals"]
    assert (totals["discount_amount"], totals["tender_amount"], due) == (6_98, 1_50, 3_02)
    applied = ["reserve", "activate_voucher", "lock_voucher", "spend_points", "charge_prepaid"]
    planned = await stages(checkout)
    assert planned[:5] == [(operation, "apply") for operation in applied]
    assert planned[5:8] == [
        ("burn_voucher", "seal"),
        ("payment", "pivot"),
        ("redeem_voucher", "commit"),
    ]
    assert planned[8:] == [("post_order", "earn")] * 2

    assert (await checkout.pay(due, "authorized"))["instruction"] == "capture"
    seen = await checkout.pay(due)

    assert (seen["status"], seen["attention"]) == ("completed", [])
    earned = {each["provider"]: each["points"] for each in seen["earned"]}
    assert await checkout.ended() == "completed"
    white, green = moved(before, await books(shop))
    moved_points = {world.MEMBER: earned["wll"] - 100, world.SPEND_TYPE: 1}
    assert white == moved_points | {world.BENEFIT: "BURNED", "orders": 1}
    ann = leat_world.ANN
    spent = {f"prepaid:{ann}": -50, f"points:{ann}": earned["leat"]}
    assert green == spent | {leat_world.VOUCHER_COFFEE: 1, "orders": 1}


async def test_a_declined_card_takes_both_back_but_for_the_burn(shop: Shop) -> None:
    before = await books(shop)
    checkout, due = await gathered(shop)
    await checkout.pay(due, "authorized")

    seen = await checkout.pay(due, "declined", final=True)

    assert (seen["status"], cases(seen)) == ("cancelled", [("goodwill", burn(world.BENEFIT))])
    assert tenders(seen) == [("reversed", 1_00), ("reversed", 50)]
    white, green = moved(before, await books(shop))
    returned = {world.SPEND_TYPE: 1, world.REFUND_TYPE: 1}
    assert (white, green) == (returned | {world.BENEFIT: "BURNED"}, {})


async def test_a_lost_voucher_of_one_vendor_leaves_the_others_as_they_are(shop: Shop) -> None:
    checkout, due = await gathered(shop)
    await shop.switch("wll", concurrent_burn="before_burn")

    seen = await checkout.pay(due, "authorized")

    assert (seen["status"], seen["instruction"]) == ("open", "void")
    assert tenders(seen) == [("charged", 1_00), ("charged", 50)]
    held = [o["status"] for o in seen["offers"] if o["code"] == "****-ANN" and o["saving_amount"]]
    assert (held, seen["totals"]["due_amount"]) == (["held"], 6_50)


async def test_all_or_none_lets_the_other_vendors_offer_go_too(strict_shop: Shop) -> None:
    before = await books(strict_shop)
    checkout, due = await gathered(strict_shop)
    await strict_shop.switch("wll", concurrent_burn="before_burn")

    seen = await checkout.pay(due, "authorized")

    totals = seen["totals"]
    assert (seen["instruction"], totals["discount_amount"]) == ("void", 0)
    assert (totals["due_amount"], offer(seen, BENEFIT)["status"]) == (10_00, "lost")
    await checkout.pay(due, "voided")
    await checkout.ok("cancel", m.Cancel(reason="the customer left"))
    assert await checkout.ended() == "cancelled"
    white, green = moved(before, await books(strict_shop))
    returned = {world.SPEND_TYPE: 1, world.REFUND_TYPE: 1}
    assert (white, green) == (returned | {world.BENEFIT: "BURNED"}, {})


async def test_a_code_is_asked_at_both_vendors_and_taken_by_the_one_that_knows_it(
    shop: Shop,
) -> None:
    checkout = await shop.open(None, *CARDS)

    await checkout.scan(world.REDEEMED_CODE)
    seen = await checkout.scan(leat_world.VOUCHER_COFFEE)

    counting = [o["provider"] for o in seen["offers"] if o["saving_amount"]]
    assert sorted(counting) == ["leat", "wll"]
    assert "benefit.redeem" not in await shop.asked("wll")
