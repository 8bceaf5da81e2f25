"""Points as payment: offered, taken, given back, found again (sheet 3.6 to 3.8, seed)."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.connectors.wll_asks import (
    DRY_RUN,
    EVENTS,
    KEY,
    LIST,
    MEMBER,
    NOW,
    OTHER_DRY_RUN,
    WALLET,
    M,
    Vendor,
    at,
    at_vendor,
    connected,
    data,
    event,
    no,
    reactions,
    spend,
    user,
    wallet,
)
from tillsaga.connectors.wll import Wll
from tillsaga.domain.effects import Done
from tillsaga.domain.model import Json
from tillsaga.domain.ports import FoundTender
from tillsaga.errors import AnswerLost, NotSent, Refused, Unanswerable

DONE = Done(reference="ev-1", data={"event_id": "ev-1", "points": 300})


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    with at_vendor() as answering:
        yield answering


@pytest.fixture
async def wll() -> AsyncIterator[Wll]:
    async with connected() as connector:
        yield connector


async def offered(vendor: Vendor, wll: Wll, points: int = 500) -> FoundTender | None:
    vendor.on(WALLET, wallet(points=points))
    return await wll.find_tender("points", None, MEMBER, None, 2_00)


def set_up(vendor: Vendor, points: int = 200) -> None:
    vendor.on(DRY_RUN, reactions(-points), reactions(points))


def refund(**more: Any) -> Json:
    return event("ev-2", type="POINTS_REFUND", **more)


# --- the tender -----------------------------------------------------------------------------------


async def test_the_members_points_can_pay(vendor: Vendor, wll: Wll) -> None:
    set_up(vendor)

    found = await offered(vendor, wll)

    assert found is not None
    assert (found.available_amount, found.points, found.planned) == (5_00, 500, False)
    assert (found.step.operation, found.step.subject) == ("spend_points", M)


async def test_trap_8_ratio_and_reactors_are_proved_once_without_effect(
    vendor: Vendor, wll: Wll
) -> None:
    set_up(vendor)

    await offered(vendor, wll)
    await offered(vendor, wll)

    asked = vendor.bodies(DRY_RUN)
    assert [(body["type"], body["payload"]) for body in asked] == [
        ("REDEEMED_POINTS", {"points": 200}),
        ("POINTS_REFUND", {"points": 200}),
    ]
    assert not vendor.asked(EVENTS)


@pytest.mark.parametrize(
    ("taken", "given"),
    [
        (reactions(0), reactions(200)),
        (reactions(-100), reactions(200)),
        (reactions(-200), reactions(0)),
        (no(404, "EVENT_TYPE_NOT_FOUND"), reactions(200)),
        (reactions(-200), no(404, "EVENT_TYPE_NOT_FOUND")),
    ],
)
async def test_trap_8_without_the_reactors_no_points_are_taken(
    vendor: Vendor, wll: Wll, taken: httpx.Response, given: httpx.Response
) -> None:
    vendor.on(DRY_RUN, taken, given)

    with pytest.raises(Refused) as refused:
        await offered(vendor, wll)

    assert refused.value.code == "tender_refused"
    set_up(vendor)
    assert await offered(vendor, wll) is not None


@pytest.mark.parametrize("missing", [no(404, "ROUTE_NOT_FOUND"), httpx.Response(404, text="<p>")])
async def test_the_dry_run_may_be_at_its_other_address(
    vendor: Vendor, wll: Wll, missing: httpx.Response
) -> None:
    vendor.on(DRY_RUN, missing)
    vendor.on(OTHER_DRY_RUN, reactions(-200), reactions(200))

    assert await offered(vendor, wll) is not None
    assert len(vendor.asked(DRY_RUN)) == 1


async def test_a_vendor_without_a_dry_run_cannot_be_trusted_with_points(
    vendor: Vendor, wll: Wll
) -> None:
    vendor.on(DRY_RUN, httpx.Response(404))
    vendor.on(OTHER_DRY_RUN, httpx.Response(404))

    with pytest.raises(NotSent):
        await offered(vendor, wll)


@pytest.mark.parametrize("points", [0, -500])
async def test_who_has_no_points_is_offered_nothing(vendor: Vendor, wll: Wll, points: int) -> None:
    found = await offered(vendor, wll, points)

    assert found is not None
    assert (found.available_amount, found.points) == (0, 0)
    assert not vendor.asked(DRY_RUN)


async def test_points_need_a_customer_and_only_the_members(vendor: Vendor, wll: Wll) -> None:
    vendor.on("GET users/9999999", no(404, "USER_NOT_FOUND"))
    vendor.on("GET users/4821075", user(isRestricted=True))

    with pytest.raises(Refused, match="identified first"):
        await wll.find_tender("points", None, None)
    for reference in ("9999999", "4821075"):
        with pytest.raises(Refused) as refused:
            await wll.find_tender("points", reference, MEMBER)
        assert refused.value.code == "member_not_found"


@pytest.mark.parametrize("missing", ["redeem_event", "refund_event", "points_per_unit"])
async def test_a_store_without_point_events_takes_none(vendor: Vendor, missing: str) -> None:
    without: dict[str, Any] = {missing: None}
    async with connected(**without) as wll:
        assert await wll.find_tender("points", None, MEMBER) is None
        with pytest.raises(KeyError):
            wll.operator("spend_points")


async def test_other_tenders_are_not_the_vendors(wll: Wll) -> None:
    assert await wll.find_tender("giftcard", "X", MEMBER) is None
    assert await wll.look_up_card("X") is None


# --- spending -------------------------------------------------------------------------------------


async def test_points_are_taken_by_an_event_that_names_the_effect(vendor: Vendor, wll: Wll) -> None:
    vendor.on(WALLET, wallet(points=500), wallet(points=200))
    vendor.on(EVENTS, data(event()))

    done = await wll.operator("spend_points").do(spend())

    assert vendor.bodies(EVENTS) == [
        {
            "type": "REDEEMED_POINTS",
            "subject": M,
            "executor": "tillsaga",
            "occurredAt": "2026-03-01T10:00:00.000Z",
            "payload": {
                "points": 300,
                "operationId": KEY,
                "transactionId": "chk_1",
                "storeId": "store-12",
            },
        }
    ]
    assert done.data == {"event_id": "ev-1", "operation_id": KEY, "points": 300}
    assert (done.points, done.points_after, done.balance_after_amount) == (-300, 200, 2_00)
    assert done.transaction_id == "ev-1"


async def test_w11_more_than_the_balance_is_refused_here(vendor: Vendor, wll: Wll) -> None:
    vendor.on(WALLET, wallet(points=500))

    with pytest.raises(Refused) as refused:
        await wll.operator("spend_points").do(spend(10_00))

    assert refused.value.code == "insufficient_balance"
    assert not vendor.asked(EVENTS)


async def test_without_an_amount_nothing_is_taken(vendor: Vendor, wll: Wll) -> None:
    with pytest.raises(Refused):
        await wll.operator("spend_points").do(spend().model_copy(update={"amount": 0}))

    assert not vendor.calls


async def test_a_part_point_costs_a_whole_one(vendor: Vendor) -> None:
    vendor.on(WALLET, wallet(points=500))
    vendor.on(EVENTS, data(event()))

    async with connected(points_per_unit=0.5) as wll:
        await wll.operator("spend_points").do(spend(2_01))

    assert vendor.bodies(EVENTS)[0]["payload"]["points"] == 2  # type: ignore[index,call-overload]


async def test_trap_5_points_that_a_slow_wallet_still_shows_are_not_spent_twice(
    vendor: Vendor,
) -> None:
    clock = [NOW]
    vendor.on(WALLET, wallet(points=500))
    vendor.on(EVENTS, data(event()))
    async with connected(lambda: clock[0]) as wll:
        spending = wll.operator("spend_points")
        await spending.do(spend())

        with pytest.raises(Refused) as refused:
            await spending.do(spend(generation=2))
        assert str(refused.value).endswith("200 points are available")
        clock[0] += timedelta(seconds=31)
        await spending.do(spend(generation=3))


async def test_trap_4_a_balance_below_zero_is_told(vendor: Vendor, wll: Wll) -> None:
    vendor.on(WALLET, wallet(points=500), wallet(points=-100))
    vendor.on(EVENTS, data(event()))

    done = await wll.operator("spend_points").do(spend())

    assert done.data["overdrawn"] == 100
    assert done.balance_after_amount == 0


# --- giving back ----------------------------------------------------------------------------------


async def test_w13_points_are_given_back_by_an_event_that_names_the_first(
    vendor: Vendor, wll: Wll
) -> None:
    spending = wll.operator("spend_points")
    vendor.on(WALLET, *(wallet(points=points) for points in (500, 200, 200, 500)))
    vendor.on(EVENTS, data(event()), data(refund()))

    undone = await spending.undo(spend(), await spending.do(spend()))

    taken, given = vendor.bodies(EVENTS)
    assert (taken["type"], given["type"]) == ("REDEEMED_POINTS", "POINTS_REFUND")
    assert given["payload"] == {
        "points": 300,
        "operationId": f"{KEY}!refund",
        "refundsOperationId": KEY,
        "transactionId": "chk_1",
        "storeId": "store-12",
    }
    assert (undone.points, undone.points_after) == (300, 500)
    assert undone.data == {"event_id": "ev-2", "points": 300}


@pytest.mark.parametrize(
    ("after", "said"),
    [
        (350, {"shortfall": 150}),
        (200, {"shortfall": 300, "unconfirmed": True}),
    ],
)
async def test_trap_9_a_refund_that_a_cap_cuts_short_is_told(
    vendor: Vendor, wll: Wll, after: int, said: Json
) -> None:
    vendor.on(WALLET, wallet(points=200), wallet(points=after))
    vendor.on(EVENTS, data(refund()))

    undone = await wll.operator("spend_points").undo(spend(), DONE)

    assert undone.data == {"event_id": "ev-2", "points": 300, **said}


async def test_points_are_given_back_though_the_wallet_cannot_be_read(
    vendor: Vendor, wll: Wll
) -> None:
    vendor.on(WALLET, httpx.Response(500))
    vendor.on(EVENTS, data(refund()))

    undone = await wll.operator("spend_points").undo(spend(), DONE)

    assert (undone.reference, undone.points_after) == ("ev-2", None)


async def test_points_that_came_back_can_be_spent_at_once(vendor: Vendor, wll: Wll) -> None:
    spending = wll.operator("spend_points")
    vendor.on(WALLET, wallet(points=500))
    vendor.on(EVENTS, data(event()), data(refund()), data(event("ev-3")))
    done = await spending.do(spend())
    await spending.undo(spend(), done)

    assert (await spending.do(spend(5_00, generation=2))).points == -500


# --- lost answers ---------------------------------------------------------------------------------


async def test_a_lost_event_is_found_by_our_key(vendor: Vendor, wll: Wll) -> None:
    spending = wll.operator("spend_points")
    vendor.on(WALLET, wallet())
    vendor.on(EVENTS, httpx.ReadTimeout("late"))
    with pytest.raises(AnswerLost):
        await spending.do(spend())
    other = event("ev-0", payload={"points": 300, "operationId": "chk_0/spend_points"})
    ours = event(payload={"points": 300, "operationId": KEY})

    vendor.on(LIST, data([other]), data([other, ours]))
    vendor.on(WALLET, wallet(points=200))
    assert await spending.find(spend(), NOW) is None
    found = await spending.find(spend(), NOW)

    assert found is not None
    assert (found.reference, found.points, found.points_after) == ("ev-1", -300, 200)
    assert vendor.asked(LIST)[0].url.params["type"] == "REDEEMED_POINTS"


async def test_a_lost_refund_is_found_by_what_it_refunds(vendor: Vendor, wll: Wll) -> None:
    spending = wll.operator("spend_points")
    wrong_type = event(payload={"refundsOperationId": KEY})
    ours = refund(payload={"points": 300, "refundsOperationId": KEY})
    vendor.on(WALLET, wallet())

    vendor.on(LIST, data([wrong_type]), data([wrong_type, ours]))
    assert await spending.find_undo(spend(), DONE, NOW) is None
    found = await spending.find_undo(spend(), DONE, NOW)

    assert found is not None
    assert (found.reference, found.points) == ("ev-2", 300)


async def test_a_list_is_read_to_its_end_or_to_the_time_in_question(
    vendor: Vendor, wll: Wll
) -> None:
    mixed = [event(f"a-{i}", (i * 37) % 100) for i in range(200)]
    older = [event(f"b-{i}", -i * 10) for i in range(200)]
    vendor.on(LIST, data(mixed), data(older), data([]))

    assert await wll.operator("spend_points").find(spend(), NOW) is None

    assert [request.url.params["skip"] for request in vendor.asked(LIST)] == ["0", "200"]


async def test_a_list_without_end_leaves_it_open(vendor: Vendor, wll: Wll) -> None:
    vendor.on(LIST, data([event(f"a-{i}", i) for i in range(200)]))

    with pytest.raises(NotSent):
        await wll.operator("spend_points").find(spend(), NOW)


async def test_a_vendor_that_lists_nothing_leaves_it_to_a_person_with_a_hint(
    vendor: Vendor, wll: Wll
) -> None:
    vendor.on(LIST, no(403, "FORBIDDEN"))
    vendor.on(WALLET, wallet(points=200))

    with pytest.raises(Unanswerable, match="200 points"):
        await wll.operator("spend_points").find(spend(), NOW)


async def test_a_found_event_needs_no_wallet(vendor: Vendor, wll: Wll) -> None:
    vendor.on(LIST, data([event(payload={"operationId": KEY, "at": at(1)})]))
    vendor.on(WALLET, httpx.Response(503))

    found = await wll.operator("spend_points").find(spend(), NOW)

    assert found is not None
    assert (found.points, found.points_after) == (-300, None)
