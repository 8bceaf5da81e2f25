"""Every switch of Koupon but the signature window, which is with the signatures."""

from typing import Any

import pytest
import pytest_asyncio

from tests.sandbox.koupon_till import KouponTill, barcode, coupon, told
from tillsaga.sandbox.koupon import world
from tillsaga.sandbox.koupon.vendor import SWITCHES

pytestmark = pytest.mark.asyncio
BARE = {"timestamp": "2026-03-01T16:41:37Z", "discountAssets": [world.LOYALTY]}
REDEEMING, REPORTING = "transaction.redeem", "transaction.report"
MULTI = world.BARCODE_MULTI


@pytest_asyncio.fixture
async def koupon(till: Any) -> KouponTill:
    return KouponTill(till)


@pytest.mark.parametrize(
    ("setting", "good", "refused"),
    [("never", 200, 200), ("nothing_redeemed", 200, 403), ("always", 403, 403)],
)
async def test_switch_plain_text_403(koupon: Any, setting: str, good: int, refused: int) -> None:
    await koupon.switch(plain_text_403=setting)

    assert (await koupon.redeem(barcode("0"))).status_code == refused
    assert (await koupon.redeem(barcode(), barcode("0"))).status_code == good
    assert await koupon.left(world.BARCODE) == (good == 403)
    assert (await koupon.report(BARE)).status_code == 200


@pytest.mark.parametrize(
    ("odd", "answered", "left"),
    [
        ("partial", {"redeemedQty": 1, "exceptionCode": "QTY_EXCEEDED"}, 2),
        ("partial_silent", {"redeemedQty": 1, "exceptionCode": None}, 2),
        ("unknown_exception", {"redeemedQty": 0, "exceptionCode": "SANDBOX_UNHEARD_OF"}, 3),
        ("remark", {"redeemedQty": 2, "exceptionCode": "SANDBOX_REMARK"}, 1),
        ("no_qty", {"exceptionCode": None}, 1),
        ("over", {"redeemedQty": 3, "exceptionCode": None}, 1),
        ("missing", None, 1),
    ],
)
async def test_switch_odd_line(koupon: Any, odd: str, answered: Any, left: int) -> None:
    """Sheet 3.1, every row of the table of lines; sheet 5, trap 19."""
    await koupon.fault("old_shape", REDEEMING, switches={"odd_line": odd})
    results = await koupon.results(barcode(MULTI, 2))

    keys = {"discountAsset": MULTI, "couponCode": None}
    assert results == ([] if answered is None else [keys | answered])
    assert await koupon.left(MULTI) == left


async def test_a_partial_line_of_one_is_refused(koupon: Any) -> None:
    for odd in ("partial", "partial_silent"):
        await koupon.switch(odd_line=odd)
        assert told(await koupon.results(barcode())) == [(0, "QTY_EXCEEDED")]


@pytest.mark.parametrize(
    ("where", "codes"),
    [
        ("every", ["SANDBOX_REMARK"] * 2),
        ("first", ["SANDBOX_REMARK", None]),
        ("last", [None, "SANDBOX_REMARK"]),
    ],
)
async def test_switch_odd_line_at(koupon: Any, where: str, codes: list[str | None]) -> None:
    await koupon.switch(odd_line="remark", odd_line_at=where)
    results = await koupon.results(barcode(), coupon(world.COFFEE))

    assert [one["exceptionCode"] for one in results] == codes


async def test_a_line_refused_anyway_is_never_odd(koupon: Any) -> None:
    await koupon.switch(odd_line="missing")

    assert told(await koupon.results(barcode("0"))) == [(0, "ASSET_NOT_FOUND")]


async def test_switch_result_order(koupon: Any) -> None:
    """Sheet 3.1: match by the keys, not by index."""
    await koupon.switch(result_order="reversed")
    results = await koupon.results(barcode(), coupon(world.COFFEE))

    assert [one["discountAsset"] for one in results] == [world.LOYALTY, world.BARCODE]


@pytest.mark.parametrize(
    ("switch", "value", "field", "expected"),
    [
        ("no_coupon", "absent", "couponCode", "absent"),
        ("no_exception", "absent", "exceptionCode", "absent"),
        ("no_exception", "empty", "exceptionCode", ""),
    ],
)
async def test_switches_for_what_a_result_has_not(
    koupon: Any, switch: str, value: str, field: str, expected: str
) -> None:
    """Sheet 3.1: absent, null or ""; where there is a value it is told."""
    await koupon.switch(**{switch: value})
    mine, theirs = await koupon.results(barcode(), coupon(world.COFFEE, 2))

    assert mine.get(field, "absent") == expected
    assert theirs[field]


async def test_switch_no_redemption(koupon: Any) -> None:
    """Sheet 5, trap 6: a refused line may leave `redeemedQty` out."""
    await koupon.switch(no_redemption="absent")
    good, refused = await koupon.results(barcode(), barcode("0"))

    assert good["redeemedQty"] == 1
    assert "redeemedQty" not in refused
    assert refused["exceptionCode"] == "ASSET_NOT_FOUND"


@pytest.mark.parametrize(
    ("shape", "status", "code"),
    [("number", 200, 200), ("text", 200, "200"), ("absent", 200, None), ("no_body", 204, None)],
)
async def test_switch_report_code(koupon: Any, shape: str, status: int, code: Any) -> None:
    """Sheet 3.2: a number or a string, if present; sheet 1: 204 is success too."""
    await koupon.switch(report_code=shape)
    answer = await koupon.report(BARE)

    assert answer.status_code == status
    assert (answer.json().get("code") if answer.content else None) == code
    assert len((await koupon.books())["reports"]) == 1


async def test_switch_success_status(koupon: Any) -> None:
    """Sheet 1: treat whole 2xx ranges alike."""
    await koupon.switch(success_status=201)

    assert (await koupon.redeem(barcode())).status_code == 201
    assert (await koupon.report(BARE)).status_code == 201


async def test_switch_version(koupon: Any) -> None:
    """Sheet 1: "1" here, "2" and "2.1" elsewhere."""
    for version in SWITCHES["version"]:
        await koupon.switch(version=version)
        await koupon.fault("refuse", REDEEMING, code="SERVER_ERROR")
        answers = [await koupon.report(BARE), await koupon.report({}), await koupon.redeem()]
        assert [one.json()["version"] for one in answers] == [version] * 3


async def test_old_shape_leaves_out_what_is_not(koupon: Any) -> None:
    await koupon.fault("old_shape", REDEEMING)
    assert await koupon.results(barcode()) == [{"discountAsset": world.BARCODE, "redeemedQty": 1}]
    await koupon.fault("old_shape", REPORTING)
    assert (await koupon.report(BARE)).json()["code"] == "200"
