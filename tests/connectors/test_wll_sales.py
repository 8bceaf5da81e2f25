"""The sale: as an order or as an event, never as both (sheet 3.5, 3.6)."""

from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from tests.connectors.wll_asks import (
    AUTH_ID,
    EVENTS,
    LIST,
    NOW,
    ORDERS,
    USER,
    WALLET,
    B,
    M,
    Vendor,
    at_vendor,
    connected,
    data,
    event,
    no,
    post,
    reactions,
    sale,
    sold_line,
    user,
    wallet,
)
from tillsaga.connectors.wll import Wll
from tillsaga.domain.effects import Done
from tillsaga.domain.model import Json
from tillsaga.errors import AnswerLost, Refused, Unanswerable

KEY = "chk_1/post_order/loyalty/basket-1#1"
REACTIONS = "GET events/ev-9/reactions"
EARNED = Done(data={"member_id": M, "event_id": "ev-9", "reported_at": "2026-03-01T10:00:00.000Z"})
PLACED = event("ev-9", type="ORDER_PLACED", payload={"transactionId": "chk_1"})
ACCEPTED = data({"id": "o-1", "transactionId": "chk_1"})


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    with at_vendor() as answering:
        yield answering


@pytest.fixture
async def wll() -> AsyncIterator[Wll]:
    async with connected() as connector:
        yield connector


def answering(vendor: Vendor, points: int = 19) -> None:
    vendor.on(ORDERS, ACCEPTED)
    vendor.on(LIST, data([PLACED]))
    vendor.on(REACTIONS, reactions(points))
    vendor.on(WALLET, wallet(points=500 + points))


# --- reporting ------------------------------------------------------------------------------------


async def test_w17_a_members_sale_is_one_order_that_earns(vendor: Vendor, wll: Wll) -> None:
    answering(vendor)

    done = await wll.operator("post_order").do(post())

    assert vendor.bodies(ORDERS) == [
        {
            "transactionId": "chk_1",
            "placedAt": "2026-03-01T10:00:00.000Z",
            "currency": "EUR",
            "total": 19_50,
            "locationId": "store-12",
            "cashierId": "op-7",
            "submitter": {"authIdentifier": AUTH_ID},
            "items": [
                {
                    "sku": "SKU-1",
                    "name": "Coffee beans",
                    "quantity": 2,
                    "unitPrice": 12_25,
                    "total": 24_50,
                }
            ],
            "discounts": [{"type": "VOUCHER", "reference": B, "amount": 5_00}],
            "metadata": {"source": "tillsaga", "chargesAmount": 0},
        }
    ]
    assert (done.points, done.points_after) == (19, 519)
    assert (done.reference, done.transaction_id, done.data["event_id"]) == ("o-1", "chk_1", "ev-9")
    assert not vendor.asked(EVENTS)


async def test_w19_without_receipts_the_sale_is_one_event(vendor: Vendor) -> None:
    vendor.on(EVENTS, data(event("ev-9", type="SHOP_SALE")))
    vendor.on(REACTIONS, reactions(19))
    vendor.on(WALLET, wallet(points=519))

    async with connected(sale_event="SHOP_SALE") as wll:
        done = await wll.operator("post_order").do(post())

    (body,) = vendor.bodies(EVENTS)
    assert (body["type"], body["subject"]) == ("SHOP_SALE", M)
    sold = post().sale
    assert sold is not None
    assert body["occurredAt"] == f"{sold.paid_at:%Y-%m-%dT%H:%M:%S}.000Z"
    assert body["payload"] == {
        "transactionId": "chk_1",
        "operationId": KEY,
        "total": 19_50,
        "currency": "EUR",
        "branchId": "store-12",
        "cashierId": "op-7",
        "items": vendor_items(),
        "discounts": [{"type": "VOUCHER", "reference": B, "amount": 5_00}],
    }
    assert (done.points, done.data["event_id"]) == (19, "ev-9")
    assert not vendor.asked(ORDERS)


def vendor_items() -> list[Json]:
    item: Json = {"sku": "SKU-1", "name": "Coffee beans", "quantity": 2}
    return [{**item, "unitPrice": 12_25, "total": 24_50}]


async def test_trap_11_a_sale_of_nobody_is_reported_too(vendor: Vendor, wll: Wll) -> None:
    answering(vendor)

    done = await wll.operator("post_order").do(post(member=False))

    assert "submitter" not in vendor.bodies(ORDERS)[0]
    assert (done.points, done.points_after) == (None, None)
    assert not vendor.asked(WALLET)


