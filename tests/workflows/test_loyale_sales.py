"""A store with Loyale alone: points, linked gift cards, returns in line, and what earns."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.books.loyale import paid, sales
from tests.support.dollars import ANNS_POINTS, CARD, COUPON, books, cases, points, tenders
from tests.support.finding import effects
from tests.support.shop import Checkout, Shop, basket, flat_whites, open_shop
from tillsaga.domain import messages as m
from tillsaga.sandbox.loyale import world as loyale


@pytest.fixture
async def shop(tmp_path: Path, cached: int) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path, kinds=("loyale",), max_cached_workflows=cached) as opened:
        yield opened


async def opened(shop: Shop, *lines: dict[str, Any]) -> Checkout:
    return await shop.open(basket(*lines), loyale.ANN_BARCODE)


async def sealed_and_voided(checkout: Checkout) -> None:
    """The transaction runs, then the customer changes their mind about the card."""
    due = await checkout.ready()
    await checkout.pay(due, "authorized")
    await checkout.pay(due, "voided")
    await checkout.ok("reopen", m.Reopen())


async def put(checkout: Checkout, cups: int) -> str | None:
    smaller = basket(flat_whites(cups), id=checkout.view["basket"]["id"])
    reply = await checkout.say("put_basket", m.PutBasket.model_validate({"basket": smaller}))
    return reply.refusal.code if reply.refusal else None


async def test_a_sale_that_only_earns_is_posted_after_the_payment(shop: Shop) -> None:
    before = await books(shop, "loyale")
    checkout = await opened(shop)
    await checkout.pay(await checkout.ready(), "authorized")
    assert await before.moved() == {"loyale": {}}

    seen = await checkout.pay(11_50)

    assert await before.moved() == {"loyale": {ANNS_POINTS: 69}}
    assert [(e["points"], e["balance_after"]) for e in seen["earned"]] == [(69, 7830 + 69)]


async def test_points_are_spent_at_ready_by_a_one_step_till_and_come_back(shop: Shop) -> None:
    before = await books(shop, "loyale")
    checkout = await opened(shop)
    await points(checkout, 5_00)
    await checkout.ok("ready", m.MakeReady(payment_flow="one_step"))
    assert await before.moved() == {"loyale": {ANNS_POINTS: -5_00 + 39}}

    seen = await checkout.pay(6_50, "declined", final=True)

    assert (seen["status"], cases(seen), seen["earned"]) == ("cancelled", [], [])
    assert await before.moved() == {"loyale": {}}


async def test_a_one_step_gift_card_waits_for_the_money(shop: Shop) -> None:
    before = await books(shop, "loyale")
    checkout = await opened(shop)
    await checkout.giftcard(loyale.GIFT_CARD, 5_00)
    await checkout.ok("ready", m.MakeReady(payment_flow="one_step"))
    assert await before.moved() == {"loyale": {}}

    seen = await checkout.pay(6_50)

    assert tenders(seen) == [("giftcard", 5_00, "charged")]
    assert await before.moved() == {"loyale": {CARD: -5_00, ANNS_POINTS: 69}}


async def test_all_of_a_bill_in_points_earns_nothing(shop: Shop) -> None:
    before = await books(shop, "loyale")
    checkout = await opened(shop)
    await points(checkout)
    assert await checkout.ready() == 0

    seen = await checkout.pay(0, type="none")

    assert (seen["status"], tenders(seen)) == ("completed", [("points", 11_50, "charged")])
    assert await before.moved() == {"loyale": {ANNS_POINTS: -11_50}}


async def test_more_points_than_there_are_are_refused_by_name(shop: Shop) -> None:
    checkout = await opened(shop, flat_whites(40))
    too_many = m.AddTender(type="points", amount=78_31)

    assert await checkout.refused("add_tender", too_many) == "insufficient_balance"
    await points(checkout)
    assert tenders(checkout.view)[-1] == ("points", 78_30, "planned")


async def test_a_changed_basket_returns_the_transaction_and_posts_it_anew(shop: Shop) -> None:
    before = await books(shop, "loyale")
    checkout = await opened(shop)
    await points(checkout, 2_00)
    await sealed_and_voided(checkout)
    assert await put(checkout, 4) is None

    due = await checkout.ready()
    seen = await checkout.pay(due, "authorized", reference="card-2")

    assert (due, effects(seen, "post_transaction")) == (12_00, ["reversed", "applied"])
    assert await before.moved() == {"loyale": {ANNS_POINTS: -2_00 + 72}}
    told = await shop.books("loyale")
    assert sales(told) == [("COMPLETED", "FULL", 11_50), ("COMPLETED", "NONE", 14_00)]
    assert paid(told) == {"Card": 12_00, "Loyale Redemption": 2_00}
    seen = await checkout.pay(due, reference="card-2")
    assert [e["points"] for e in seen["earned"]] == [72]


async def test_points_taken_off_a_sealed_sale_come_back_with_the_next_one(shop: Shop) -> None:
    before = await books(shop, "loyale")
    checkout = await opened(shop)
    await points(checkout, 2_00)
    await sealed_and_voided(checkout)
    await checkout.ok("remove_tender", m.RemoveTender(tender_id="tnd_1"))

    due = await checkout.ready()
    seen = await checkout.pay(due, reference="card-2")

    assert (due, seen["status"], cases(seen)) == (11_50, "completed", [])
    assert await before.moved() == {"loyale": {ANNS_POINTS: 69}}


async def test_a_spent_gift_card_is_kept_in_the_sale_it_was_spent_for(shop: Shop) -> None:
    before = await books(shop, "loyale")
    checkout = await opened(shop)
    await checkout.giftcard(loyale.GIFT_CARD, 5_00)
    await checkout.scan(loyale.COUPON)
    await sealed_and_voided(checkout)

    removal = m.RemoveTender(tender_id="tnd_1")
    assert await checkout.refused("remove_tender", removal) == "tender_refused"
    assert await checkout.refused("add_tender", m.AddTender(type="points")) == "tender_refused"
    assert await put(checkout, 1) == "tender_exceeds_total"
    assert checkout.view["totals"]["due_amount"] == 4_50
    assert await put(checkout, 4) is None
    due = await checkout.ready()
    seen = await checkout.pay(due, reference="card-2")

    assert (due, seen["status"]) == (7_00, "completed")
    assert [a["code"] for a in seen["attention"]] == ["sale_changed"]
    assert await before.moved() == {"loyale": {ANNS_POINTS: 57, CARD: -5_00, COUPON: -1}}


async def test_goods_taken_back_in_the_same_sale_lower_it(shop: Shop) -> None:
    before = await books(shop, "loyale")
    back = {**flat_whites(-1), "line_id": "2"}
    checkout = await opened(shop, flat_whites(3), back)
    await points(checkout, 1_00)

    due = await checkout.ready()
    await checkout.pay(due)

    assert due == 6_00
    assert await before.moved() == {"loyale": {ANNS_POINTS: -1_00 + 36}}
    lines = (await shop.books("loyale"))["transactions"][-1]["line_items"]
    assert [line["quantity"] for line in lines] == ["3", "-1"]


async def test_point_overrides_decide_line_by_line(shop: Shop) -> None:
    before = await books(shop, "loyale")
    none = flat_whites(1, categories=[loyale.NO_POINTS])
    house = {**flat_whites(1, vendor=loyale.HOUSE_BRAND), "line_id": "2"}
    plain = {**flat_whites(1), "line_id": "3"}
    silent = {**flat_whites(1, earns_points=False), "line_id": "4"}
    checkout = await opened(shop, none, house, plain, silent)

    seen = await checkout.pay(await checkout.ready())

    # 3.50 at 9 and two at 6, and a quarter of the money earns nothing.
    assert await before.moved() == {"loyale": {ANNS_POINTS: 55}}
    assert [e["points"] for e in seen["earned"]] == [55]
