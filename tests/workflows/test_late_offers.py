"""Offers that a till has given already: used up at all vendors, or lost by the store's policy."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.shop import Shop, basket, flat_whites, open_shop
from tillsaga.sandbox import world as leat
from tillsaga.sandbox.koupon import world as koupon
from tillsaga.sandbox.letstrade import world as letstrade
from tillsaga.sandbox.loyale import world as loyale
from tillsaga.sandbox.wll import world as wll

ALL = ["retry", "accept_loss", "settled_by_hand"]
CASES: dict[str, list[tuple[str, int, list[str]]]] = {
    "honour": [],
    "charge_store": [("offer_charged_to_store", 1_00, ALL[1:])],
    "review": [("offer_lost_after_payment", 1_00, ALL[1:])],
}
LATE = {
    "spent": (leat.VOUCHER_REDEEMED, "offer_refused"),
    "expired": (leat.VOUCHER_EXPIRED, "code_expired"),
    "held elsewhere": (leat.VOUCHER_LOCKED, "offer_held"),
    "unknown": ("NOBODY-KNOWS", "code_unknown"),
}


async def close(shop: Shop, sold: Any, *cards: str, **more: Any) -> dict[str, Any]:
    """Send a closed bill, which must be completed; answers the view."""
    checkout, reply = await shop.try_open(sold, *cards, mode="closed_bill", **more)
    assert (reply.refusal, reply.status) == (None, 201)
    assert await checkout.ended() == "completed"
    return reply.checkout


def given(**amounts: int) -> list[dict[str, Any]]:
    return [{"code": code, "discount_amount": amount} for code, amount in amounts.items()]


def statuses(view: dict[str, Any]) -> list[tuple[str, int]]:
    """What became of the offers that counted."""
    offers = view["offers"]
    return [(o["status"], o["saving_amount"]) for o in offers if o["saving_amount"]]


def cases(view: dict[str, Any]) -> list[tuple[str, int, list[str]]]:
    return [(a["code"], a["amount"], a["allowed_actions"]) for a in view["attention"]]


@pytest.mark.parametrize("policy", CASES)
@pytest.mark.parametrize("late", LATE)
async def test_the_discount_stands_and_the_policy_says_who_hears_of_it(
    tmp_path: Path, policy: str, late: str
) -> None:
    code, refusal = LATE[late]
    async with open_shop(tmp_path, policy=f"late_offers: {policy}") as shop:
        seen = await close(shop, basket(), leat.ANN_CARD, offers=given(**{code: 1_00}))
        [order] = (await shop.books())["orders"].values()

    [lost] = [offer for offer in seen["offers"] if offer["status"] == "lost"]
    assert (lost["saving_amount"], lost["refusal"]["code"]) == (1_00, refusal)
    assert code not in str(seen)
    assert cases(seen) == CASES[policy]
    assert (seen["totals"]["due_amount"], order["total_order_amount"]) == (0, 10_50)


async def test_a_voucher_that_is_gone_after_its_lock_follows_the_policy(tmp_path: Path) -> None:
    async with open_shop(tmp_path, policy="late_offers: charge_store") as shop:
        await shop.fault("refuse", "voucher.redeem", code=80006, message="expired")
        offers = given(**{leat.VOUCHER_COFFEE: 3_50})
        seen = await close(shop, basket(), leat.ANN_CARD, offers=offers)

    assert cases(seen) == [("offer_charged_to_store", 3_50, ALL[1:])]
    assert seen["attention"][0]["effect_id"].startswith("redeem_voucher:")


async def test_nothing_late_is_told_under_honour_for_codes_too(tmp_path: Path) -> None:
    async with open_shop(tmp_path, policy="late_offers: honour") as shop:
        seen = await close(shop, basket(), codes=["NOBODY-KNOWS"])

    assert seen["attention"] == []
    assert [o["refusal"]["code"] for o in seen["offers"]] == ["code_unknown"]


async def test_three_vendors_use_up_what_one_bill_gave(tmp_path: Path) -> None:
    amounts = {koupon.BARCODE: 1_50, loyale.COUPON: 2_00, koupon.BARCODE_REDEEMED: 1_00}
    sold = basket(flat_whites(), currency="USD")
    async with open_shop(tmp_path, kinds=("leat", "loyale", "koupon")) as shop:
        seen = await close(shop, sold, loyale.ANN_BARCODE, offers=given(**amounts))
        coupons, sales = (await shop.books("koupon")), (await shop.books("loyale"))

    assert statuses(seen) == [("redeemed", 1_50), ("redeemed", 2_00), ("lost", 1_00)]
    assert coupons["barcodes"][koupon.BARCODE]["left"] == 0
    assert sales["coupons"][loyale.COUPON]["uses_left"] == 0
    assert sales["customers"][loyale.ANN]["points"] == 7830 + 15
    assert [code for code, _, _ in cases(seen)] == ["offer_lost_after_payment"]


async def test_a_coupon_whose_answer_was_lost_is_before_a_person(tmp_path: Path) -> None:
    sold = basket(flat_whites(), currency="USD")
    async with open_shop(tmp_path, kinds=("koupon",), policy="late_offers: honour") as shop:
        await shop.fault("drop_after", "transaction.redeem", vendor="koupon")
        seen = await close(shop, sold, offers=given(**{koupon.BARCODE: 1_50}))

    assert [code for code, _, _ in cases(seen)] == ["effect_unknown"]
    assert statuses(seen) == [("lost", 1_50)]


async def test_a_coupon_of_nobody_in_particular_is_lost(tmp_path: Path) -> None:
    async with open_shop(tmp_path, kinds=("loyale",)) as shop:
        seen = await close(shop, basket(), offers=given(**{loyale.COUPON: 2_00}))

    assert [offer["refusal"]["code"] for offer in seen["offers"]] == ["member_required"]
    assert [code for code, _, _ in cases(seen)] == ["offer_lost_after_payment"]


async def test_a_voucher_is_burned_and_a_burned_one_is_lost(tmp_path: Path) -> None:
    amounts = {wll.VALIDATED_CODE: 1_50, wll.BURNED_CODE: 1_00}
    async with open_shop(tmp_path, kinds=("wll",)) as shop:
        before = (await shop.books("wll"))["points"][wll.MEMBER]["balance"]
        seen = await close(shop, basket(), wll.MEMBER_ACCOUNT, offers=given(**amounts))
        books = await shop.books("wll")

    assert statuses(seen) == [("redeemed", 1_50), ("lost", 1_00)]
    assert books["vouchers"][wll.VALIDATED]["status"] == "BURNED"
    assert books["points"][wll.MEMBER]["balance"] > before


def coffees() -> dict[str, Any]:
    line = {"line_id": "1", "sku": letstrade.COFFEE, "title": "Flat white", "unit_amount": 35_00}
    ids = {"letstrade": letstrade.COFFEE_PID}
    return basket({**line, "quantity": "2", "provider_ids": ids})


async def test_codes_are_burned_and_earn_when_the_bill_is_finalised(tmp_path: Path) -> None:
    async with open_shop(tmp_path, kinds=("letstrade",)) as shop:
        offers = given(**{letstrade.CODE_TEN: 10_00})
        seen = await close(shop, coffees(), codes=[letstrade.CODE_EARN], offers=offers)
        books = await shop.books("letstrade")

    assert statuses(seen) == [("redeemed", 10_00)]
    assert books["codes"][letstrade.CODE_TEN]["state"] == "USED"
    assert books["codes"][letstrade.CODE_EARN]["state"] == "USED"
    assert books["customers"][letstrade.THANDI]["points"] > 0
    assert seen["attention"] == []


async def test_a_bill_is_finalised_without_the_code_that_came_too_late(tmp_path: Path) -> None:
    async with open_shop(tmp_path, kinds=("letstrade",)) as shop:
        said = "Code has expired"
        await shop.fault("refuse", "offerings.finalise", vendor="letstrade", code=410, message=said)
        offers = given(**{letstrade.CODE_TEN: 10_00})
        seen = await close(shop, coffees(), offers=offers)
        books = await shop.books("letstrade")

    finalised = [e["status"] for e in seen["effects"] if e["operation"] == "finalise"]
    assert finalised == ["refused", "applied"]
    assert statuses(seen) == [("lost", 10_00)]
    assert books["codes"][letstrade.CODE_TEN]["state"] == "ISSUED"
    assert len(books["orders"]) == 1
