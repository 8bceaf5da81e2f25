"""Every sale is reported once, as an order or as an event, and with nothing personal in it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.books import wll as books
from tests.support.shop import Shop, open_shop
from tests.workflows.wll.asks import BENEFIT, covered
from tillsaga.sandbox.wll import world

PERSONAL = {*world.MEMBER_PROFILE.values(), world.MEMBER_ACCOUNT}


@pytest.fixture
async def event_shop(tmp_path: Path) -> AsyncIterator[Shop]:
    """A tenant without Receipts: its sales are events."""
    settings = {"wll": {"sale_event": world.SALE_TYPE}}
    async with open_shop(tmp_path, kinds=("wll",), settings=settings) as opened:
        yield opened


async def test_an_order_says_what_was_sold_where_by_whom_and_to_which_member(
    one_shop: Shop,
) -> None:
    before = await one_shop.books("wll")
    checkout, due = await covered(one_shop, BENEFIT, points=1_00)
    await checkout.pay(due, "authorized")
    assert (await one_shop.books("wll"))["orders"] == []
    await checkout.pay(due)

    after = await one_shop.books("wll")
    [order] = after["orders"]
    sent = order["sent"]
    assert (sent["transactionId"], sent["total"], sent["currency"]) == (checkout.id, 6_50, "EUR")
    assert (sent["locationId"], sent["cashierId"]) == (world.VENUE, "c-17")
    assert sent["submitter"] == {"authIdentifier": world.MEMBER_AUTH}
    assert [(i["sku"], i["quantity"], i["total"]) for i in sent["items"]] == [
        ("FW-350", 2, 7_00),
        ("CAKE", 1, 4_50),
    ]
    assert sent["discounts"] == [{"type": "VOUCHER", "reference": world.BENEFIT, "amount": 5_00}]
    said = str(books.sent(after)) + str(checkout.view)
    assert [value for value in PERSONAL if value in said] == []
    assert "POS_SALE" not in books.moved(before, after)


async def test_a_tenant_without_receipts_hears_of_the_sale_by_event(event_shop: Shop) -> None:
    before = await event_shop.books("wll")
    checkout, due = await covered(event_shop)
    seen = await checkout.pay(due)

    assert seen["earned"] == [{"provider": "wll", "points": 11, "balance_after": 511}]
    after = await event_shop.books("wll")
    assert books.moved(before, after) == {world.MEMBER: 11, world.SALE_TYPE: 1}
    [sale] = books.payloads(after, world.SALE_TYPE)
    assert (sale["transactionId"], sale["total"]) == (checkout.id, 11_50)
    assert (sale["branchId"], sale["cashierId"]) == (world.VENUE, "c-17")
    assert [value for value in PERSONAL if value in str(sale)] == []


async def test_nobodys_sale_is_reported_too(one_shop: Shop) -> None:
    before = await one_shop.books("wll")
    checkout = await one_shop.open(cashier_id="c-17")
    seen = await checkout.pay(await checkout.ready())

    assert (seen["status"], seen["earned"]) == ("completed", [])
    after = await one_shop.books("wll")
    assert books.moved(before, after) == {"orders": 1}
    assert "submitter" not in after["orders"][0]["sent"]


async def test_nobodys_sale_is_reported_by_event_too(event_shop: Shop) -> None:
    before = await event_shop.books("wll")
    checkout = await event_shop.open(cashier_id="c-17")
    seen = await checkout.pay(await checkout.ready())

    assert (seen["status"], seen["earned"]) == ("completed", [])
    assert books.moved(before, await event_shop.books("wll")) == {world.SALE_TYPE: 1}


async def test_a_failed_sale_is_not_reported(one_shop: Shop) -> None:
    before = await one_shop.books("wll")
    checkout, due = await covered(one_shop)

    await checkout.pay(due, "declined", final=True)

    assert await checkout.ended() == "cancelled"
    assert books.moved(before, await one_shop.books("wll")) == {}


@pytest.mark.parametrize("kind", ["drop_after", "error_after", "html_after"])
async def test_an_order_whose_answer_is_lost_is_found_and_not_repeated(
    shop: Shop, kind: str
) -> None:
    before = await shop.books("wll")
    checkout, due = await covered(shop)
    await shop.fault(kind, "order.place", "wll")

    seen = await checkout.pay(due)

    assert (seen["status"], seen["attention"]) == ("completed", [])
    assert await checkout.ended() == "completed"
    assert books.moved(before, await shop.books("wll")) == {world.MEMBER: 11, "orders": 1}


async def test_an_order_that_is_refused_leaves_the_sale_and_a_case(one_shop: Shop) -> None:
    checkout, due = await covered(one_shop)
    await one_shop.switch("wll", receipts_enabled=False)

    seen = await checkout.pay(due)

    assert seen["status"] == "completed"
    assert [(a["code"], a["detail"]) for a in seen["attention"]] == [
        (
            "earning_failed",
            "post the order and earn points failed after the payment: "
            "the vendor has not set up orders for this tenant",
        )
    ]
