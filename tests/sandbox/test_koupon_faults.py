"""Sheet 5, trap 19: lost answers, server errors, refusals and the 403 that is no JSON."""

from contextlib import suppress
from typing import Any

import httpx
import pytest
import pytest_asyncio

from tests.sandbox.koupon_till import KouponTill, barcode, complaint, coupon, told
from tillsaga.sandbox.koupon import world

pytestmark = pytest.mark.asyncio
REDEEMING = "transaction.redeem"


@pytest_asyncio.fixture
async def koupon(till: Any) -> KouponTill:
    return KouponTill(till)


@pytest.mark.parametrize("kind", ["drop_after", "error_after", "html_after", "malformed"])
async def test_k19_a_retry_after_a_lost_answer_is_already_redeemed(koupon: Any, kind: str) -> None:
    """Sheet 6, K19: committed though the answer is lost; never two units consumed."""
    await koupon.fault(kind, REDEEMING)
    with suppress(httpx.RemoteProtocolError):
        await koupon.redeem(barcode())

    assert told(await koupon.results(barcode())) == [(0, "ALREADY_REDEEMED")]
    calls = (await koupon.books())["redeem_calls"]
    assert sum(line["redeemed_qty"] for call in calls for line in call["lines"]) == 1


async def test_a_retry_of_a_multi_use_offer_consumes_a_second_use(koupon: Any) -> None:
    """Sheet 4: no idempotency key."""
    await koupon.fault("drop_after", REDEEMING)
    with pytest.raises(httpx.RemoteProtocolError):
        await koupon.redeem(coupon(world.SNACK))
    await koupon.results(coupon(world.SNACK))

    assert await koupon.left(world.LOYALTY, world.SNACK) == 3


async def test_a_delayed_answer_comes_after_the_commit(koupon: Any) -> None:
    """Sheet 5, trap 19: delay after commit."""
    await koupon.fault("delay", REDEEMING, delay_ms=20)

    assert told(await koupon.results(barcode())) == [(1, None)]


@pytest.mark.parametrize("status", [500, 502, 503])
@pytest.mark.parametrize(("kind", "left"), [("error_before", 1), ("error_after", 0)])
async def test_a_server_error_may_come_before_or_after_the_commit(
    koupon: Any, kind: str, left: int, status: int
) -> None:
    """Sheet 5, trap 19: 502 and 503."""
    await koupon.fault(kind, REDEEMING, status=status)

    assert (await koupon.redeem(barcode())).status_code == status
    assert await koupon.left(world.BARCODE) == left


@pytest.mark.parametrize(
    ("code", "status", "named"),
    [
        ("SERVER_ERROR", 500, "SERVER_ERROR"),
        ("UNAVAILABLE", 503, "UNAVAILABLE"),
        (502, 502, "UNAVAILABLE"),
        (503, 503, "UNAVAILABLE"),
        ("TIMESTAMP_EXPIRED", 401, "TIMESTAMP_EXPIRED"),
        ("SOMETHING_NEW", 400, "SOMETHING_NEW"),
        (418, 418, "INVALID_REQUEST"),
        (7, 400, "INVALID_REQUEST"),
    ],
)
async def test_refuse_answers_the_error_body_with_the_status_of_the_code(
    koupon: Any, code: Any, status: int, named: str
) -> None:
    """Sheet 1: error body and HTTP statuses."""
    await koupon.fault("refuse", REDEEMING, code=code, message="Not now")
    answer = await koupon.redeem(barcode())

    assert complaint(answer, status) == named
    assert answer.json()["errorMessage"] == "Not now"
    assert await koupon.left(world.BARCODE) == 1


@pytest.mark.parametrize("code", [403, "NO_REDEMPTIONS"])
async def test_a_403_is_plain_text(koupon: Any, code: Any) -> None:
    """Sheet 1, 403 special; sheet 5, traps 17 and 19."""
    await koupon.fault("refuse", REDEEMING, code=code)
    answer = await koupon.redeem(barcode())

    assert (answer.status_code, answer.text) == (403, "No Redemptions to Void")
    assert answer.headers["content-type"].startswith("text/plain")
    assert await koupon.left(world.BARCODE) == 1
