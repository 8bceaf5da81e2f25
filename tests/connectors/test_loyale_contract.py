"""The connector against the sandbox: two readings of one contract, over real HTTP."""

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.connectors.loyale_cases import CASES, Box, Case, Trace, connector, now, posted
from tests.connectors.sandbox_server import Control
from tillsaga.connectors.loyale import Loyale
from tillsaga.domain.ports import Operator
from tillsaga.errors import AnswerLost, InDoubt, NotSent, Refused

CREATE, STATUS, RETURN = "transaction.create", "transaction.status", "return.full"

every_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES)
applied = pytest.mark.parametrize("kind", ["drop_after", "error_after", "html_after", "malformed"])
not_applied = pytest.mark.parametrize("kind", ["drop_before", "error_before", "maintenance"])


@pytest.fixture
def shop(box: Control) -> Iterator[Box]:
    held = Box(box)
    yield held
    held.close()


@pytest.fixture
async def loyale(shop: Box) -> AsyncIterator[Loyale]:
    held = connector(shop)
    yield held
    await held.aclose()


@pytest.fixture
def transaction(loyale: Loyale) -> Operator:
    return loyale.operator("post_transaction")


@every_case
async def test_it_is_done_and_taken_back(transaction: Operator, shop: Box, case: Case) -> None:
    assert shop.trace() == Trace()

    done = await transaction.do(posted(case.sale))
    assert shop.trace() == case.after
    undone = await transaction.undo(posted(case.sale), done)

    assert shop.trace() == case.back
    lost = str(undone.data["not_restored"])
    assert ("giftcard" in lost) is (case.back.card < 25_00)
    assert ("coupon" in lost) is (case.back.coupon < 1)


@every_case
@applied
async def test_what_was_done_is_found_and_taken_back(
    transaction: Operator, shop: Box, case: Case, kind: str
) -> None:
    since = now()
    shop.fault(CREATE, kind)

    with pytest.raises(AnswerLost):
        await transaction.do(posted(case.sale))
    found = await transaction.find(posted(case.sale), since)

    assert found is not None
    assert shop.trace() == case.after
    await transaction.undo(posted(case.sale), found)
    assert shop.trace() == case.back


@every_case
@applied
async def test_what_was_done_is_adopted_when_it_is_sent_again(
    transaction: Operator, shop: Box, case: Case, kind: str
) -> None:
    shop.fault(CREATE, kind)
    with pytest.raises(AnswerLost):
        await transaction.do(posted(case.sale))

    done = await transaction.do(posted(case.sale))

    assert done.transaction_id == "chk_1"
    assert shop.trace() == case.after
    assert len(shop.rows("transactions")) == 1


@every_case
@not_applied
async def test_what_was_not_done_is_not_found(
    transaction: Operator, shop: Box, case: Case, kind: str
) -> None:
    since = now()
    shop.fault(CREATE, kind)

    with pytest.raises(AnswerLost):
        await transaction.do(posted(case.sale))

    assert await transaction.find(posted(case.sale), since) is None
    assert shop.trace() == Trace()
    await transaction.do(posted(case.sale))
    assert shop.trace() == case.after


@every_case
async def test_a_throttled_call_did_nothing(transaction: Operator, shop: Box, case: Case) -> None:
    shop.fault(CREATE, "rate_limited")

    with pytest.raises(NotSent):
        await transaction.do(posted(case.sale))

    assert shop.trace() == Trace()


@pytest.mark.parametrize("kind", ["drop_before", "error_before", "maintenance", "rate_limited"])
async def test_a_lost_look_at_the_status_leaves_a_doubt_that_is_settled(
    transaction: Operator, shop: Box, kind: str
) -> None:
    case = CASES["everything"]
    shop.fault(STATUS, kind)

    with pytest.raises(AnswerLost):
        await transaction.do(posted(case.sale))

    assert await transaction.find(posted(case.sale), now()) is not None
    assert shop.trace() == case.after


@pytest.mark.parametrize("kind", ["delay", "hang_before", "late"])
async def test_an_answer_that_does_not_come_in_time_is_settled(
    transaction: Operator, shop: Box, kind: str
) -> None:
    hasty, asked = connector(shop, seconds=0.3), posted(CASES["everything"].sale)
    shop.fault(CREATE, kind, delay_ms=700)
    with pytest.raises(AnswerLost):
        await hasty.operator("post_transaction").do(asked)
    await hasty.aclose()

    # A late one is why "not found" counts only after a while; even so it is one sale (trap 20b).
    assert (await transaction.find(asked, now()) is not None) is (kind == "delay")
    assert (await transaction.do(asked)).transaction_id == "chk_1"
    assert shop.trace() == CASES["everything"].after


@every_case
@applied
async def test_a_lost_return_is_found(
    transaction: Operator, shop: Box, case: Case, kind: str
) -> None:
    done, since = await transaction.do(posted(case.sale)), now()
    shop.fault(RETURN, kind)

    with pytest.raises(AnswerLost):
        await transaction.undo(posted(case.sale), done)

    found = await transaction.find_undo(posted(case.sale), done, since)
    assert found is not None
    assert shop.trace() == case.back
    assert len(shop.rows("returns")) == 1


@every_case
@not_applied
async def test_a_return_that_did_not_happen_is_not_found(
    transaction: Operator, shop: Box, case: Case, kind: str
) -> None:
    done, since = await transaction.do(posted(case.sale)), now()
    shop.fault(RETURN, kind)

    with pytest.raises(AnswerLost):
        await transaction.undo(posted(case.sale), done)

    assert await transaction.find_undo(posted(case.sale), done, since) is None
    assert shop.trace() == case.after
    await transaction.undo(posted(case.sale), done)
    assert shop.trace() == case.back


@every_case
async def test_taking_it_back_twice_changes_nothing_more(
    transaction: Operator, shop: Box, case: Case
) -> None:
    done = await transaction.do(posted(case.sale))
    first = await transaction.undo(posted(case.sale), done)

    again = await transaction.undo(posted(case.sale), done)

    assert shop.trace() == case.back
    assert again.data == first.data
    assert len(shop.rows("returns")) == 1


async def test_a_checkout_taken_again_is_a_second_transaction(
    transaction: Operator, shop: Box
) -> None:
    case = CASES["earns"]
    await transaction.undo(posted(case.sale), await transaction.do(posted(case.sale)))

    done = await transaction.do(posted(case.sale, generation=2))

    assert done.transaction_id == "chk_1-g2"
    assert shop.trace() == case.after


async def test_a_sale_in_progress_is_in_doubt_until_it_ends(
    transaction: Operator, shop: Box
) -> None:
    hasty, asked = connector(shop, seconds=0.5), posted(CASES["points"].sale)
    shop.switch(processing_seconds=3600)

    with pytest.raises(AnswerLost):
        await hasty.operator("post_transaction").do(asked)
    with pytest.raises(InDoubt):
        await hasty.operator("post_transaction").find(asked, now())
    await hasty.aclose()
    shop.advance(3601)

    assert await transaction.find(asked, now()) is not None
    assert shop.trace() == CASES["points"].after


async def test_a_refusal_by_fault_is_a_refusal(transaction: Operator, shop: Box) -> None:
    shop.fault(CREATE, "refuse", code="coupon_not_valid")

    with pytest.raises(Refused) as refused:
        await transaction.do(posted(CASES["coupon"].sale))

    assert refused.value.code == "offer_refused"
