"""Codes that come with the first basket: each is acted upon, or shown with the reason why not."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.finding import moved
from tests.support.shop import Shop, basket, flat_whites, open_shop
from tillsaga.sandbox import world
from tillsaga.sandbox.koupon import world as koupon
from tillsaga.sandbox.loyale import world as loyale

REFUSED = {
    "NOBODY-KNOWS": "code_unknown",
    world.VOUCHER_EXPIRED: "code_expired",
    world.VOUCHER_REDEEMED: "offer_refused",
    world.CARD_20: "code_is_tender",
}


def refused(view: dict[str, Any]) -> list[tuple[str | None, str]]:
    """What is refused; but not the voucher of Ann's that another sale holds all the time."""
    offers = [offer for offer in view["offers"] if offer["status"] == "refused"]
    shown = [(offer["code"], offer["refusal"]["code"]) for offer in offers]
    return [each for each in shown if each != ("****-ANN", "offer_held")]


async def test_a_card_identifies_and_a_voucher_is_held(shop: Shop) -> None:
    checkout = await shop.open(codes=[world.VOUCHER_COFFEE, world.ANN_CARD])

    assert [member["member_id"] for member in checkout.view["members"]] == [world.ANN]
    assert checkout.view["totals"]["discount_amount"] == 3_50
    assert refused(checkout.view) == []


@pytest.mark.parametrize("code", REFUSED)
async def test_a_code_that_cannot_be_taken_is_shown(shop: Shop, code: str) -> None:
    before = await shop.books()

    checkout = await shop.open(None, world.ANN_CARD, codes=[code])

    assert refused(checkout.view) == [("****" + code[-4:], REFUSED[code])]
    assert code not in str(checkout.view)
    assert moved(before, await shop.books()) == {}


async def test_a_code_that_was_refused_may_be_scanned_later(shop: Shop) -> None:
    checkout = await shop.open(codes=[world.VOUCHER_FLYER])
    assert [why for _, why in refused(checkout.view)] == ["member_required"]

    await checkout.identify()
    await checkout.scan(world.VOUCHER_FLYER)

    assert refused(checkout.view) == []


async def test_a_code_of_a_silent_vendor_is_shown_so(shop: Shop) -> None:
    await shop.control("POST", "/faults", {"vendor": "leat", "kind": "maintenance", "times": None})

    checkout = await shop.open(codes=[world.VOUCHER_COFFEE])

    assert [why for _, why in refused(checkout.view)] == ["vendor_unavailable"]


async def test_a_barcode_that_a_vendor_surely_knows_is_not_guessed_to_be_anothers(
    tmp_path: Path,
) -> None:
    codes = [loyale.ANN_BARCODE, loyale.COUPON, koupon.BARCODE]
    sold = basket(flat_whites(), currency="USD")
    async with open_shop(tmp_path, kinds=("leat", "loyale", "koupon")) as shop:
        seen = (await shop.open(sold, codes=codes)).view

    assert [member["provider"] for member in seen["members"]] == ["loyale"]
    applied = [o["provider"] for o in seen["offers"] if o["status"] == "applied"]
    assert (applied, refused(seen)) == (["loyale", "koupon"], [])
