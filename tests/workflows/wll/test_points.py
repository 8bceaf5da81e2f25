"""White Label points as payment: an event takes them, another gives them back exactly once."""

from typing import Any

import pytest

from tests.support.books import wll as books
from tests.support.finding import effects, tenders
from tests.support.shop import Checkout, Shop
from tests.workflows.wll.asks import cases, covered, stages
from tillsaga.domain import messages as m
from tillsaga.sandbox.wll import world

SPEND = f"spend_points:wll:{world.MEMBER}#1"
SPENT_AND_GIVEN = {world.SPEND_TYPE: 1, world.REFUND_TYPE: 1}
POINTS = m.AddTender(type="points")


async def report(shop: Shop, type_: str, points: int) -> None:
    """Another system moves the member's points."""
    headers = {"X-Api-Key": world.API_KEY, "Authorization": f"Bearer {world.TOKEN}"}
    body = {"type": type_, "subject": world.MEMBER, "executor": "another system"}
    body["occurredAt"] = "2026-03-01T10:18:00.000Z"
    event: dict[str, Any] = {**body, "payload": {"points": points}}
    answer = await shop.http.post("/wll/api/v1/events", json=event, headers=headers)
    assert answer.is_success, answer.text


async def test_points_pay_what_is_due_and_the_sale_earns(shop: Shop) -> None:
    before = await shop.books("wll")
    checkout, due = await covered(shop, points=3_00)
    assert due == 8_50
    assert checkout.view["tenders"] == [
        {
            "id": "tnd_1",
            "type": "points",
            "provider": "wll",
            "reference": None,
            "amount": 3_00,
            "points": 300,
            "status": "charged",
            "balance_after_amount": 2_00,
        }
    ]
    order = [("spend_points", "apply"), ("payment", "pivot"), ("post_order", "earn")]
    assert await stages(checkout) == order

    await checkout.pay(due, "authorized")
    seen = await checkout.pay(due)

    assert (seen["status"], seen["totals"]["tender_amount"]) == ("completed", 3_00)
    assert seen["earned"] == [{"provider": "wll", "points": 11, "balance_after": 211}]
    after = await shop.books("wll")
    moved = {world.MEMBER: 11 - 300, "orders": 1, world.SPEND_TYPE: 1}
    assert books.moved(before, after) == moved
    [spent] = books.payloads(after, world.SPEND_TYPE)
    assert spent == {
        "points": 300,
        "operationId": f"{checkout.id}/spend_points/wll/{world.MEMBER}#1",
        "transactionId": checkout.id,
        "storeId": world.VENUE,
        "cashierId": "c-17",
    }


async def test_all_points_are_taken_where_no_amount_is_said_and_never_more(
    one_shop: Shop,
) -> None:
    checkout = await one_shop.open(None, world.MEMBER_ACCOUNT)
    more = m.AddTender(type="points", amount=5_01)
    assert await checkout.refused("add_tender", more) == "insufficient_balance"
    assert "event.report" not in await one_shop.asked("wll")

    seen = await checkout.points()

    assert (tenders(seen), seen["tenders"][0]["points"]) == ([("charged", 5_00)], 500)
    again = await checkout.points(5_00)
    assert tenders(again) == [("charged", 5_00)]
    assert await checkout.refused("add_tender", m.AddTender(type="points", amount=1)) == (
        "tender_exists"
    )
    assert books.balance(await one_shop.books("wll"), world.MEMBER) == 0


async def test_points_spent_elsewhere_since_the_quote_are_not_spent_twice(one_shop: Shop) -> None:
    checkout = await one_shop.open(None, world.MEMBER_ACCOUNT)
    await report(one_shop, world.SPEND_TYPE, 400)

    more = m.AddTender(type="points", amount=3_00)
    assert await checkout.refused("add_tender", more) == "insufficient_balance"

    assert tenders(await checkout.points()) == [("charged", 1_00)]
    assert books.lowest(await one_shop.books("wll"), world.MEMBER) == 0


async def test_two_checkouts_of_one_member_never_spend_the_same_points(shop: Shop) -> None:
    first = await shop.open(None, world.MEMBER_ACCOUNT)
    second = await shop.open(None, world.MEMBER_ACCOUNT)
    await first.points(3_00)
    assert await second.refused("add_tender", POINTS) == "offer_held"

    due = await first.ready()
    await first.pay(due)
    assert await first.ended() == "completed"

    seen = await second.points()
    assert [t for t in tenders(seen) if t[0] == "charged"] == [("charged", 2_11)]
    assert books.lowest(await shop.books("wll"), world.MEMBER) == 0


@pytest.mark.parametrize("way", ["removed", "declined", "cancelled", "abandoned"])
async def test_points_come_back_exactly_once(shop: Shop, way: str) -> None:
    before = await shop.books("wll")
    checkout, due = await covered(shop, points=3_00)

    await given_up(shop, checkout, due, way)

    seen = await checkout.seen()
    assert (tenders(seen), seen["attention"]) == ([("reversed", 3_00)], [])
    assert effects(seen, "spend_points") == ["reversed"]
    after = await shop.books("wll")
    assert books.moved(before, after) == SPENT_AND_GIVEN
    [given] = books.payloads(after, world.REFUND_TYPE)
    key = f"{checkout.id}/spend_points/wll/{world.MEMBER}#1"
    assert (given["points"], given["refundsOperationId"]) == (300, key)
    assert (given["transactionId"], given["cashierId"]) == (checkout.id, "c-17")


