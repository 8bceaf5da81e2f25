"""Redeeming: what may be believed of an answer that is none."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import httpx
import pytest
import respx

from tests.connectors.koupon_asks import (
    BARCODE,
    NOW,
    Vendor,
    config,
    failure,
    redeeming,
)
from tillsaga.connectors.koupon import Koupon
from tillsaga.domain.effects import Done
from tillsaga.domain.ports import Operator
from tillsaga.errors import AnswerLost, NotSent, Refused, Unanswerable


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    with respx.mock(assert_all_called=False) as router:
        yield Vendor(router)


@pytest.fixture
async def redeem() -> AsyncIterator[Operator]:
    koupon = Koupon(config(), now=lambda: NOW)
    yield koupon.operator("redeem_coupon")
    await koupon.aclose()


LOST = {
    "timeout": httpx.ReadTimeout("late"),
    "500": failure(500, "SERVER_ERROR"),
    "502": httpx.Response(502, text="<html>"),
    "503": failure(503, "UNAVAILABLE"),
    "failed within": failure(400, "SERVER_ERROR"),
    "failed within, 200": failure(200, "SERVER_ERROR"),
    "page": httpx.Response(200, html="<html>"),
    "204": httpx.Response(204),
    "strange": httpx.Response(200, json={"version": "1", "code": 200}),
    "a proxy's 403": httpx.Response(403, html="<html>"),
    "404": httpx.Response(404, html="<html>"),
}


@pytest.mark.parametrize("answer", LOST.values(), ids=LOST)
async def test_k19_a_lost_answer_is_never_sent_again_and_goes_to_a_person(
    redeem: Operator, vendor: Vendor, answer: httpx.Response | Exception
) -> None:
    vendor.says(answer)

    with pytest.raises(AnswerLost):
        await redeem.do(redeeming())
    with pytest.raises(Unanswerable):
        await redeem.find(redeeming(), NOW - timedelta(hours=1))

    assert len(vendor.requests) == 1


@pytest.mark.parametrize(
    "answer",
    [
        httpx.ConnectError("refused"),
        failure(401, "SIGNATURE_INVALID"),
        httpx.Response(401, text="no"),
        httpx.Response(429),
    ],
)
async def test_what_was_surely_not_done_may_be_sent_again(
    redeem: Operator, vendor: Vendor, answer: httpx.Response | Exception
) -> None:
    vendor.says(answer)

    with pytest.raises(NotSent):
        await redeem.do(redeeming())


@pytest.mark.parametrize("status", [200, 400, 403, 405, 406, 422])
@pytest.mark.parametrize("code", ["DUPLICATE_REDEMPTION", "INVALID_QTY", "INVALID_REQUEST"])
async def test_a_refused_request_redeemed_nothing(
    redeem: Operator, vendor: Vendor, status: int, code: str
) -> None:
    """The seed gives the failure body without a status."""
    vendor.says(failure(status, code))

    with pytest.raises(Refused) as no:
        await redeem.do(redeeming())

    assert (no.value.code, code in no.value.message) == ("offer_refused", True)


async def test_a_plain_text_403_refuses_the_offer(redeem: Operator, vendor: Vendor) -> None:
    """Trap 17; the text is kept, but for what may be a customer's barcode (trap 14)."""
    vendor.says(httpx.Response(403, text=f"No Redemptions to Void\n({BARCODE})"))

    with pytest.raises(Refused) as no:
        await redeem.do(redeeming())

    assert no.value.code == "offer_refused"
    assert "No Redemptions to Void (****2345)" in no.value.message


async def test_a_redemption_cannot_be_taken_back(redeem: Operator, vendor: Vendor) -> None:
    """Trap 11: the workflow makes a goodwill case of it."""
    done = Done(data={"quantity": 1})

    with pytest.raises(Refused):
        await redeem.undo(redeeming(), done)
    with pytest.raises(Refused):
        await redeem.find_undo(redeeming(), done, NOW)

    assert vendor.requests == []
