"""What the seal refuses: the rest stays, the price rises, and all or none is what it says."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
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
    Books,
    books,
    cases,
    dollars,
    loaded,
    offers,
    switch,
    tenders,
)
from tests.support.finding import effects
from tests.support.shop import Checkout, Shop, open_shop
from tillsaga.domain import messages as m
from tillsaga.sandbox.koupon import world as koupon
from tillsaga.sandbox.loyale import world as loyale

TOO_FEW = "Customer does not have enough points for redemption. Required: 100 Current: 7"


@asynccontextmanager
async def a_shop(folder: Path, policy: str = "") -> AsyncIterator[Shop]:
    async with open_shop(folder, kinds=KINDS, policy=policy) as shop:
        yield shop


async def refused_at_loyale(shop: Shop, text: str) -> tuple[Checkout, Books]:
    """A checkout whose transaction Loyale refuses after Koupon has redeemed."""
    before = await books(shop)
    checkout = await loaded(shop)
    due = await checkout.ready()
    await shop.fault("refuse", "transaction.create", "loyale", code=400, message=text)
    await checkout.pay(due, "authorized")
    return checkout, before


async def paid_anew(checkout: Checkout, voided: int = DUE) -> dict[str, Any]:
    """Void what was authorised, and pay what is due now."""
    await checkout.pay(voided, "voided")
    due = await checkout.ready()
    await checkout.pay(due, "authorized", reference="card-2")
    return await checkout.pay(due, reference="card-2")


async def test_too_few_points_cost_the_tenders_and_not_the_coupon(tmp_path: Path) -> None:
    async with a_shop(tmp_path) as shop:
        checkout, before = await refused_at_loyale(shop, TOO_FEW)

        seen = checkout.view
        assert (seen["status"], seen["instruction"]) == ("open", "void")
        assert {status for _, _, status in tenders(seen)} == {"refused"}
        assert offers(seen)["2.00 off"] == ("applied", 2_00)
        assert (seen["totals"]["due_amount"], cases(seen)) == (4_00, [])
        assert await before.moved() == NOTHING | {"koupon": REDEEMED}

        seen = await paid_anew(checkout)
        assert (seen["status"], seen["totals"]["paid_amount"]) == ("completed", 4_00)
        assert effects(seen, "post_transaction") == ["refused", "applied"]
        told = await shop.books("loyale")
        assert loyale_books.paid(told) == {"Card": 4_00}


async def use_coupon_elsewhere(shop: Shop) -> None:
    """Another outlet's till sells with the same coupon."""
    line = {"quantity": 1, "sku": "TEA", "unitSalePrice": 1}
    body = {"customerId": loyale.ANN, "lineItems": [line], "coupons": [loyale.COUPON]}
    headers = {"X-Scheme": loyale.SCHEME, "X-ApiKey": loyale.API_KEY}
    answer = await shop.http.post("/loyale/api/Transaction", json=body, headers=headers)
    assert answer.is_success, answer.text


async def test_a_coupon_used_elsewhere_costs_the_coupon_and_frees_it(tmp_path: Path) -> None:
    async with a_shop(tmp_path) as shop:
        checkout = await loaded(shop)
        due = await checkout.ready()
        await use_coupon_elsewhere(shop)

        seen = await checkout.pay(due, "authorized")

        assert (seen["instruction"], offers(seen)["2.00 off"]) == ("void", ("lost", 0))
        assert {status for _, _, status in tenders(seen)} == {"planned"}
        assert seen["totals"]["due_amount"] == DUE + 2_00
        freed = [e["id"] for e in seen["effects"] if e["status"] == "reversed"]
        assert [effect.split("-")[0] for effect in freed] == ["reserve:loyale:coupon"]
        seen = await paid_anew(checkout)
        assert (seen["status"], cases(seen)) == ("completed", [])
        assert (await shop.books("loyale"))["gift_cards"][loyale.GIFT_CARD][
            "current_value"
        ] == 24_00


