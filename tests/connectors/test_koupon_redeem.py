"""Redeeming: HTTP 200 is not "redeemed" (trap 5)."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import respx

from tests.connectors.koupon_asks import (
    BARCODE,
    EXPIRED,
    LOYALTY,
    NOW,
    SNACK,
    Vendor,
    config,
    redeeming,
    result,
)
from tillsaga.connectors.koupon import Koupon
from tillsaga.domain.ports import Operator
from tillsaga.errors import AnswerLost, Refused, Unanswerable


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    with respx.mock(assert_all_called=False) as router:
        yield Vendor(router)


@pytest.fixture
async def redeem() -> AsyncIterator[Operator]:
    koupon = Koupon(config(), now=lambda: NOW)
    yield koupon.operator("redeem_coupon")
    await koupon.aclose()


SNACKS = redeeming(LOYALTY, SNACK, quantity=3)


# --- what is sent -----------------------------------------------------------------------------


async def test_a_barcode_is_sent_without_a_coupon_code(redeem: Operator, vendor: Vendor) -> None:
    vendor.redeemed(result())

    done = await redeem.do(redeeming())

    assert vendor.body == {"redemptions": [{"discountAsset": BARCODE, "qty": 1}]}
    assert (done.data, done.reference, done.transaction_id) == ({"quantity": 1}, "****2345", None)
    assert vendor.requests[-1].method == "POST"
    assert vendor.requests[-1].url.path == "/v1/transaction/redeem"
    headers = vendor.requests[-1].headers
    assert headers["Content-Type"] == headers["Accept"] == "application/json"


async def test_k11_equal_redemptions_go_as_one_line_with_their_sum(
    redeem: Operator, vendor: Vendor
) -> None:
    vendor.redeemed(result(LOYALTY, SNACK, redeemedQty=3))

    done = await redeem.do(SNACKS)

    line = {"discountAsset": LOYALTY, "couponCode": SNACK, "qty": 3}
    assert vendor.body == {"redemptions": [line]}
    assert (done.data, done.reference) == ({"quantity": 3}, SNACK)


@pytest.mark.parametrize(
    "request_",
    [
        {},
        {"discount_asset": BARCODE, "quantity": 0},
        {"discount_asset": BARCODE, "quantity": True},
        {"discount_asset": BARCODE, "quantity": "2"},
        {"discount_asset": BARCODE, "coupon_code": 7},
    ],
)
async def test_what_cannot_be_sent_is_refused_here(
    redeem: Operator, vendor: Vendor, request_: dict[str, Any]
) -> None:
    with pytest.raises(Refused) as no:
        await redeem.do(redeeming().model_copy(update={"request": request_}))

    assert (no.value.code, vendor.requests) == ("invalid_request", [])


# --- what the lines say -------------------------------------------------------------------------

YES = {
    "all": ({"redeemedQty": 3}, {"quantity": 3}),
    "all, as text": ({"redeemedQty": "3", "exceptionCode": ""}, {"quantity": 3}),
    "all, with a remark": (
        {"redeemedQty": 3, "exceptionCode": "LAST_ONES"},
        {"quantity": 3, "exception_code": "LAST_ONES"},
    ),
    "a part": (
        {"redeemedQty": 1, "exceptionCode": "QTY_EXCEEDED"},
        {"quantity": 1, "exception_code": "QTY_EXCEEDED"},
    ),
    "a part without a reason": ({"redeemedQty": 2}, {"quantity": 2}),
}


@pytest.mark.parametrize(("line", "data"), YES.values(), ids=YES)
async def test_what_was_redeemed_counts(
    redeem: Operator, vendor: Vendor, line: dict[str, object], data: object
) -> None:
    vendor.redeemed(result(LOYALTY, SNACK, **line))

    assert (await redeem.do(SNACKS)).data == data


NO = {
    "ALREADY_REDEEMED": "offer_refused",
    "ASSET_NOT_FOUND": "offer_refused",
    "OFFER_NOT_ACTIVE": "offer_refused",
    "OFFER_EXPIRED": "code_expired",
    "QTY_EXCEEDED": "offer_refused",
    "COUPON_NOT_ON_ACCOUNT": "offer_refused",
    "COUPON_CODE_REQUIRED": "offer_refused",
    "COUPON_CODE_NOT_ALLOWED": "offer_refused",
    "MOON_PHASE": "offer_refused",
}


@pytest.mark.parametrize(("said", "code"), NO.items())
@pytest.mark.parametrize("quantity", [0, None, "absent"])
async def test_a_refused_line_is_a_no_with_the_vendors_code(
    redeem: Operator, vendor: Vendor, said: str, code: str, quantity: object
) -> None:
    """Trap 6: the quantity may be left out. Unknown codes are refusals (sheet 3.1)."""
    line = result(exceptionCode=said, redeemedQty=quantity)
    if quantity == "absent":
        del line["redeemedQty"]
    vendor.redeemed(line)

    with pytest.raises(Refused) as no:
        await redeem.do(redeeming())

    assert no.value.code == code
    assert said in no.value.message


async def test_nothing_redeemed_without_a_reason_is_a_no(redeem: Operator, vendor: Vendor) -> None:
    vendor.redeemed(result(redeemedQty=0))

    with pytest.raises(Refused):
        await redeem.do(redeeming())


async def test_k7_a_barcode_that_was_used_is_refused(redeem: Operator, vendor: Vendor) -> None:
    vendor.redeemed(result(redeemedQty=0, exceptionCode="ALREADY_REDEEMED"))

    with pytest.raises(Refused) as no:
        await redeem.do(redeeming())

    assert no.value.code == "offer_refused"
    assert not isinstance(no.value, Unanswerable)


async def test_k9_each_line_is_judged_by_its_keys(redeem: Operator, vendor: Vendor) -> None:
    """Whatever else the answer holds, and in which order."""
    vendor.redeemed(
        result(LOYALTY, SNACK, redeemedQty=2),
        result(EXPIRED, redeemedQty=0, exceptionCode="OFFER_EXPIRED"),
        result(BARCODE, ""),
    )

    assert (await redeem.do(redeeming())).data == {"quantity": 1}
    assert (await redeem.do(redeeming(LOYALTY, SNACK, 2))).data == {"quantity": 2}
    with pytest.raises(Refused) as no:
        await redeem.do(redeeming(EXPIRED))
    assert no.value.code == "code_expired"


CONTRADICTIONS = {
    "more than asked": [result(redeemedQty=2)],
    "less than nothing": [result(redeemedQty=-1)],
    "no line": [],
    "another's line": [result("0049000012346")],
    "with a coupon": [result(BARCODE, SNACK)],
    "twice": [result(), result()],
    "no number": [result(redeemedQty="many")],
    "neither yes nor no": [{"discountAsset": BARCODE}],
}


@pytest.mark.parametrize("lines", CONTRADICTIONS.values(), ids=CONTRADICTIONS)
async def test_a_contradiction_is_no_answer(
    redeem: Operator, vendor: Vendor, lines: list[dict[str, Any]]
) -> None:
    vendor.redeemed(*lines)

    with pytest.raises(AnswerLost):
        await redeem.do(redeeming())
