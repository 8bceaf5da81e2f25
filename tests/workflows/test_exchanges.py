"""Exchanges: goods come back on the bill that sells others, at every vendor."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.books import koupon as koupon_books
from tests.support.refunding import body, give_back
from tests.support.shop import Checkout, Shop, basket, flat_whites, open_shop
from tests.workflows.test_returns_without_sale import CARDS, points
from tillsaga.domain import messages as m
from tillsaga.sandbox.koupon import world as koupon

CAKE = {"line_id": "2", "sku": "CAKE", "title": "Cheesecake", "unit_amount": 4_50}
SMALLER = basket(flat_whites(4), CAKE | {"quantity": "-1"})
"""Four flat whites for a cake: 9.50 to pay."""
LARGER = basket(flat_whites(-4), CAKE)
"""A cake for four flat whites: 9.50 to hand out."""


def fresh(sold: dict[str, Any], **more: Any) -> dict[str, Any]:
    return basket(*sold["lines"], **more)


async def exchange(shop: Shop, sold: dict[str, Any], *cards: str) -> Checkout:
    checkout = await shop.open(fresh(sold), *cards)
    await checkout.pay(due := await checkout.ready(), type="card" if due else "none")
    return checkout


@pytest.fixture
async def leat(tmp_path: Path, cached: int) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path, max_cached_workflows=cached) as opened:
        yield opened


async def test_money_goes_back_where_the_returned_goods_are_worth_more(leat: Shop) -> None:
    checkout = await leat.open(fresh(LARGER))
    totals = checkout.view["totals"]
    assert (totals["basket_amount"], totals["due_amount"]) == (-9_50, 0)
    assert await checkout.ready() == 0
    seen = await checkout.pay(0, type="none")

    assert (seen["status"], seen["instruction"]) == ("completed", "refund")
    assert seen["give_back"] == [{"type": "exchange", "amount": 9_50}]
    assert await checkout.ended() == "completed"


async def test_a_cancelled_exchange_hands_nothing_out(leat: Shop) -> None:
    checkout = await leat.open(fresh(LARGER))
    await checkout.ready()

    seen = await checkout.ok("cancel", m.Cancel(reason="kept them"))

    assert (seen["status"], seen["give_back"]) == ("cancelled", [])


@pytest.mark.parametrize(
    ("kind", "earned"), [("leat", 9), ("loyale", 57), ("wll", 9)], ids=lambda value: str(value)
)
async def test_an_exchange_earns_for_what_is_paid(tmp_path: Path, kind: str, earned: int) -> None:
    async with open_shop(tmp_path, kinds=(kind,)) as shop:
        before = await points(shop, kind)

        checkout = await exchange(shop, SMALLER, CARDS[kind])

        assert await checkout.ended() == "completed"
        assert await points(shop, kind) == before + earned
        assert (await checkout.seen())["attention"] == []


@pytest.mark.parametrize(
    ("kind", "sold", "back"), [("leat", 4, 14), ("loyale", 27, 84), ("wll", 4, 14)]
)
async def test_goods_that_are_worth_more_take_their_points_with_them(
    tmp_path: Path, kind: str, sold: int, back: int
) -> None:
    async with open_shop(tmp_path, kinds=(kind,)) as shop:
        before = await points(shop, kind)

        checkout = await exchange(shop, LARGER, CARDS[kind])

        assert await checkout.ended() == "completed"
        assert await points(shop, kind) == before + sold - back
        assert (await checkout.seen())["attention"] == []

        reply = await give_back(checkout, "r-1")

        assert (body(reply)["amount"], body(reply)["status"]) == (4_50, "completed")
        assert body(reply)["give_back"] == [{"type": "exchange", "amount": 4_50}]
        assert await points(shop, kind) == before - back


async def test_a_vendor_that_was_down_hears_of_both_halves(tmp_path: Path) -> None:
    async with open_shop(tmp_path, policy="answer_budget: 2s") as shop:
        before = await points(shop, "leat")
        down = {"vendor": "leat", "kind": "maintenance", "times": None}
        await shop.control("POST", "/faults", down)
        checkout = await exchange(shop, LARGER, CARDS["leat"])
        await shop.mend()

        assert await checkout.ended() == "completed"
        assert await points(shop, "leat") == before + 4 - 14


async def test_a_refund_of_an_exchange_gives_back_what_was_sold_and_no_more(leat: Shop) -> None:
    checkout = await exchange(leat, SMALLER, CARDS["leat"])
    assert await checkout.ended() == "completed"
    part = {"lines": [{"line_id": "1", "quantity": "3"}]}

    first = body(await give_back(checkout, "r-1", **part))
    last = body(await give_back(checkout, "r-2"))
    more = await give_back(checkout, "r-3")
    taken_back = await give_back(checkout, "r-4", lines=[{"line_id": "2", "quantity": "1"}])

    assert (first["amount"], last["amount"]) == (10_50, 3_50)
    assert [(g["type"], g["amount"]) for g in (*first["give_back"], *last["give_back"])] == [
        ("card", 9_50),
        ("exchange", 1_00),
        ("exchange", 3_50),
    ]
    refused = [reply.refusal.code for reply in (more, taken_back) if reply.refusal]
    assert refused == ["refund_exceeds_sale", "line_not_found"]


@pytest.mark.parametrize("sold", [SMALLER, LARGER], ids=["smaller", "larger"])
async def test_letstrade_is_told_of_what_is_sold_and_what_is_left_to_pay(
    tmp_path: Path, sold: dict[str, Any]
) -> None:
    async with open_shop(tmp_path, kinds=("letstrade",)) as shop:
        checkout = await exchange(shop, sold)

        assert await checkout.ended() == "completed"
        assert (await checkout.seen())["attention"] == []
        [order] = (await shop.books("letstrade"))["orders"].values()
        gross, due = (14_00, 9_50) if sold is SMALLER else (4_50, 0)
        assert (order["total_in_cents"], order["outstanding_in_cents"]) == (gross, due)


async def test_koupon_is_told_of_goods_taken_back_as_of_a_discount(tmp_path: Path) -> None:
    async with open_shop(tmp_path, kinds=("koupon",)) as shop:
        checkout = await shop.open(fresh(SMALLER, currency="USD"))
        await checkout.scan(koupon.BARCODE)
        await checkout.pay(await checkout.ready())

        assert await checkout.ended() == "completed"
        assert koupon_books.reports(await shop.books("koupon")) == [([koupon.BARCODE], 8_00)]


async def test_a_coupon_is_not_spent_where_nothing_is_due(tmp_path: Path) -> None:
    async with open_shop(tmp_path, kinds=("koupon",)) as shop:
        before = await shop.books("koupon")
        checkout = await shop.open(fresh(LARGER, currency="USD"))

        refused = await checkout.refused("apply_offer", m.ApplyOffer(code=koupon.BARCODE))
        await checkout.pay(await checkout.ready(), type="none")

        assert (refused, await checkout.ended()) == ("offer_refused", "completed")
        assert await shop.books("koupon") == before


async def test_a_bill_on_which_nothing_is_sold_is_no_exchange(leat: Shop) -> None:
    _, reply = await leat.try_open(basket(CAKE | {"quantity": "-1"}))

    assert reply.refusal is not None
    assert reply.refusal.code == "basket_mismatch"