async def given_up(shop: Shop, checkout: Checkout, due: int, way: str) -> None:
    """Give the points tender up, one way or another."""
    if way == "removed":
        await checkout.ok("reopen", m.Reopen())
        await checkout.ok("remove_tender", m.RemoveTender(tender_id="tnd_1"))
    elif way == "declined":
        await checkout.pay(due, "declined", final=True)
    elif way == "cancelled":
        await checkout.ok("cancel", m.Cancel(reason="the customer left"))
    else:
        await shop.env.sleep(16 * 60)
        await checkout.becomes("expired")


async def test_points_are_taken_again_for_another_amount(one_shop: Shop) -> None:
    before = await one_shop.books("wll")
    checkout = await one_shop.open(None, world.MEMBER_ACCOUNT)
    await checkout.points(3_00)
    await checkout.ok("remove_tender", m.RemoveTender(tender_id="tnd_1"))

    seen = await checkout.points(1_00)

    assert tenders(seen) == [("reversed", 3_00), ("charged", 1_00)]
    moved = {world.MEMBER: -100, world.SPEND_TYPE: 2, world.REFUND_TYPE: 1}
    assert books.moved(before, await one_shop.books("wll")) == moved


@pytest.mark.parametrize("kind", ["drop_after", "error_after", "drop_before"])
async def test_a_lost_answer_of_the_spending_takes_the_points_once(
    one_shop: Shop, kind: str
) -> None:
    before = await one_shop.books("wll")
    checkout = await one_shop.open(None, world.MEMBER_ACCOUNT)
    await one_shop.fault(kind, "event.report", "wll")
    reply = await checkout.say("add_tender", m.AddTender(type="points", amount=3_00))

    if kind == "drop_before":
        # It is not there yet, which proves nothing until the vendor has had its time.
        assert (reply.status, tenders(reply.checkout)) == (202, [("in_doubt", 3_00)])
        seen = await checkout.until(lambda seen: tenders(seen) != [("in_doubt", 3_00)])
        assert tenders(seen) == [("refused", 3_00)]
        assert tenders(await checkout.points(3_00))[-1] == ("charged", 3_00)
    else:
        assert (reply.status, tenders(reply.checkout)) == (200, [("charged", 3_00)])
    moved = {world.MEMBER: -300, world.SPEND_TYPE: 1}
    assert books.moved(before, await one_shop.books("wll")) == moved


@pytest.mark.parametrize("kind", ["drop_after", "drop_before", "maintenance"])
async def test_a_lost_answer_of_the_refund_gives_the_points_back_once(
    one_shop: Shop, kind: str
) -> None:
    before = await one_shop.books("wll")
    checkout, due = await covered(one_shop, points=3_00)
    await one_shop.fault(kind, "event.report", "wll")

    seen = await checkout.pay(due, "declined", final=True)

    assert (seen["status"], tenders(seen)) == ("cancelled", [("reversed", 3_00)])
    assert books.moved(before, await one_shop.books("wll")) == SPENT_AND_GIVEN


async def test_points_that_a_cap_keeps_back_are_before_a_person(one_shop: Shop) -> None:
    before = await one_shop.books("wll")
    checkout, due = await covered(one_shop, points=3_00)
    await one_shop.switch("wll", earn_cap_points=100)

    seen = await checkout.pay(due, "declined", final=True)

    assert (seen["status"], cases(seen)) == ("cancelled", [("vendor_mismatch", SPEND)])
    words = seen["attention"][0]["detail"]
    assert words == "spend points: the wallet shows 200 points less than were given back"
    moved = SPENT_AND_GIVEN | {world.MEMBER: -200}
    assert books.moved(before, await one_shop.books("wll")) == moved


async def test_a_slow_reactor_lets_nobody_spend_what_is_gone(one_shop: Shop) -> None:
    await one_shop.switch("wll", reaction_delay_seconds=60)
    checkout = await one_shop.open(None, world.MEMBER_ACCOUNT)
    seen = await checkout.points(3_00)
    assert (tenders(seen), seen["attention"]) == ([("charged", 3_00)], [])
    due = await checkout.ready()
    await checkout.pay(due)
    assert await checkout.ended() == "completed"

    other = await one_shop.open(None, world.MEMBER_ACCOUNT)
    await one_shop.control("POST", "/clock", {"advance_seconds": 61})

    await other.points()
    assert books.lowest(await one_shop.books("wll"), world.MEMBER) >= 0


async def test_the_tenant_must_be_set_up_to_take_points_and_give_them_back(
    one_shop: Shop,
) -> None:
    await one_shop.switch("wll", test_reaction_path="commands")
    checkout = await one_shop.open(None, world.SECOND_ACCOUNT)
    assert tenders(await checkout.points()) == [("charged", 40)]

    nobody = await one_shop.open()
    assert await nobody.refused("add_tender", POINTS) == "member_required"
