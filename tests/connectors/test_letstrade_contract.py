"""The connector against the sandbox: two readings of one contract, over real HTTP."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress

import pytest

from tests.connectors.letstrade_cases import (
    CASES,
    FINALISE,
    QUOTE,
    REFUND,
    Box,
    Case,
    Till,
    Trace,
    connector,
    long_ago,
    now,
    order,
)
from tests.connectors.sandbox_server import Control
from tillsaga.connectors.letstrade import LetsTrade
from tillsaga.domain.effects import EffectOrder
from tillsaga.domain.ports import Operator
from tillsaga.errors import AnswerLost, InDoubt, NotSent, Refused, Repeatable

every_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES)
coded = {name: case for name, case in CASES.items() if case.codes or case.pay}
spending = {name: case for name, case in coded.items() if name != "earning"}
coded_case = pytest.mark.parametrize("case", coded.values(), ids=coded)
spending_case = pytest.mark.parametrize("case", spending.values(), ids=spending)
applied = pytest.mark.parametrize("kind", ["drop_after", "error_after", "html_after", "malformed"])
not_applied = pytest.mark.parametrize("kind", ["drop_before", "error_before", "maintenance"])


@pytest.fixture
def shop(box: Control) -> Iterator[Box]:
    held = Box(box)
    yield held
    held.close()


@pytest.fixture
async def letstrade(shop: Box) -> AsyncIterator[LetsTrade]:
    held = connector(shop)
    yield held
    await held.aclose()


@pytest.fixture
async def refunding(shop: Box) -> AsyncIterator[Operator]:
    shop.switch(refund_enabled=True)
    held = connector(shop, refund_enabled=True)
    yield held.operator("finalise")
    await held.aclose()


@pytest.fixture
def finalising(letstrade: LetsTrade) -> Operator:
    return letstrade.operator("finalise")


async def asked(letstrade: LetsTrade, case: Case) -> EffectOrder:
    return order(await Till(letstrade).sell(*case.codes, pay=case.pay, amount=case.amount))


# --- doing ----------------------------------------------------------------------------------------


@every_case
async def test_it_is_finalised(
    letstrade: LetsTrade, finalising: Operator, shop: Box, case: Case
) -> None:
    bill = await asked(letstrade, case)
    assert shop.trace() == Trace()

    done = await finalising.do(bill)

    assert shop.trace() == case.after
    books = shop.rows("orders")[str(done.transaction_id)]
    assert bill.sale is not None
    assert books["outstanding_in_cents"] == bill.sale.due_amount
    assert books["uuid"] == bill.subject


@coded_case
@applied
async def test_what_was_done_is_found(
    letstrade: LetsTrade, finalising: Operator, shop: Box, case: Case, kind: str
) -> None:
    bill, since = await asked(letstrade, case), now()
    shop.fault(FINALISE, kind)

    with pytest.raises(AnswerLost):
        await finalising.do(bill)
    found = await finalising.find(bill, since)

    assert found is not None
    assert shop.trace() == case.after


@coded_case
@not_applied
async def test_what_was_not_done_is_not_found(
    letstrade: LetsTrade, finalising: Operator, shop: Box, case: Case, kind: str
) -> None:
    bill = await asked(letstrade, case)
    shop.fault(FINALISE, kind)

    with pytest.raises(AnswerLost):
        await finalising.do(bill)

    assert shop.trace() == Trace()
    assert await finalising.find(bill, long_ago()) is None
    await finalising.do(bill)
    assert shop.trace() == case.after


@every_case
@applied
@pytest.mark.parametrize("duplicate", ["reject", "replay"])
async def test_sent_again_it_happens_once(
    letstrade: LetsTrade, finalising: Operator, shop: Box, case: Case, kind: str, duplicate: str
) -> None:
    shop.switch(finalise_duplicate=duplicate)
    bill = await asked(letstrade, case)
    shop.fault(FINALISE, kind)
    with pytest.raises(AnswerLost):
        await finalising.do(bill)

    again = await finalising.do(bill)

    assert again.transaction_id in shop.rows("orders")
    assert shop.trace() == case.after


@every_case
async def test_a_throttled_call_did_nothing(
    letstrade: LetsTrade, finalising: Operator, shop: Box, case: Case
) -> None:
    bill = await asked(letstrade, case)
    shop.fault(FINALISE, "rate_limited", retry_after=7)

    with pytest.raises(NotSent):
        await finalising.do(bill)

    assert shop.trace() == Trace()


@pytest.fixture
async def hasty(shop: Box) -> AsyncIterator[LetsTrade]:
    held = connector(shop, seconds=0.5)
    yield held
    await held.aclose()


@pytest.mark.parametrize(("kind", "delay"), [("delay", 800), ("late", 50)])
async def test_a_slow_answer_is_settled_by_the_codes(
    hasty: LetsTrade, shop: Box, kind: str, delay: int
) -> None:
    bill = await asked(hasty, CASES["everything"])
    shop.fault(FINALISE, kind, delay_ms=delay)
    with pytest.raises(AnswerLost):
        await hasty.operator("finalise").do(bill)

    await _found(hasty, bill)

    assert shop.trace() == CASES["everything"].after


async def _found(letstrade: LetsTrade, bill: EffectOrder) -> None:
    """Ask until it is known, as the activity does until `settle_after`."""
    found = None
    async with asyncio.timeout(5):
        while found is None:
            with suppress(InDoubt):  # the vendor was just at it
                found = await letstrade.operator("finalise").find(bill, now())


async def test_a_call_that_hangs_and_does_nothing_is_not_found(hasty: LetsTrade, shop: Box) -> None:
    bill = await asked(hasty, CASES["everything"])
    shop.fault(FINALISE, "hang_before", delay_ms=800)
    with pytest.raises(AnswerLost):
        await hasty.operator("finalise").do(bill)

    assert await hasty.operator("finalise").find(bill, long_ago()) is None
    assert shop.trace() == Trace()


@spending_case
@pytest.mark.parametrize("kind", ["drop_before", "error_before", "maintenance", "rate_limited"])
async def test_a_check_that_fails_sends_nothing(
    letstrade: LetsTrade, finalising: Operator, shop: Box, case: Case, kind: str
) -> None:
    bill = await asked(letstrade, case)
    shop.fault(QUOTE, kind)

    with pytest.raises(NotSent):
        await finalising.do(bill)

    assert shop.trace() == Trace()


# --- taking back ----------------------------------------------------------------------------------


@every_case
async def test_a_refund_voids_everything(
    letstrade: LetsTrade, refunding: Operator, shop: Box, case: Case
) -> None:
    bill = await asked(letstrade, case)
    done = await refunding.do(bill)

    undone = await refunding.undo(bill.model_copy(update={"sale": None}), done)

    assert undone.data["status"] == "REFUNDED"
    assert shop.trace() == Trace()


@every_case
@pytest.mark.parametrize("kind", ["drop_after", "error_after", "drop_before", "error_before"])
async def test_a_lost_refund_is_sent_again_and_happens_once(
    letstrade: LetsTrade, refunding: Operator, shop: Box, case: Case, kind: str
) -> None:
    bill = await asked(letstrade, case)
    done = await refunding.do(bill)
    shop.fault(REFUND, kind)
    with pytest.raises(AnswerLost):
        await refunding.undo(bill, done)

    assert await refunding.find_undo(bill, done, now()) is None
    await refunding.undo(bill, done)
    await refunding.undo(bill, done)

    assert shop.trace() == Trace()


@pytest.mark.parametrize("kind", ["drop_before", "drop_after"])
async def test_a_lost_bill_without_codes_is_sent_again_and_is_one_order(
    letstrade: LetsTrade, finalising: Operator, shop: Box, kind: str
) -> None:
    bill = await asked(letstrade, CASES["no codes"])
    shop.fault(FINALISE, kind)
    with pytest.raises(AnswerLost):
        await finalising.do(bill)

    with pytest.raises(Repeatable):
        await finalising.find(bill, long_ago())
    await finalising.do(bill)

    assert shop.trace() == CASES["no codes"].after


@coded_case
async def test_what_was_found_is_refunded_by_its_bill(
    letstrade: LetsTrade, refunding: Operator, shop: Box, case: Case
) -> None:
    bill, since = await asked(letstrade, case), now()
    shop.fault(FINALISE, "drop_after")
    with pytest.raises(AnswerLost):
        await refunding.do(bill)
    found = await refunding.find(bill, since)
    assert found is not None

    await refunding.undo(bill, found)

    assert shop.trace() == Trace()


async def test_l25_a_refund_that_is_not_there_is_not_asked_for(
    letstrade: LetsTrade, finalising: Operator, shop: Box
) -> None:
    bill = await asked(letstrade, CASES["no codes"])
    done = await finalising.do(bill)
    with pytest.raises(Refused):
        await finalising.undo(bill, done)

    eager = connector(shop, refund_enabled=True)
    with pytest.raises(Refused) as refused:
        await eager.operator("finalise").undo(bill, done)
    await eager.aclose()

    assert refused.value.code == "vendor_refused"
    assert not shop.rows("refunds")
