"""Seeding Koupon's world, listing what it offers, and putting it back."""

from typing import Any

import pytest
import pytest_asyncio

from tests.sandbox.koupon_till import KouponTill, barcode, coupon, told
from tillsaga.sandbox.koupon import world
from tillsaga.sandbox.koupon.vendor import SWITCHES

pytestmark = pytest.mark.asyncio
BARE = {"timestamp": "2026-03-01T16:41:37Z", "discountAssets": [world.LOYALTY]}


@pytest_asyncio.fixture
async def koupon(till: Any) -> KouponTill:
    return KouponTill(till)


async def test_seeds_answer_fresh_ids_that_can_be_redeemed(koupon: Any) -> None:
    made = await koupon.seed(
        barcodes=[{}, {"uses": 2}], accounts=[{"coupons": [{}, {"uses": 3}]}, {}]
    )
    account = made["accounts"][0]
    lines = [barcode(one["discount_asset"]) for one in made["barcodes"]]
    lines += [coupon(code, asset=account["loyalty_id"]) for code in account["coupons"]]

    assert told(await koupon.results(*lines)) == [(1, None)] * 4
    shown = (await koupon.books())["accounts"][account["loyalty_id"]]["shown"]
    assert shown == account["coupons"][1:]


async def test_a_replacement_offer_can_be_added_to_an_account(koupon: Any) -> None:
    """Sheet 4: what customer service does, there being no undo."""
    await koupon.results(coupon(world.COFFEE))
    (added,) = (await koupon.seed(coupons=[{"loyalty_id": world.LOYALTY}]))["coupons"]

    assert told(await koupon.results(coupon(added["coupon_code"]))) == [(1, None)]


@pytest.mark.parametrize(
    "wanted",
    [
        {"barcodes": [{"discount_asset": world.BARCODE}]},
        {"barcodes": [{"discount_asset": world.LOYALTY}]},
        {"accounts": [{"loyalty_id": world.BARCODE}]},
        {"accounts": [{"loyalty_id": world.LOYALTY}]},
        {"coupons": [{"loyalty_id": "LOY-0"}]},
        {"coupons": [{"loyalty_id": world.LOYALTY, "coupon_code": world.COFFEE}]},
        {"barcodes": [{}, {"uses": 1, "redeemed": 2}]},
        {"barcodes": [{"expires_at": "soon"}]},
        {"points": 1},
    ],
)
async def test_a_seed_that_makes_no_sense_is_refused_whole(koupon: Any, wanted: Any) -> None:
    before = await koupon.books()
    answer = await koupon.http.post("/_sandbox/seed/koupon", json=wanted)

    assert answer.status_code == 400
    assert await koupon.books() == before


async def test_the_index_lists_operations_and_switches_and_reset_restores(koupon: Any) -> None:
    index = (await koupon.till.control("GET", "/"))["koupon"]
    assert [one["name"] for one in index["operations"]] == [
        "transaction.redeem",
        "transaction.report",
    ]
    assert set(index["switches"]) == set(SWITCHES)
    await koupon.results(barcode())
    await koupon.report(BARE)
    await koupon.till.control("POST", "/reset")

    books = await koupon.books()
    assert books["redeem_calls"] == books["reports"] == []
    assert books["barcodes"][world.BARCODE]["left"] == 1
