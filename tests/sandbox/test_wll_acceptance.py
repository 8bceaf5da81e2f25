"""The acceptance cases of sheet 6, each named after its row.

Where a row speaks of a connector, its requests are made here as the row says, and what the
sandbox must show of them is held against its books and its log.
"""

from typing import Any

import pytest
import pytest_asyncio

from tests.sandbox.wll_till import ORDER, WllTill, burn, check, event, redeem
from tillsaga.sandbox.wll import world

pytestmark = pytest.mark.asyncio
CODE = {"code": world.REDEEMED_CODE}
VALIDATE = "/commands/validate_voucher"


@pytest_asyncio.fixture
async def wll(till: Any) -> WllTill:
    return WllTill(till)


EVERY_CALL = [
    ("GET", f"/users/{world.MEMBER}", None),
    ("GET", f"/users/{world.MEMBER}/wallet", None),
    redeem(),
    burn(),
    ("POST", "/orders", ORDER),
    ("POST", "/events", event(points=300)),
    ("POST", "/commands/test_reaction", event(points=300)),
    ("GET", "/benefits", None),
    ("POST", "/commands/adjust_points", {"points": 5, "actorId": world.MEMBER}),
]


@pytest.mark.parametrize("key", [None, "unknown-key"])
async def test_w1_without_a_known_key_any_call_is_401_and_changes_nothing(
    wll: WllTill, key: str | None
) -> None:
    before = await wll.books()
    for method, path, body in EVERY_CALL:
        assert await wll.refused(method, path, body, key=key) == (401, "UNAUTHORIZED")

    assert await wll.books() == before


async def test_w3_the_wallet_shows_500_points_and_the_issued_benefit(wll: WllTill) -> None:
    wallet = await wll.wallet()
    listed = {one["id"]: one for one in wallet["vouchers"]}

    assert wallet["points"] == 500
    assert listed[world.BENEFIT]["redeemedAt"] is None


async def test_w5_a_benefit_is_redeemed_once_and_then_has_its_code(wll: WllTill) -> None:
    benefit = await wll.ok(*redeem())

    assert benefit["redeemedAt"]
    assert benefit["code"]["value"] == world.BENEFIT_CODE
    assert await wll.refused(*redeem()) == (409, "BENEFIT_ALREADY_REDEEMED")


async def test_w7_validating_with_the_field_absent_burns(wll: WllTill) -> None:
    burned = await wll.ok("POST", VALIDATE, CODE)

    assert burned["burnedAt"]
    assert await wll.refused(*check()) == (403, "VOUCHER_ALREADY_BURNED")
    assert await wll.refused(*burn()) == (403, "VOUCHER_ALREADY_BURNED")


async def test_w9_the_books_tell_what_was_sent_to_check_and_to_burn(wll: WllTill) -> None:
    await wll.ok(*check())
    await wll.ok(*burn())
    await wll.ok("POST", VALIDATE, {"code": world.VALIDATED_CODE})

    checked, burned = (await wll.voucher(world.REDEEMED))["validations"]
    assert checked["sent"] == {"allowFutureValidation": True}
    assert burned["sent"] == {"allowFutureValidation": False}
    assert (await wll.voucher(world.VALIDATED))["validations"][0]["sent"] == {}


async def test_w11_a_refusal_made_by_the_till_leaves_no_event_in_the_log(wll: WllTill) -> None:
    """The guard is the till's: the engine itself would let the balance go negative."""
    assert await wll.points() < 1000
    assert await wll.requests("event.report") == []

    await wll.event(points=1000)
    assert len(await wll.requests("event.report")) == 1
    assert await wll.points() == -500


async def test_w13_points_redeemed_and_refunded_once_leave_500(wll: WllTill) -> None:
    await wll.event(points=300, operationId="op-redeem")
    assert await wll.points() == 200
    refers = {"operationId": "op-refund", "refundsOperationId": "op-redeem"}
    await wll.event(world.REFUND_TYPE, points=300, **refers)

    spent, refunded = [one["payload"] for one in (await wll.books())["events"]]
    assert (spent["points"], refunded["points"]) == (300, 300)
    assert refunded["refundsOperationId"] == spent["operationId"]
    assert await wll.points() == 500


async def test_w15_after_a_failed_payment_the_voucher_stays_burned(wll: WllTill) -> None:
    """There is no call to undo a burn; the goodwill case is the till's."""
    await wll.ok(*burn())

    assert len(await wll.requests("voucher.validate")) == 1
    assert (await wll.voucher(world.REDEEMED))["status"] == "BURNED"
    assert await wll.refused(*redeem(world.REDEEMED)) == (409, "BENEFIT_BURNED")


async def test_w17_a_members_order_raises_order_placed_and_earns(wll: WllTill) -> None:
    placed = await wll.ok("POST", "/orders", ORDER)

    books = await wll.books()
    assert [one["sent"] for one in books["orders"]] == [ORDER]
    raised = books["events"][0]
    assert (raised["type"], raised["subject"]) == ("ORDER_PLACED", world.MEMBER)
    assert raised["payload"]["orderId"] == placed["id"]
    assert await wll.points() == 519


async def test_w19_a_tenant_without_receipts_reports_a_custom_event(wll: WllTill) -> None:
    other = {"key": world.OTHER_API_KEY, "token": world.OTHER_TOKEN}
    assert await wll.refused("POST", "/orders", ORDER, **other) == (403, "RECEIPTS_NOT_ENABLED")
    sale = event(world.SALE_TYPE, transactionId="tx-1", total=1950)
    await wll.ok("POST", "/events", sale | {"subject": world.OTHER_MEMBER}, **other)

    books = await wll.books()
    assert books["orders"] == []
    assert books["points"][world.OTHER_MEMBER]["balance"] == 219
