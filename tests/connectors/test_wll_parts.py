"""Earned points are taken back, spent ones given back, once each and by parts."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.connectors.part_asks import goods, part
from tests.connectors.sandbox_server import Control
from tests.connectors.wll_cases import Box, connector, now, post, spend
from tillsaga.connectors.wll import Wll
from tillsaga.domain.effects import Done, EffectOrder
from tillsaga.errors import AnswerLost, NotSent, Refused
from tillsaga.sandbox.wll import world

applied = pytest.mark.parametrize("kind", ["drop_after", "error_after", "html_after", "malformed"])
not_applied = pytest.mark.parametrize("kind", ["drop_before", "error_before", "maintenance"])


@pytest.fixture
def shop(box: Control) -> Iterator[Box]:
    held = Box(box)
    yield held
    held.close()


@pytest.fixture
async def wll(shop: Box) -> AsyncIterator[Wll]:
    held = connector(shop)
    yield held
    await held.aclose()


async def done(wll: Wll, asked: EffectOrder) -> tuple[EffectOrder, Done]:
    return asked, await wll.operator(asked.operation).do(asked)


async def back(wll: Wll, points: int | None = 7, **request: Any) -> EffectOrder:
    """Ann has 500 points, and earns 19 by the sale."""
    return goods(
        *await done(wll, await post(wll)), {"1": "1"}, {"1": "1"}, points=points, **request
    )


async def given(wll: Wll, points: int = 120) -> EffectOrder:
    """300 of Ann's 500 points have paid 3.00."""
    return part(*await done(wll, await spend(wll)), "refund_points", amount=1_20, points=points)


@dataclass(frozen=True)
class Case:
    ask: Callable[[Wll], Awaitable[EffectOrder]]
    before: int
    after: int


CASES = {"return_lines": Case(back, 519, 512), "refund_points": Case(given, 200, 320)}
every_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES)


@every_case
async def test_a_part_comes_back(wll: Wll, shop: Box, case: Case) -> None:
    asked = await case.ask(wll)
    assert shop.points() == case.before

    done = await wll.operator(asked.operation).do(asked)

    assert shop.points() == case.after
    assert (done.points, done.points_after) == (case.after - case.before, case.after)


@every_case
@applied
async def test_a_part_that_came_back_is_found(wll: Wll, shop: Box, case: Case, kind: str) -> None:
    asked, since = await case.ask(wll), now()
    operator = wll.operator(asked.operation)
    shop.fault("event.report", kind, times=1)

    with pytest.raises(AnswerLost):
        await operator.do(asked)
    found = await operator.find(asked, since)

    assert found is not None
    assert found.points == case.after - case.before
    assert shop.points() == case.after


@every_case
@not_applied
async def test_a_part_that_did_not_come_back_is_not_found(
    wll: Wll, shop: Box, case: Case, kind: str
) -> None:
    asked, since = await case.ask(wll), now()
    operator = wll.operator(asked.operation)
    shop.fault("event.report", kind, times=1)

    with pytest.raises(AnswerLost):
        await operator.do(asked)

    assert await operator.find(asked, since) is None
    await operator.do(asked)
    assert shop.points() == case.after


@every_case
async def test_a_throttled_event_moved_nothing(wll: Wll, shop: Box, case: Case) -> None:
    asked = await case.ask(wll)
    shop.fault("event.report", "rate_limited", times=1)

    with pytest.raises(NotSent):
        await wll.operator(asked.operation).do(asked)

    assert shop.points() == case.before


@every_case
async def test_parts_of_one_effect_are_told_apart(wll: Wll, shop: Box, case: Case) -> None:
    asked, since = await case.ask(wll), now()
    await wll.operator(asked.operation).do(asked)
    other = asked.model_copy(update={"subject": asked.subject + "2"})

    assert await wll.operator(asked.operation).find(other, since) is None


async def test_a_sale_that_earned_nothing_takes_nothing_back(wll: Wll, shop: Box) -> None:
    asked = await back(wll, points=0)

    done = await wll.operator("return_lines").do(asked)

    assert (done.points, shop.points(), shop.events(world.SPEND_TYPE)) == (0, 519, [])


async def test_what_was_earned_late_is_asked_for(wll: Wll, shop: Box) -> None:
    """Without a figure a third of what the reactors gave goes back, and then the rest."""
    first = await back(wll, None, paid={"before": 0, "after": 10_00, "sold": 30_00})
    last = first.model_copy(
        update={
            "subject": "rest",
            "request": first.request | {"paid": {"before": 10_00, "after": 30_00, "sold": 30_00}},
        }
    )
    returning = wll.operator("return_lines")

    assert await wll.foresee_return(first) == (await returning.do(first)).points == -6
    assert (await returning.do(last)).points == -13
    assert shop.points() == 500


async def test_without_an_event_that_takes_points_a_person_does(shop: Box) -> None:
    wll = connector(shop, redeem_event=None)
    try:
        with pytest.raises(Refused):
            await wll.operator("return_lines").do(await back(wll))
    finally:
        await wll.aclose()
    assert shop.points() == 519


async def test_a_cap_that_cuts_points_short_is_put_before_a_person(wll: Wll, shop: Box) -> None:
    asked = await given(wll)
    shop.switch(earn_cap_points=100)

    done = await wll.operator("refund_points").do(asked)

    assert shop.points() == 300
    assert [(c.code, c.detail) for c in done.concerns] == [
        ("vendor_mismatch", "the wallet shows 20 points less than were given back")
    ]


@pytest.mark.parametrize(
    ("policy", "points", "concerns"),
    [("negative", -4, []), ("floor", 0, []), ("review", 3, ["points_spent"])],
)
async def test_spent_points_follow_the_stores_policy(
    wll: Wll, shop: Box, policy: str, points: int, concerns: list[str]
) -> None:
    asked = await back(wll, spent_points=policy)
    await take(wll, 516)

    foreseen = await wll.foresee_return(asked)
    done = await wll.operator("return_lines").do(asked)

    assert shop.points() == points
    assert [concern.code for concern in done.concerns] == concerns
    assert foreseen == done.points == points - 3


async def test_a_debt_is_not_made_greater_by_asking_twice(wll: Wll, shop: Box) -> None:
    asked = await back(wll)
    await take(wll, 516)
    since = now()
    shop.fault("event.report", "drop_after", times=1)
    with pytest.raises(AnswerLost):
        await wll.operator("return_lines").do(asked)

    assert await wll.operator("return_lines").find(asked, since) is not None
    assert shop.points() == -4


async def take(wll: Wll, points: int) -> None:
    """Let the customer spend points elsewhere."""
    await wll._parts.events.report(world.SPEND_TYPE, world.MEMBER, {"points": points})
