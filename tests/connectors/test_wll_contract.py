"""The connector against the sandbox: two readings of one contract, over real HTTP."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import pytest

from tests.connectors.sandbox_server import Control
from tests.connectors.wll_cases import CASES, UNDONE, Box, Case, connector, now
from tillsaga.connectors.wll import Wll
from tillsaga.errors import AnswerLost, NotSent, Refused, Unavailable

every_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES)
every_undo = pytest.mark.parametrize("case", UNDONE.values(), ids=UNDONE)
applied = pytest.mark.parametrize("kind", ["drop_after", "error_after", "html_after", "malformed"])
not_applied = pytest.mark.parametrize("kind", ["drop_before", "error_before", "maintenance"])


@pytest.fixture
def shop(box: Control) -> Iterator[Box]:
    held = Box(box)
    yield held
    held.close()


@pytest.fixture
async def wll(shop: Box, case: Case) -> AsyncIterator[Wll]:
    held = connector(shop, **dict(case.settings))
    yield held
    await held.aclose()


@every_case
async def test_it_is_done_once(wll: Wll, shop: Box, case: Case) -> None:
    asked = await case.ask(wll)
    before = case.trace(shop)

    await wll.operator(asked.operation).do(asked)

    assert (before, case.trace(shop)) == (case.before, case.after)


@every_case
@applied
async def test_what_was_done_is_found(wll: Wll, shop: Box, case: Case, kind: str) -> None:
    asked, since = await case.ask(wll), now()
    operator = wll.operator(asked.operation)
    case.fault(shop, kind)

    with pytest.raises(AnswerLost):
        await operator.do(asked)
    found = await operator.find(asked.model_copy(update={"sale": None}), since)

    assert found is not None
    assert case.trace(shop) == case.after


@every_case
@not_applied
async def test_what_was_not_done_is_not_found(wll: Wll, shop: Box, case: Case, kind: str) -> None:
    asked, since = await case.ask(wll), now()
    operator = wll.operator(asked.operation)
    case.fault(shop, kind)

    with pytest.raises(AnswerLost):
        await operator.do(asked)

    assert await operator.find(asked, since) is None
    await operator.do(asked)
    assert case.trace(shop) == case.after


@every_case
async def test_what_comes_late_is_found_later(wll: Wll, shop: Box, case: Case) -> None:
    asked, since = await case.ask(wll), now()
    operator = wll.operator(asked.operation)
    shop.fault(case.do, "late", times=1, after=case.calls_before, delay_ms=50)

    with pytest.raises(AnswerLost):
        await operator.do(asked)
    for _ in range(500):
        if case.trace(shop) == case.after:
            break
        await asyncio.sleep(0.01)

    assert await operator.find(asked, since) is not None


@every_case
async def test_an_answer_that_takes_too_long_is_a_lost_one(shop: Box, case: Case) -> None:
    hurried = connector(shop, timedelta(seconds=1), **dict(case.settings))
    asked, since = await case.ask(hurried), now()
    operator = hurried.operator(asked.operation)
    shop.fault(case.do, "delay", times=1, after=case.calls_before, delay_ms=1500)

    with pytest.raises(AnswerLost):
        await operator.do(asked)

    assert await operator.find(asked, since) is not None
    assert case.trace(shop) == case.after
    await hurried.aclose()


@every_case
async def test_a_throttled_call_did_nothing(wll: Wll, shop: Box, case: Case) -> None:
    asked = await case.ask(wll)
    case.fault(shop, "rate_limited")

    with pytest.raises(NotSent):
        await wll.operator(asked.operation).do(asked)

    await wll.operator(asked.operation).do(asked)
    assert case.trace(shop) == case.after


@every_case
async def test_what_was_done_gives_the_same_answer_found(wll: Wll, shop: Box, case: Case) -> None:
    asked, since = await case.ask(wll), now()
    operator = wll.operator(asked.operation)

    done = await operator.do(asked)
    found = await operator.find(asked, since)

    assert found is not None
    assert found.transaction_id == done.transaction_id
    assert (found.points, found.points_after) == (done.points, done.points_after)


@every_case
async def test_a_token_that_ended_is_renewed_on_the_way(wll: Wll, shop: Box, case: Case) -> None:
    asked = await case.ask(wll)
    shop.advance(25 * 3600)

    await wll.operator(asked.operation).do(asked)

    assert case.trace(shop) == case.after
    assert shop.asked("oauth.token") == 2


# --- taking back ----------------------------------------------------------------------------------


@every_undo
async def test_it_is_taken_back(wll: Wll, shop: Box, case: Case) -> None:
    asked = await case.ask(wll)
    operator = wll.operator(asked.operation)

    await operator.undo(asked, await operator.do(asked))

    assert shop.points() == 500


@every_undo
async def test_what_was_found_is_taken_back(wll: Wll, shop: Box, case: Case) -> None:
    asked, since = await case.ask(wll), now()
    operator = wll.operator(asked.operation)
    case.fault(shop, "drop_after")
    with pytest.raises(AnswerLost):
        await operator.do(asked)
    found = await operator.find(asked, since)
    assert found is not None

    await operator.undo(asked, found)

    assert shop.points() == 500


@every_undo
@applied
async def test_a_lost_undo_is_found(wll: Wll, shop: Box, case: Case, kind: str) -> None:
    asked = await case.ask(wll)
    operator = wll.operator(asked.operation)
    done, since = await operator.do(asked), now()
    shop.fault("event.report", kind, times=1)

    with pytest.raises(AnswerLost):
        await operator.undo(asked, done)

    assert await operator.find_undo(asked, done, since) is not None
    assert shop.points() == 500


@every_undo
@not_applied
async def test_an_undo_that_did_not_happen_is_not_found(
    wll: Wll, shop: Box, case: Case, kind: str
) -> None:
    asked = await case.ask(wll)
    operator = wll.operator(asked.operation)
    done, since = await operator.do(asked), now()
    shop.fault("event.report", kind, times=1)

    with pytest.raises(AnswerLost):
        await operator.undo(asked, done)

    assert await operator.find_undo(asked, done, since) is None
    await operator.undo(asked, done)
    assert shop.points() == 500


@every_case
async def test_a_question_without_an_answer_leaves_it_open(wll: Wll, shop: Box, case: Case) -> None:
    asked, since = await case.ask(wll), now()
    await wll.operator(asked.operation).do(asked)
    for operation in ("event.list", "benefit.get"):
        shop.fault(operation, "drop_after", times=1)

    with pytest.raises(Unavailable):
        await wll.operator(asked.operation).find(asked, since)


@every_case
async def test_a_no_is_a_no(wll: Wll, shop: Box, case: Case) -> None:
    asked = await case.ask(wll)
    shop.fault(case.do, "refuse", code="VALIDATION_ERROR", times=1, after=case.calls_before)

    with pytest.raises(Refused):
        await wll.operator(asked.operation).do(asked)

    assert case.trace(shop) in (case.before, "VALIDATED")