async def test_a_transaction_that_fails_later_is_a_refusal(tmp_path: Path) -> None:
    async with a_shop(tmp_path) as shop:
        before = await books(shop)
        checkout = await loaded(shop)
        await switch(shop, "loyale", processing_outcome="FAILED", processing_reads=1)

        seen = await checkout.pay(await checkout.ready(), "authorized")

        assert (seen["instruction"], effects(seen, "post_transaction")) == ("void", ["refused"])
        assert offers(seen)["2.00 off"] == ("applied", 2_00)
        assert {status for _, _, status in tenders(seen)} == {"refused"}
        assert await before.moved() == NOTHING | {"koupon": REDEEMED}
        await switch(shop, "loyale", processing_outcome="COMPLETED", processing_reads=0)
        seen = await paid_anew(checkout)
        assert seen["status"] == "completed"
        states = [state for state, _, _ in loyale_books.sales(await shop.books("loyale"))]
        assert states == ["FAILED", "COMPLETED"]


@pytest.mark.parametrize(
    ("policy", "left", "due", "moved"),
    [
        ("best_effort", (("held", 3_50), ("applied", 50)), 3_50, {SNACK: 1}),
        ("all_or_none", (("released", 0), ("released", 0)), 9_50, {}),
    ],
)
async def test_the_same_refused_coupon_under_both_policies(
    tmp_path: Path, policy: str, left: tuple[Any, Any], due: int, moved: dict[str, int]
) -> None:
    async with a_shop(tmp_path, f"offers: {policy}") as shop:
        before = await books(shop)
        checkout = await loaded(shop)
        await shop.fault("refuse", "transaction.redeem", "koupon", code="ALREADY_REDEEMED")

        seen = await checkout.pay(await checkout.ready(), "authorized")

        assert (seen["instruction"], seen["totals"]["due_amount"]) == ("void", due)
        shown = offers(seen)
        assert (shown["Free coffee"], shown["0.50 off a snack"]) == left
        assert shown["1.50 off cola"] == ("lost", 0)
        assert await before.moved() == NOTHING
        seen = await paid_anew(checkout)
        assert (seen["status"], seen["totals"]["paid_amount"]) == ("completed", due)
        assert (await before.moved())["koupon"] == moved


async def test_all_or_none_keeps_what_is_spent_and_lets_the_rest_go(tmp_path: Path) -> None:
    async with a_shop(tmp_path, "offers: all_or_none") as shop:
        checkout, before = await refused_at_loyale(shop, TOO_FEW)

        shown = offers(checkout.view)
        assert shown["1.50 off cola"] == ("redeemed", 1_50)
        assert shown["Free coffee"] == shown["2.00 off"] == ("released", 0)
        assert checkout.view["totals"]["due_amount"] == 11_50 - 2_00
        assert await before.moved() == NOTHING | {"koupon": REDEEMED}


async def test_fewer_redeemed_than_asked_raise_the_price_and_reopen(tmp_path: Path) -> None:
    async with a_shop(tmp_path) as shop:
        before = await books(shop, "koupon")
        checkout = await shop.open(dollars())
        many = m.ApplyOffer(code=koupon.BARCODE_MULTI, quantity=3)
        await checkout.ok("apply_offer", many)
        await switch(shop, "koupon", odd_line="partial")

        due = await checkout.ready()
        seen = await checkout.pay(due, "authorized")

        assert (due, seen["status"], seen["instruction"]) == (8_50, "open", "void")
        assert seen["totals"]["due_amount"] == 9_50
        one = next(o for o in seen["offers"] if o["status"] == "redeemed")
        assert (one["saving_amount"], one["refusal"]["code"]) == (2_00, "offer_lost")
        seen = await paid_anew(checkout, due)
        assert (seen["status"], seen["totals"]["paid_amount"]) == ("completed", 9_50)
        assert await before.moved() == {"koupon": {koupon.BARCODE_MULTI: 2}}
        told = await shop.books("koupon")
        assert koupon_books.calls(told) == [[(koupon.BARCODE_MULTI, 3, 2)]]


async def test_a_one_step_till_hears_of_the_loss_at_ready(tmp_path: Path) -> None:
    async with a_shop(tmp_path, "payment_flow: one_step") as shop:
        before = await books(shop)
        checkout = await loaded(shop)
        await shop.fault("refuse", "transaction.redeem", "koupon", code="OFFER_EXPIRED", after=1)

        assert await checkout.refused("ready", m.MakeReady()) == "code_expired"

        assert (checkout.view["status"], checkout.view["totals"]["due_amount"]) == ("open", 2_50)
        assert await checkout.ready() == 2_50
        seen = await checkout.pay(2_50)
        assert (seen["status"], seen["attention"]) == ("completed", [])
        assert (await before.moved())["koupon"] == {koupon.BARCODE: 1}