async def test_trap_11_an_event_of_nobody_has_no_subject(vendor: Vendor) -> None:
    vendor.on(EVENTS, data(event("ev-9", type="SHOP_SALE")))

    async with connected(sale_event="SHOP_SALE", receipts_base_url=None) as wll:
        await wll.operator("post_order").do(post(member=False))

    assert "subject" not in vendor.bodies(EVENTS)[0]


async def test_trap_12_nothing_personal_is_sent(vendor: Vendor, wll: Wll) -> None:
    answering(vendor)
    vendor.on(USER, user())
    without = post(request={"member_id": M, "auth_identifier": None})

    await wll.operator("post_order").do(without)

    assert vendor.bodies(ORDERS)[0]["submitter"] == {"authIdentifier": AUTH_ID}
    assert "ann@" not in vendor.everything
    assert "Ann" not in vendor.everything


async def test_sold_stored_value_is_no_sale_of_goods(vendor: Vendor, wll: Wll) -> None:
    answering(vendor)
    card = sold_line("2", type="giftcard_sale", sku=None, unit_amount=25_00)
    back = sold_line("3", quantity="-0.5")
    with_milk = {"line_id": "m", "sku": "MILK", "title": "Milk", "unit_amount": 50}
    coffee = sold_line("4", modifiers=[with_milk])

    await wll.operator("post_order").do(post(sale=sale(card, back, coffee)))

    body = vendor.bodies(ORDERS)[0]
    assert body["total"] == -6_13 + 12_75
    assert body["items"] == [
        {"sku": "SKU-1", "name": "Coffee beans", "quantity": 0.5, "unitPrice": -12_25}
        | {"total": -6_13},
        {"sku": "SKU-1", "name": "Coffee beans", "quantity": 1, "unitPrice": 12_75}
        | {"total": 12_75},
    ]


async def test_the_terminal_stands_in_for_an_unknown_cashier(vendor: Vendor) -> None:
    answering(vendor)

    async with connected(location_id=None) as wll:
        await wll.operator("post_order").do(post(sale=sale(cashier_id=None), generation=2))

    body = vendor.bodies(ORDERS)[0]
    assert (body["cashierId"], body["locationId"]) == ("till-2", "ams-1")
    assert body["transactionId"] == "chk_1-g2"


@pytest.mark.parametrize(
    ("status", "code", "ours"),
    [
        (422, "SUBMITTER_NOT_FOUND", "member_not_found"),
        (403, "RECEIPTS_NOT_ENABLED", "vendor_refused"),
        (400, "PII_NOT_ALLOWED", "vendor_refused"),
    ],
)
async def test_a_refused_order_says_why(
    vendor: Vendor, wll: Wll, status: int, code: str, ours: str
) -> None:
    vendor.on(ORDERS, no(status, code))

    with pytest.raises(Refused) as refused:
        await wll.operator("post_order").do(post())

    assert refused.value.code == ours


async def test_an_order_stands_whatever_else_cannot_be_read(vendor: Vendor, wll: Wll) -> None:
    vendor.on(ORDERS, ACCEPTED)
    vendor.on(LIST, data([event("ev-0", type="ORDER_PLACED")]))
    vendor.on(WALLET, httpx.Response(500))

    done = await wll.operator("post_order").do(post())

    assert (done.reference, done.points, done.data["event_id"]) == ("o-1", None, None)


async def test_without_a_sale_there_is_nothing_to_report(vendor: Vendor, wll: Wll) -> None:
    with pytest.raises(Refused):
        await wll.operator("post_order").do(post(sale=None))

    assert not vendor.calls


# --- lost answers ---------------------------------------------------------------------------------


async def test_a_lost_order_is_found_by_the_engines_event(vendor: Vendor, wll: Wll) -> None:
    answering(vendor)
    vendor.on(ORDERS, httpx.ReadTimeout("late"))
    posting = wll.operator("post_order")
    with pytest.raises(AnswerLost):
        await posting.do(post())
    other = event("ev-0", type="ORDER_PLACED", payload={"order": {"transactionId": "chk_0"}})

    vendor.on(LIST, data([]), data([other]), data([other, PLACED]))
    assert await posting.find(post(), NOW) is None
    assert await posting.find(post(), NOW) is None
    found = await posting.find(post(sale=None), NOW)

    assert found is not None
    assert (found.transaction_id, found.points) == ("chk_1", 19)


