"""The dollar store's whole sale: Leat, Loyale and Koupon, to the cent in all three books."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.books import koupon as koupon_books
from tests.support.books import loyale as loyale_books
from tests.support.dollars import (
    DUE,
    KINDS,
    NOTHING,
    REDEEMED,
    SNACK,
    SOLD,
    SPENT,
    books,
    cases,
    dollars,
    loaded,
    offers,
    tenders,
)
from tests.support.finding import effects
from tests.support.shop import Shop, open_shop, payment
from tillsaga.domain import messages as m
from tillsaga.sandbox import world as leat
from tillsaga.sandbox.koupon import world as koupon
from tillsaga.sandbox.loyale import world as loyale

GOODWILL = [("goodwill", 50), ("goodwill", 1_00), ("goodwill", 1_50), ("goodwill", 2_00)]
"""The snack coupon, the gift card, the cola coupon, Loyale's coupon."""
LEFT_SPENT = {
    "leat": {},
    "loyale": {name: moved for name, moved in SPENT.items() if name != loyale.ANN},
    "koupon": REDEEMED,
}


@pytest.fixture
async def shop(tmp_path: Path, cached: int) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path, kinds=KINDS, max_cached_workflows=cached) as opened:
        yield opened


async def one_step(shop: Shop) -> Any:
    checkout = await loaded(shop)
    await checkout.ok("ready", m.MakeReady(payment_flow="one_step"))
    return checkout


async def test_three_vendors_are_sealed_between_authorisation_and_capture(shop: Shop) -> None:
    before = await books(shop)
    checkout = await loaded(shop)
    assert await checkout.ready() == DUE
    assert await before.moved() == NOTHING

    seen = await checkout.pay(DUE, "authorized")
    sealed = {"leat": {}, "loyale": SPENT, "koupon": REDEEMED}
    assert (seen["instruction"], await before.moved()) == ("capture", sealed)
    seen = await checkout.pay(DUE)

    assert (seen["status"], seen["attention"], seen["totals"]["due_amount"]) == ("completed", [], 0)
    assert await before.moved() == SOLD | {"koupon": REDEEMED}
    assert {status for status, _ in offers(seen).values()} == {"redeemed"}
    assert tenders(seen) == [("giftcard", 1_00, "charged"), ("points", 1_00, "charged")]
    earned = {e["provider"]: (e["points"], e["balance_after"]) for e in seen["earned"]}
    assert earned == {"loyale": (18, 7830 - 82), "leat": (4, 124)}


async def test_the_plan_names_the_seal_before_the_pivot(shop: Shop) -> None:
    checkout = await loaded(shop)
    await checkout.ready()

    plan = await checkout.handle.query("plan")

    order = [(one["stage"], one["operation"]) for one in plan]
    assert [stage for stage, _ in order[:6]] == ["apply"] * 6
    assert order[6:] == [
        ("seal", "redeem_coupon"),
        ("seal", "redeem_coupon"),
        ("seal", "post_transaction"),
        ("pivot", "payment"),
        ("commit", "redeem_voucher"),
        ("earn", "post_order"),
        ("earn", "report_sale"),
    ]


async def test_the_sale_is_told_each_vendor_once(shop: Shop) -> None:
    checkout = await loaded(shop)
    await checkout.ready()
    for status in ("authorized", "authorized", "captured"):
        await checkout.pay(DUE, status)
    assert await checkout.ended() == "completed"

    told = await shop.books("loyale")
    assert loyale_books.sales(told) == [("COMPLETED", "NONE", 4_00)]
    paid = {"Card": 2_00, "Loyale Gift Card": 1_00, "Loyale Redemption": 1_00}
    assert loyale_books.paid(told) == paid
    told = await shop.books("koupon")
    assert koupon_books.calls(told) == [[(koupon.BARCODE, 1, 1)], [(koupon.SNACK, 1, 1)]]
    assert koupon_books.reports(told) == [([koupon.BARCODE, koupon.LOYALTY], 4_00)]


async def test_no_code_and_no_loyalty_id_is_in_a_view(shop: Shop) -> None:
    checkout = await loaded(shop)
    seen = await checkout.pay(await checkout.ready())

    shown = json.dumps([seen, *[await checkout.handle.query(q) for q in ("plan", "receipt")]])

    secrets = (koupon.BARCODE, koupon.LOYALTY, loyale.COUPON, loyale.GIFT_CARD, loyale.ANN_BARCODE)
    assert [secret for secret in (*secrets, leat.VOUCHER_COFFEE) if secret in shown] == []


async def test_a_decline_after_the_seal_gives_back_what_it_can(shop: Shop) -> None:
    before = await books(shop)
    checkout = await loaded(shop)
    await checkout.pay(await checkout.ready(), "authorized")

    seen = await checkout.pay(DUE, "declined", final=True)

    assert (seen["status"], cases(seen), seen["earned"]) == ("cancelled", GOODWILL, [])
    assert await before.moved() == LEFT_SPENT
    assert tenders(seen) == [("giftcard", 1_00, "charged"), ("points", 1_00, "reversed")]
    assert offers(seen)["Free coffee"] == ("released", 0)
    assert offers(seen)["2.00 off"] == ("redeemed", 2_00)
    assert koupon_books.reports(await shop.books("koupon")) == []


