"""Sheet 3.1: redeeming line by line, whole-request failures, and the states of an offer."""

from typing import Any

import pytest
import pytest_asyncio

from tests.sandbox.koupon_till import NOON, REDEEM, KouponTill, barcode, complaint, coupon, told
from tillsaga.sandbox.koupon import world

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def koupon(till: Any) -> KouponTill:
    return KouponTill(till)


async def test_k7_a_second_sale_of_a_single_use_barcode_is_refused(koupon: Any) -> None:
    """Sheet 6, K7: 200, and the line refused."""
    assert told(await koupon.results(barcode())) == [(1, None)]
    assert told(await koupon.results(barcode())) == [(0, "ALREADY_REDEEMED")]
    assert await koupon.left(world.BARCODE) == 0


async def test_k9_good_lines_stay_redeemed_beside_a_refused_one(koupon: Any) -> None:
    """Sheet 6, K9: three results, in the order sent."""
    lines = [barcode(), barcode(world.BARCODE_EXPIRED), coupon(world.SNACK, 2)]
    results = await koupon.results(*lines)

    assert told(results) == [(1, None), (0, "OFFER_EXPIRED"), (2, None)]
    assert await koupon.left(world.BARCODE) == 0
    assert await koupon.left(world.LOYALTY, world.SNACK) == 3


async def test_k11_the_same_pair_twice_fails_the_whole_request(koupon: Any) -> None:
    """Sheet 6, K11: 400, nothing redeemed."""
    answer = await koupon.redeem(barcode(), coupon(world.SNACK), coupon(world.SNACK))

    assert complaint(answer) == "DUPLICATE_REDEMPTION"
    assert answer.json()["version"] == "1"
    assert await koupon.left(world.BARCODE) == 1
    assert await koupon.left(world.LOYALTY, world.SNACK) == 5


async def test_the_example_of_the_sheet(koupon: Any) -> None:
    """Sheet 3.1: keys are echoed; of two coffees one is left."""
    assert await koupon.results(barcode(), coupon(world.COFFEE, 2)) == [
        {
            "discountAsset": world.BARCODE,
            "couponCode": None,
            "redeemedQty": 1,
            "exceptionCode": None,
        },
        {
            "discountAsset": world.LOYALTY,
            "couponCode": world.COFFEE,
            "redeemedQty": 1,
            "exceptionCode": "QTY_EXCEEDED",
        },
    ]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (barcode("1"), "ASSET_NOT_FOUND"),
        (barcode("49000012345"), "ASSET_NOT_FOUND"),
        (coupon(world.COFFEE, asset="LOY-0"), "ASSET_NOT_FOUND"),
        (barcode(world.BARCODE_EXPIRED), "OFFER_EXPIRED"),
        (coupon(world.BREAKFAST), "OFFER_EXPIRED"),
        (barcode(world.BARCODE_SOON), "OFFER_NOT_ACTIVE"),
        (barcode(world.BARCODE_INACTIVE), "OFFER_NOT_ACTIVE"),
        (coupon(world.SUMMER), "OFFER_NOT_ACTIVE"),
        (barcode(world.BARCODE_REDEEMED), "ALREADY_REDEEMED"),
        (coupon("CPN-NONE"), "COUPON_NOT_ON_ACCOUNT"),
        (coupon(world.COFFEE, asset=world.EMPTY_LOYALTY), "COUPON_NOT_ON_ACCOUNT"),
        (barcode(world.LOYALTY), "COUPON_CODE_REQUIRED"),
        (barcode(world.LOYALTY, couponCode=None), "COUPON_CODE_REQUIRED"),
        (barcode(world.LOYALTY, couponCode=""), "COUPON_CODE_REQUIRED"),
        (barcode(couponCode=world.COFFEE), "COUPON_CODE_NOT_ALLOWED"),
        (barcode(couponCode=None), "COUPON_CODE_NOT_ALLOWED"),
        (barcode(couponCode=""), "COUPON_CODE_NOT_ALLOWED"),
    ],
)
async def test_a_line_is_refused_with_its_code(koupon: Any, line: Any, code: str) -> None:
    """Sheet 3.1: exception codes; sheet 1: leading zeros count; trap 7: left out, not null."""
    before = await koupon.books()
    results = await koupon.results(line)

    assert told(results) == [(0, code)]
    assert results[0]["discountAsset"] == line["discountAsset"]
    after = await koupon.books()
    assert (after["barcodes"], after["accounts"]) == (before["barcodes"], before["accounts"])


async def test_more_than_is_left_is_redeemed_in_part(koupon: Any) -> None:
    """Sheet 3.1: QTY_EXCEEDED."""
    assert told(await koupon.results(barcode(world.BARCODE_MULTI, 5))) == [(3, "QTY_EXCEEDED")]
    assert told(await koupon.results(barcode(world.BARCODE_MULTI))) == [(0, "ALREADY_REDEEMED")]


async def test_a_coupon_is_counted_per_account(koupon: Any) -> None:
    """Sheet 3.1: the instance is the asset with the coupon."""
    lines = [coupon(world.COFFEE), coupon(world.COFFEE, asset=world.OTHER_LOYALTY)]

    assert told(await koupon.results(*lines)) == [(1, None), (1, None)]


async def test_a_redeemed_offer_is_no_longer_shown(koupon: Any) -> None:
    """Sheet 3.1: AVAILABLE(n) to AVAILABLE(n - q) to REDEEMED."""
    for qty, left, state in ((2, 3, "AVAILABLE"), (3, 0, "REDEEMED")):
        await koupon.results(coupon(world.SNACK, qty))
        account = (await koupon.books())["accounts"][world.LOYALTY]
        snack = account["coupons"][world.SNACK]
        assert (snack["left"], snack["state"]) == (left, state)
        assert (world.SNACK in account["shown"]) is (left > 0)
    assert account["shown"] == [world.COFFEE]


