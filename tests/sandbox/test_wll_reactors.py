"""Sheet 2.2, 3.6 and 3.7: reactions, their delay and cap, and the dry run."""

from typing import Any

import pytest
import pytest_asyncio

from tests.sandbox.wll_till import WllTill, event
from tillsaga.sandbox.wll import world

pytestmark = pytest.mark.asyncio
DRY_RUN, OLD_DRY_RUN = "/commands/test_reaction", "/events/test_reaction"


@pytest_asyncio.fixture
async def wll(till: Any) -> WllTill:
    return WllTill(till)


async def test_reactions_of_an_event_are_told(wll: WllTill) -> None:
    """Sheet 3.8: did the reaction run?"""
    made = await wll.event(points=300)
    reaction = (await wll.ok("GET", f"/events/{made['id']}/reactions"))[0]

    assert reaction["reactor"] == {"id": world.SPEND_REACTOR, "name": "Spend points"}
    assert (reaction["type"], reaction["points"]) == ("POINTS", -300)
    assert await wll.refused("GET", "/events/none/reactions") == (404, "EVENT_NOT_FOUND")


async def test_a_reaction_comes_after_its_delay_by_the_clock(wll: WllTill) -> None:
    """Sheet 1, processing; 5, traps 5 and 19: a wallet read right after shows the old balance."""
    await wll.switch(reaction_delay_seconds=5)
    made = await wll.event(points=300)
    await wll.advance(4)
    waiting = (await wll.books())["points"][world.MEMBER]
    assert (waiting["balance"], waiting["pending"]) == (500, -300)
    assert await wll.ok("GET", f"/events/{made['id']}/reactions") == []
    await wll.advance(1)

    assert await wll.points() == 200
    assert (await wll.books())["points"][world.MEMBER]["pending"] == 0


async def test_a_late_reaction_is_dated_when_it_was_due(wll: WllTill) -> None:
    await wll.switch(reaction_delay_seconds=5)
    await wll.event(points=300)
    await wll.advance(3600)

    entry = (await wll.books())["points"][world.MEMBER]["entries"][-1]
    assert entry["created_at"] == "2026-03-01T10:00:05.000Z"


async def test_reactions_held_back_run_once_the_switch_is_a_number(wll: WllTill) -> None:
    await wll.switch(reaction_delay_seconds=None)
    await wll.event(points=300)
    await wll.advance(86_400)
    assert await wll.points() == 500
    await wll.switch(reaction_delay_seconds=0)

    assert await wll.points() == 200


async def test_one_events_reactions_are_delayed_by_a_fault_rule(wll: WllTill) -> None:
    await wll.fault("old_shape", "event.report", switches={"reaction_delay_seconds": 60})
    await wll.event(points=100)
    await wll.event(points=30)
    assert await wll.points() == 470
    await wll.advance(60)

    assert await wll.points() == 370


async def test_an_old_balance_lets_two_systems_overspend(wll: WllTill) -> None:
    """Sheet 5, trap 4: different systems can still race."""
    await wll.switch(reaction_delay_seconds=5)
    await wll.event(points=400)
    assert await wll.points() == 500
    await wll.event(points=300)
    await wll.advance(5)

    assert await wll.points() == -200


@pytest.mark.parametrize(("cap", "granted"), [(0, 0), (100, 100), (250, 250), (1000, 300)])
async def test_an_earn_cap_cuts_a_refund_short(wll: WllTill, cap: int, granted: int) -> None:
    """Sheet 5, trap 9: caps count all positive adjustments and drop the excess."""
    await wll.switch(earn_cap_points=cap)
    await wll.event(points=300)
    made = await wll.event(world.REFUND_TYPE, points=300)

    assert await wll.points() == 200 + granted
    reaction = (await wll.ok("GET", f"/events/{made['id']}/reactions"))[0]
    assert reaction["points"] == granted


async def test_a_cap_is_for_a_member_and_a_day(wll: WllTill) -> None:
    await wll.switch(earn_cap_points=100)
    await wll.event(world.REFUND_TYPE, points=90)
    await wll.event(world.REFUND_TYPE, points=90)
    assert await wll.points() == 600
    second = event(world.REFUND_TYPE, points=90) | {"subject": world.SECOND}
    await wll.ok("POST", "/events", second)
    await wll.advance(86_400)
    await wll.event(world.REFUND_TYPE, points=90)

    assert (await wll.points(), await wll.points(world.SECOND)) == (690, 130)


@pytest.mark.parametrize("path", [DRY_RUN, OLD_DRY_RUN])
async def test_a_dry_run_tells_the_reactions_and_has_none(wll: WllTill, path: str) -> None:
    """Sheet 3.7: response, and both paths."""
    before = await wll.books()
    reactor = {"id": world.SPEND_REACTOR, "name": "Spend points"}
    told = await wll.ok("POST", path, event(points=300))

    assert told == [{"reactor": reactor, "reactions": [{"type": "POINTS", "points": -300}]}]
    assert await wll.books() == before


async def test_a_dry_run_shows_whether_refunds_are_set_up(wll: WllTill) -> None:
    """Sheet 5, trap 8: POINTS_REFUND must show +points; no member need be named."""
    refund = {"type": world.REFUND_TYPE, "payload": {"points": 1}}
    told = await wll.ok("POST", DRY_RUN, refund)
    assert told[0]["reactions"] == [{"type": "POINTS", "points": 1}]
    other = {"key": world.OTHER_API_KEY, "token": world.OTHER_TOKEN}

    missing = await wll.refused("POST", DRY_RUN, refund, **other)
    assert missing == (404, "EVENT_TYPE_NOT_FOUND")
    assert await wll.ok("POST", DRY_RUN, event(world.IDLE_TYPE, points=1)) == []


async def test_a_dry_run_shows_what_an_order_would_earn(wll: WllTill) -> None:
    told = await wll.ok("POST", DRY_RUN, event("ORDER_PLACED", total=100_00))

    reactions = [one["reactions"][0] for one in told]
    voucher = {"type": "VOUCHER", "reward": {"id": world.FIVE_OFF}}
    assert reactions == [{"type": "POINTS", "points": 100}, voucher]


@pytest.mark.parametrize(
    ("served", "path", "other"),
    [("commands", DRY_RUN, OLD_DRY_RUN), ("events", OLD_DRY_RUN, DRY_RUN)],
)
async def test_one_path_of_the_dry_run_may_be_missing(
    wll: WllTill, served: str, path: str, other: str
) -> None:
    """Sheet 3.7: path conflict, fallback on 404."""
    await wll.switch(test_reaction_path=served)
    await wll.ok("POST", path, event(points=1))

    assert await wll.refused("POST", other, event(points=1)) == (404, "NOT_FOUND")


async def test_a_dry_run_checks_like_a_report(wll: WllTill) -> None:
    wrong = event(points=0)

    assert await wll.refused("POST", DRY_RUN, wrong) == (400, "PAYLOAD_SCHEMA_MISMATCH")
    nobody = event(points=1) | {"subject": "nobody"}
    assert await wll.refused("POST", DRY_RUN, nobody) == (404, "SUBJECT_NOT_FOUND")
