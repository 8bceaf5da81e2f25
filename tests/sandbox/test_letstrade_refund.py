"""Sheet 5: the refund the vendor has announced, as proposed, behind its switch."""

from typing import Any

import pytest
import pytest_asyncio

from tests.sandbox.letstrade_till import UUID, LetsTradeTill, refusal, shop
from tillsaga.sandbox.letstrade import world

__all__ = ["shop"]
pytestmark = pytest.mark.asyncio
BASKET = {"uuid": UUID}


@pytest_asyncio.fixture
async def sold(shop: LetsTradeTill) -> Any:
    """Sell basket B for a voucher, wallet and card, with points; refunds are on."""
    await shop.switch(refund_enabled=True)
    codes = [await shop.ten_off(), await shop.mint("P"), await shop.mint("E")]
    await shop.quote(*codes)
    order = (await shop.finalise(*codes))["order_id"]
    return {"order_id": order, "codes": codes}


async def test_without_codes_the_whole_basket_is_voided(shop: LetsTradeTill, sold: Any) -> None:
    redeem, pay, earn = sold["codes"]
    answer = (await shop.refund(order_id=sold["order_id"], basket=BASKET)).json()

    assert (answer["order_id"], answer["status"]) == (sold["order_id"], "REFUNDED")
    assert answer["basket"] == {"uuid": UUID, "status": "VOIDED"}
    back = {"wallet": 40.0, "card": 50.0}
    assert answer["codes"] == [
        {"code": redeem, "kind": "R", "status": "REVERSED", "voucher_reinstated": True},
        {"code": pay, "kind": "P", "status": "REVERSED", "refunded": back},
        {"code": earn, "kind": "E", "status": "REVERSED", "points_reversed": 100},
    ]
    assert await shop.money() == (4000, 0)
    assert (await shop.customer())["points"] == 0
    assert await shop.voucher_state() == "AVAILABLE"
    assert await shop.basket_state() == "VOIDED"


async def test_some_codes_make_a_partial_refund(shop: LetsTradeTill, sold: Any) -> None:
    redeem, pay, _ = sold["codes"]
    answer = (await shop.refund(order_id=sold["order_id"], code=[pay])).json()

    assert [one["code"] for one in answer["codes"]] == [pay]
    assert answer["status"] == "PARTIALLY-REFUNDED"
    assert answer["basket"]["status"] == "FINALISED"
    assert (await shop.money(), await shop.voucher_state()) == ((4000, 0), "BURNED")
    # What is left can still be voided; a used code stays used.
    rest = (await shop.refund(order_id=sold["order_id"])).json()
    assert (rest["status"], len(rest["codes"])) == ("REFUNDED", 2)
    assert await shop.code_state(redeem) == "USED"


async def test_all_codes_one_by_one_void_the_basket(shop: LetsTradeTill, sold: Any) -> None:
    for code in sold["codes"]:
        answer = (await shop.refund(basket=BASKET, code=[code])).json()

    assert (answer["status"], answer["basket"]["status"]) == ("REFUNDED", "VOIDED")


async def test_the_same_refund_again_is_409(shop: LetsTradeTill, sold: Any) -> None:
    part = {"order_id": sold["order_id"], "code": [sold["codes"][1]]}
    await shop.refund(**part)
    assert refusal(await shop.refund(**part)) == (409, "Already refunded")
    await shop.refund(basket=BASKET)

    assert refusal(await shop.refund(basket=BASKET)) == (409, "Already refunded")
    assert await shop.money() == (4000, 0)
    assert len((await shop.books())["refunds"]) == 2


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        ({"order_id": "nope"}, 404, "Order not found"),
        ({"basket": {"uuid": "nope"}}, 404, "Order not found"),
        ({"order_id": "nope", "basket": BASKET}, 404, "Order not found"),
        ({"basket": {"uuid": "quoted"}}, 409, "Basket is not finalised"),
        ({"basket": BASKET, "code": ["R0"]}, 400, "Code is not part of the order"),
        ({}, 400, '"order_id" is required'),
        ({"basket": {}}, 400, '"basket.uuid" is required'),
        ({"basket": BASKET, "store_id": "S-9"}, 404, "Store not found"),
    ],
)
async def test_refunds_that_are_refused(
    shop: LetsTradeTill, sold: Any, body: Any, status: int, message: str
) -> None:
    await shop.quote(uuid="quoted")
    before = await shop.books()

    assert refusal(await shop.refund(**body)) == (status, message)
    assert await shop.books() == before


async def test_voiding_gives_a_subscription_back(shop: LetsTradeTill) -> None:
    await shop.switch(refund_enabled=True)
    await shop.quote(user={"_id": world.LERATO})
    await shop.finalise(user={"_id": world.LERATO})
    await shop.refund(basket=BASKET)

    assert (await shop.books())["subscriptions"][world.SUBSCRIPTION]["remaining"] == 1


async def test_a_second_earning_code_has_no_points_to_reverse(shop: LetsTradeTill) -> None:
    await shop.switch(refund_enabled=True)
    codes = [await shop.mint("E"), await shop.mint("E")]
    await shop.finalise(*codes)
    answer = (await shop.refund(basket=BASKET)).json()

    assert [one["points_reversed"] for one in answer["codes"]] == [100, 0]