async def test_an_offer_starts_and_expires_by_the_clock(koupon: Any) -> None:
    """Sheet 3.1: EXPIRED by clock, from the very second; REDEEMED stays."""
    await koupon.switch(signature_window_seconds=None)
    times = {"starts_at": "2026-03-01T11:00:00Z", "expires_at": "2026-03-01T12:00:00Z"}
    two = [{"uses": 2, **times}, {"uses": 1, **times}]
    made = (await koupon.seed(barcodes=two))["barcodes"]
    lines = [barcode(one["discount_asset"]) for one in made]

    assert told(await koupon.results(*lines)) == [(0, "OFFER_NOT_ACTIVE")] * 2
    await koupon.till.advance(3600)
    assert told(await koupon.results(*lines)) == [(1, None)] * 2
    await koupon.till.advance(3600)
    assert told(await koupon.results(*lines)) == [(0, "OFFER_EXPIRED"), (0, "ALREADY_REDEEMED")]
    states = [(await koupon.books())["barcodes"][line["discountAsset"]]["state"] for line in lines]
    assert states == ["EXPIRED", "REDEEMED"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", "INVALID_REQUEST"),
        (b"", "INVALID_REQUEST"),
        (b"[]", "INVALID_REQUEST"),
        (b"\xff", "INVALID_REQUEST"),
        (b'{"redemptions":[{"discountAsset":"\\ud800","qty":1}]}', "INVALID_REQUEST"),
        (b'{"redemptions":[{"discountAsset":"1","qty":NaN}]}', "INVALID_REQUEST"),
        ({}, "INVALID_REQUEST"),
        ({"redemptions": []}, "INVALID_REQUEST"),
        ({"redemptions": {}}, "INVALID_REQUEST"),
        ({"redemptions": ["x"]}, "INVALID_REQUEST"),
        ({"redemptions": [{"qty": 1}]}, "INVALID_REQUEST"),
        ({"redemptions": [{"discountAsset": world.BARCODE}]}, "INVALID_REQUEST"),
        ({"redemptions": [barcode("")]}, "INVALID_REQUEST"),
        ({"redemptions": [{"discountAsset": 49000012345, "qty": 1}]}, "INVALID_REQUEST"),
        ({"redemptions": [barcode(couponCode=7)]}, "INVALID_REQUEST"),
        *[
            ({"redemptions": [coupon(world.SNACK), barcode(qty=qty)]}, "INVALID_QTY")
            for qty in (0, -1, 1.5, 1.0, "1", True, None, 10**30)
        ],
        ({"redemptions": [barcode(), barcode(couponCode=None)]}, "DUPLICATE_REDEMPTION"),
    ],
)
async def test_a_faulty_request_fails_whole(koupon: Any, body: Any, code: str) -> None:
    """Sheet 3.1: whole-request failure, nothing redeemed."""
    answer = await koupon.send(koupon.signed(REDEEM), body)

    assert complaint(answer) == code
    assert (await koupon.books())["redeem_calls"] == []
    assert await koupon.left(world.LOYALTY, world.SNACK) == 5


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"Accept": "text/html"}, 406, "NOT_ACCEPTABLE"),
        ({"Accept": "*/*"}, 406, "NOT_ACCEPTABLE"),
        ({"Content_Type": "text/plain"}, 400, "INVALID_REQUEST"),
    ],
)
async def test_headers_must_be_json(koupon: Any, headers: Any, status: int, code: str) -> None:
    """Sheet 1: requests send both headers, another Accept gives 406."""
    answer = await koupon.send(koupon.signed(REDEEM), {"redemptions": [barcode()]}, **headers)

    assert complaint(answer, status) == code
    assert await koupon.left(world.BARCODE) == 1


async def test_json_headers_may_carry_parameters_and_company(koupon: Any) -> None:
    headers = {
        "Accept": "text/plain, application/json;q=0.9",
        "Content_Type": "Application/JSON; charset=utf-8",
    }
    answer = await koupon.send(koupon.signed(REDEEM), {"redemptions": [barcode()]}, **headers)

    assert answer.status_code == 200


async def test_routes_that_are_not_there(koupon: Any) -> None:
    """Sheet 1: 404 and 405; sheet 3: no void, and sheet 3.3 is out of scope."""
    for name in ("redeem/void", "void", ""):
        answer = await koupon.send(koupon.signed(f"/koupon/v1/transaction/{name}"), {})
        assert complaint(answer, 404) == "NOT_FOUND"
    answer = await koupon.http.get(koupon.signed(REDEEM))
    assert complaint(answer, 405) == "METHOD_NOT_ALLOWED"


async def test_the_books_keep_each_call_with_all_its_lines(koupon: Any) -> None:
    url = koupon.signed(REDEEM, storeId="1042")
    body = {"redemptions": [barcode(qty=2), coupon(world.BREAKFAST)]}
    assert (await koupon.send(url, body)).status_code == 200

    (call,) = (await koupon.books())["redeem_calls"]
    assert call.pop("id")
    lines = call.pop("lines")
    assert call == {
        "identifier": world.IDENTIFIER,
        "store_id": "1042",
        "signed_at": NOON,
        "created_at": "2026-03-01T10:00:00+00:00",
    }
    names = ("discount_asset", "coupon_code", "qty", "redeemed_qty", "exception_code")
    assert [tuple(line[name] for name in names) for line in lines] == [
        (world.BARCODE, None, 2, 1, "QTY_EXCEEDED"),
        (world.LOYALTY, world.BREAKFAST, 1, 0, "OFFER_EXPIRED"),
    ]
