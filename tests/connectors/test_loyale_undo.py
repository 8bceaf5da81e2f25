from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
import respx

from tests.connectors.loyale_asks import (
    FULL,
    GIFT_CARD,
    NOW,
    POST,
    STATUS,
    Vendor,
    config,
    coupon,
    line,
    no,
    posting,
    receipt,
    returned,
    sale,
    sold,
)
from tillsaga.connectors.loyale import Loyale
from tillsaga.domain.effects import Done
from tillsaga.domain.ports import Operator
from tillsaga.errors import Refused

UNKNOWN = no(404, "Transaction not found")
SPENDING = sale(
    sold(line("1", 50_00), 2_00),
    tenders=[GIFT_CARD],
    offers=[coupon({"1": 2_00})],
    due_amount=38_00,
)


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    with respx.mock(assert_all_called=False) as router:
        yield Vendor(router)


@pytest.fixture
async def transaction() -> AsyncIterator[Operator]:
    loyale = Loyale(config())
    yield loyale.operator("post_transaction")
    await loyale.aclose()


async def test_a_return_waits_until_the_sale_is_completed(
    transaction: Operator, vendor: Vendor
) -> None:
    vendor.on(STATUS, receipt("PROCESSING"), receipt(returned="NONE"))
    vendor.on(FULL, returned())

    undone = await transaction.undo(posting(), Done())

    assert (undone.points, undone.points_after) == (-150, 7980)
    assert vendor.raw(FULL) == b""


async def test_a_sale_that_failed_needs_no_return(transaction: Operator, vendor: Vendor) -> None:
    vendor.on(STATUS, receipt("FAILED"))

    undone = await transaction.undo(posting(), Done(data={"coupons": [{"offer_id": "c"}]}))

    assert (undone.points, undone.data["not_restored"]) == (0, [])


async def test_a_sale_that_was_returned_is_not_returned_again(
    transaction: Operator, vendor: Vendor
) -> None:
    vendor.on(STATUS, receipt(returned="FULL"))

    assert (await transaction.undo(posting(), Done())).points == -150
    assert not vendor.count(FULL)


@pytest.mark.parametrize("restores", [False, True])
async def test_what_a_return_does_not_restore_is_named(vendor: Vendor, restores: bool) -> None:
    loyale = Loyale(config(return_restores_gift_card=restores))
    vendor.on(POST, receipt())
    vendor.on(STATUS, receipt())
    vendor.on(FULL, returned())
    posted = loyale.operator("post_transaction")

    undone = await posted.undo(posting(SPENDING), await posted.do(posting(SPENDING)))

    card = {"kind": "giftcard", "subject": "giftcard-1", "amount": 10_00}
    used = {"kind": "coupon", "offer_id": "loyalty:coupon-1", "amount": 2_00}
    assert undone.data["not_restored"] == ([used] if restores else [card, used])
    await loyale.aclose()


async def test_a_refused_return_is_for_a_person(transaction: Operator, vendor: Vendor) -> None:
    vendor.on(STATUS, receipt())
    vendor.on(FULL, no(400, "The balance would become negative"))

    with pytest.raises(Refused):
        await transaction.undo(posting(), Done())


async def test_a_sale_that_is_not_known_any_more_is_for_a_person(
    transaction: Operator, vendor: Vendor
) -> None:
    vendor.on(STATUS, UNKNOWN)

    with pytest.raises(Refused):
        await transaction.undo(posting(), Done())
    assert await transaction.find_undo(posting(), Done(), NOW) is None


@pytest.mark.parametrize(("shown", "back"), [("FULL", True), ("NONE", False), ("PARTIAL", False)])
async def test_a_lost_return_shows_in_the_status(
    transaction: Operator, vendor: Vendor, shown: str, back: bool
) -> None:
    vendor.on(STATUS, receipt(returned=shown))

    assert (await transaction.find_undo(posting(), Done(), NOW) is not None) is back


@pytest.mark.parametrize(("answer", "back"), [(no(409), True), (returned(), False)])
async def test_where_the_status_does_not_say_a_simulated_return_does(
    transaction: Operator, vendor: Vendor, answer: httpx.Response, back: bool
) -> None:
    vendor.on(STATUS, receipt())
    vendor.on(f"{FULL}?simulate", answer)

    assert (await transaction.find_undo(posting(), Done(), NOW) is not None) is back