async def test_orders_that_do_not_name_their_transaction_cannot_be_asked_about(
    vendor: Vendor, wll: Wll
) -> None:
    vendor.on(LIST, data([event("ev-0", type="ORDER_PLACED", payload={"total": 1950})]))

    with pytest.raises(Unanswerable):
        await wll.operator("post_order").find(post(), NOW)


async def test_a_lost_sale_event_is_found_by_our_key(vendor: Vendor) -> None:
    vendor.on(LIST, data([]), data([event("ev-9", type="SHOP_SALE", payload={"operationId": KEY})]))
    vendor.on(REACTIONS, reactions(19))
    vendor.on(WALLET, wallet(points=519))

    async with connected(sale_event="SHOP_SALE") as wll:
        assert await wll.operator("post_order").find(post(), NOW) is None
        found = await wll.operator("post_order").find(post(), NOW)

    assert found is not None
    assert found.reference == "ev-9"


async def test_a_vendor_that_lists_no_events_leaves_it_to_a_person(
    vendor: Vendor, wll: Wll
) -> None:
    vendor.on(LIST, no(403, "FORBIDDEN"))

    with pytest.raises(Unanswerable):
        await wll.operator("post_order").find(post(), NOW)


# --- returning ------------------------------------------------------------------------------------


async def test_earned_points_are_taken_back_by_an_event(vendor: Vendor, wll: Wll) -> None:
    vendor.on(REACTIONS, reactions(19))
    vendor.on(EVENTS, data(event("ev-10")))
    vendor.on(WALLET, wallet(points=500))

    undone = await wll.operator("post_order").undo(post(sale=None), EARNED)

    (body,) = vendor.bodies(EVENTS)
    assert (body["type"], body["subject"]) == ("REDEEMED_POINTS", M)
    assert body["payload"] == {
        "points": 19,
        "operationId": f"{KEY}!return",
        "transactionId": "chk_1",
        "storeId": "store-12",
    }
    assert (undone.reference, undone.points, undone.points_after) == ("ev-10", -19, 500)


async def test_what_was_earned_late_is_found_for_the_return(vendor: Vendor, wll: Wll) -> None:
    late = EARNED.model_copy(update={"data": {**EARNED.data, "event_id": None}})
    vendor.on(LIST, data([PLACED]))
    vendor.on(REACTIONS, reactions(19))
    vendor.on(EVENTS, data(event("ev-10")))
    vendor.on(WALLET, wallet())

    assert (await wll.operator("post_order").undo(post(), late)).points == -19


@pytest.mark.parametrize("done", [EARNED, Done(data={"member_id": None})])
async def test_what_earned_nothing_needs_no_return(vendor: Vendor, wll: Wll, done: Done) -> None:
    vendor.on(REACTIONS, reactions(0))

    assert (await wll.operator("post_order").undo(post(), done)).points == 0
    assert not vendor.asked(EVENTS)


async def test_reactions_that_cannot_be_read_leave_what_was_told(vendor: Vendor, wll: Wll) -> None:
    vendor.on(REACTIONS, httpx.Response(500))
    vendor.on(EVENTS, data(event("ev-10")))
    vendor.on(WALLET, wallet())

    told = EARNED.model_copy(update={"points": 7})
    assert (await wll.operator("post_order").undo(post(), told)).points == -7
    with pytest.raises(Refused):
        await wll.operator("post_order").undo(post(), EARNED)


async def test_without_an_event_that_takes_points_a_person_returns_them(vendor: Vendor) -> None:
    vendor.on(REACTIONS, reactions(19))

    async with connected(redeem_event=None) as wll:
        with pytest.raises(Refused):
            await wll.operator("post_order").undo(post(), EARNED)
        assert await wll.operator("post_order").find_undo(post(), EARNED, NOW) is not None


async def test_a_lost_return_is_found_by_our_key(vendor: Vendor, wll: Wll) -> None:
    ours = event("ev-10", payload={"points": 19, "operationId": f"{KEY}!return"})
    vendor.on(LIST, data([]), data([ours]))
    vendor.on(WALLET, wallet())
    posting = wll.operator("post_order")

    assert await posting.find_undo(post(), EARNED, NOW) is None
    found = await posting.find_undo(post(), EARNED, NOW)

    assert found is not None
    assert (found.reference, found.points) == ("ev-10", -19)
