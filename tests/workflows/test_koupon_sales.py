"""A store with Koupon alone: nothing can be asked, everything is final."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.books.koupon import calls, reports
from tests.support.dollars import books, cases, dollars, offers, switch
from tests.support.finding import effects
from tests.support.shop import Checkout, Shop, open_shop, payment
from tillsaga.domain import messages as m
from tillsaga.domain.discounts import Discount
from tillsaga.sandbox.koupon import world as koupon


@pytest.fixture
async def shop(tmp_path: Path, cached: int) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path, kinds=("koupon",), max_cached_workflows=cached) as opened:
        yield opened


async def scanned(shop: Shop, code: str = koupon.BARCODE_MULTI, quantity: int = 1) -> Checkout:
    checkout = await shop.open(dollars())
    await checkout.ok("apply_offer", m.ApplyOffer(code=code, quantity=quantity))
    return checkout


async def test_a_coupon_scanned_twice_is_one_line(shop: Shop) -> None:
    before = await books(shop, "koupon")
    checkout = await scanned(shop)
    seen = await checkout.scan(koupon.BARCODE_MULTI)
    assert offers(seen) == {"1.00 off cola": ("applied", 1_00)}

    twice = m.ApplyOffer(code=koupon.BARCODE_MULTI, quantity=2)
    seen = await checkout.ok("apply_offer", twice)
    assert seen["totals"]["due_amount"] == 9_50
    await checkout.pay(await checkout.ready())

    assert await before.moved() == {"koupon": {koupon.BARCODE_MULTI: 2}}
    told = await shop.books("koupon")
    assert calls(told) == [[(koupon.BARCODE_MULTI, 2, 2)]]
    assert reports(told) == [([koupon.BARCODE_MULTI], 9_50)]


async def test_no_more_of_a_coupon_than_the_basket_bears(shop: Shop) -> None:
    checkout = await scanned(shop, quantity=11)
    many = m.ApplyOffer(code=koupon.BARCODE_MULTI, quantity=12)
    assert (await checkout.ok("apply_offer", many))["totals"]["due_amount"] == 0

    more = m.ApplyOffer(code=koupon.BARCODE_MULTI, quantity=13)
    for too_many in (more, m.ApplyOffer(code=koupon.BARCODE)):
        assert await checkout.refused("apply_offer", too_many) == "offer_refused"


async def test_a_sale_without_a_coupon_is_not_reported(shop: Shop) -> None:
    checkout = await shop.open(dollars())

    seen = await checkout.pay(await checkout.ready())

    assert (seen["status"], reports(await shop.books("koupon"))) == ("completed", [])


async def test_a_coupon_that_was_refused_is_not_reported(shop: Shop) -> None:
    checkout = await scanned(shop, koupon.BARCODE_REDEEMED)
    seen = await checkout.pay(await checkout.ready(), type="cash")
    assert (seen["instruction"], seen["totals"]["due_amount"]) == ("collect", 1_00)

    seen = await checkout.pay(1_00, type="cash", reference="cash-2")

    assert (seen["status"], cases(seen)) == ("completed", [])
    told = await shop.books("koupon")
    assert (len(calls(told)), reports(told)) == (1, [])


async def test_a_lost_report_is_sent_again_and_the_sale_is_not_held_up(shop: Shop) -> None:
    checkout = await scanned(shop)
    await shop.fault("error_before", "transaction.report", "koupon", status=503)

    seen = await checkout.pay(await checkout.ready())
    assert seen["status"] == "completed"
    assert await checkout.ended() == "completed"

    assert len(reports(await shop.books("koupon"))) == 1
    assert effects(await checkout.seen(), "report_sale") == ["applied"]


async def test_a_redeem_is_never_sent_again_blindly(shop: Shop) -> None:
    before = await books(shop, "koupon")
    checkout = await scanned(shop, quantity=2)
    await shop.fault("drop_after", "transaction.redeem", "koupon")

    seen = await checkout.pay(await checkout.ready(), "authorized")
    seen = await checkout.pay(9_50)

    assert (seen["status"], cases(seen)) == ("completed", [("effect_unknown", None)])
    assert await before.moved() == {"koupon": {koupon.BARCODE_MULTI: 2}}
    assert len(calls(await shop.books("koupon"))) == 1


async def test_a_case_of_goodwill_is_worth_what_was_redeemed(shop: Shop) -> None:
    checkout = await scanned(shop, quantity=3)
    await switch(shop, "koupon", odd_line="partial")
    due = await checkout.ready()
    await checkout.pay(due, "authorized")

    seen = await checkout.ok("cancel", m.Cancel(reason="too dear"))

    assert (seen["instruction"], cases(seen)) == ("void", [("goodwill", 2_00)])
    assert offers(seen) == {"1.00 off cola": ("redeemed", 2_00)}


async def test_a_silent_till_leaves_a_case_for_what_one_step_has_redeemed(shop: Shop) -> None:
    checkout = await scanned(shop, koupon.BARCODE)
    await checkout.ok("ready", m.MakeReady(payment_flow="one_step"))

    assert await checkout.ended() == "expired"

    assert cases(await checkout.seen()) == [("goodwill", 1_50)]


async def test_a_lost_coupon_that_another_makes_up_for_costs_nobody_anything(shop: Shop) -> None:
    """What one takes off no more the other does: nothing is left to collect, and none to bear."""
    coffee = {"line_id": "1", "sku": "COFFEE", "title": "Coffee", "unit_amount": 2_50}
    checkout = await shop.open(dollars(coffee))
    await checkout.scan(koupon.BARCODE_REDEEMED)
    whole = m.ApplyOffer(code=koupon.BARCODE_MULTI, discount=Discount(type="absolute", amount=2_50))
    seen = await checkout.ok("apply_offer", whole)
    assert [saving for _, saving in offers(seen).values()] == [1_00, 1_50]

    seen = await checkout.pay(await checkout.ready())

    assert (seen["status"], seen["totals"]["due_amount"], cases(seen)) == ("completed", 0, [])
    assert list(offers(seen).values()) == [("lost", 0), ("redeemed", 2_50)]
    told = await shop.books("koupon")
    assert reports(told) == [([koupon.BARCODE_MULTI], 0)]


async def test_of_a_late_sale_the_store_bears_what_koupon_redeems_less(shop: Shop) -> None:
    before = await books(shop, "koupon")
    checkout = await scanned(shop, quantity=3)
    await switch(shop, "koupon", odd_line="partial")
    due = await checkout.ready()
    await shop.env.sleep(16 * 60)
    await checkout.becomes("expired")

    start = shop.start_for(checkout.id, resumed=True)
    _, reply = await shop.with_start(start, "payment", payment(due))

    seen: Any = reply.checkout
    assert (due, seen["status"], seen["instruction"]) == (8_50, "completed", None)
    assert cases(seen) == [("offer_lost_after_payment", 1_00)]
    assert offers(seen) == {"1.00 off cola": ("redeemed", 3_00)}
    assert (seen["totals"]["paid_amount"], seen["totals"]["due_amount"]) == (due, 0)
    assert await before.moved() == {"koupon": {koupon.BARCODE_MULTI: 2}}
    assert reports(await shop.books("koupon")) == [([koupon.BARCODE_MULTI], 8_50)]