async def test_a_cancel_before_the_seal_leaves_nothing(shop: Shop) -> None:
    before = await books(shop)
    checkout = await loaded(shop)
    await checkout.ready()

    seen = await checkout.ok("cancel", m.Cancel(reason="left"))

    assert (cases(seen), await before.moved()) == ([], NOTHING)
    assert tenders(seen) == [("giftcard", 1_00, "reversed"), ("points", 1_00, "reversed")]
    assert {e["status"] for e in seen["effects"]} == {"reversed"}


async def test_a_cancel_after_the_seal_is_a_case_for_each_thing_spent(shop: Shop) -> None:
    before = await books(shop)
    checkout = await loaded(shop)
    await checkout.pay(await checkout.ready(), "authorized")

    seen = await checkout.ok("cancel", m.Cancel(reason="left"))

    assert (seen["instruction"], cases(seen)) == ("void", GOODWILL)
    assert await before.moved() == LEFT_SPENT


async def test_a_one_step_till_seals_coupons_at_ready_and_the_rest_after_the_money(
    shop: Shop,
) -> None:
    before = await books(shop)
    checkout = await one_step(shop)
    assert await before.moved() == NOTHING | {"koupon": REDEEMED}
    assert checkout.view["totals"]["due_amount"] == DUE

    seen = await checkout.pay(DUE)

    assert (seen["status"], seen["attention"]) == ("completed", [])
    assert await before.moved() == SOLD | {"koupon": REDEEMED}


async def test_cash_seals_and_commits_at_once(shop: Shop) -> None:
    before = await books(shop)
    checkout = await loaded(shop)

    seen = await checkout.pay(await checkout.ready(), type="cash")

    assert (seen["status"], seen["attention"]) == ("completed", [])
    assert await before.moved() == SOLD | {"koupon": REDEEMED}


async def test_what_the_seal_refuses_after_the_cash_is_collected(shop: Shop) -> None:
    before = await books(shop)
    checkout = await loaded(shop)
    await shop.fault("refuse", "transaction.redeem", "koupon", code="OFFER_EXPIRED")

    seen = await checkout.pay(await checkout.ready(), type="cash", reference="cash-1")
    assert (seen["status"], seen["instruction"]) == ("ready", "collect")
    assert seen["totals"]["due_amount"] == 1_50
    assert offers(seen)["1.50 off cola"] == ("lost", 0)
    seen = await checkout.pay(1_50, type="cash", reference="cash-2")

    assert (seen["status"], seen["attention"]) == ("completed", [])
    assert (await before.moved())["koupon"] == {SNACK: 1}


async def test_what_nobody_collects_is_refunded(shop: Shop) -> None:
    before = await books(shop)
    checkout = await loaded(shop)
    await shop.fault("refuse", "transaction.redeem", "koupon", code="OFFER_EXPIRED")
    await checkout.pay(await checkout.ready(), type="cash")

    seen = await checkout.ok("cancel", m.Cancel(reason="too dear"))

    assert (seen["instruction"], cases(seen)) == ("refund", [])
    assert [one["amount"] for one in seen["give_back"]] == [DUE]
    assert await before.moved() == NOTHING


async def test_one_coupon_card_and_balance_serve_one_checkout_at_a_time(shop: Shop) -> None:
    before = await books(shop)
    winner = await loaded(shop)
    loser = await shop.open(dollars(), loyale.ANN_BARCODE)
    wanted = [
        ("apply_offer", m.ApplyOffer(code=koupon.BARCODE)),
        ("apply_offer", m.ApplyOffer(code=loyale.COUPON)),
        ("add_tender", m.AddTender(type="giftcard", reference=loyale.GIFT_CARD)),
        ("add_tender", m.AddTender(type="points")),
    ]

    assert {await loser.refused(name, message) for name, message in wanted} == {"offer_held"}

    await winner.pay(await winner.ready())
    assert await before.moved() == SOLD | {"koupon": REDEEMED}
    assert loser.view["totals"]["due_amount"] == 11_50


async def test_a_late_capture_sells_without_spending_twice(shop: Shop) -> None:
    before = await books(shop)
    checkout = await loaded(shop)
    await checkout.pay(await checkout.ready(), "authorized")
    await checkout.ok("cancel", m.Cancel(reason="left"))
    assert await checkout.ended() == "cancelled"

    start = shop.start_for(checkout.id, resumed=True)
    _, reply = await shop.with_start(start, "payment", payment(DUE))

    assert (reply.refusal, reply.checkout["status"]) == (None, "completed")
    assert cases(reply.checkout) == []
    moved = await before.moved()
    assert moved["koupon"] == REDEEMED
    assert (moved["loyale"][loyale.GIFT_CARD], moved["leat"]) == (-1_00, SOLD["leat"])
    assert effects(reply.checkout, "post_transaction") == ["reversed", "applied"]
