"""The connector against the sandbox: two readings of one contract, over real HTTP."""

import pytest

from tests.connectors.leat_asks import (
    now,
    quote,
    redeem,
)
from tests.connectors.leat_cases import CASES, Case, empty
from tests.connectors.sandbox_server import Control
from tillsaga.connectors.leat import Leat
from tillsaga.errors import AnswerLost, NotSent, Refused

every_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES)
applied = pytest.mark.parametrize("kind", ["drop_after", "error_after", "html_after", "malformed"])
not_applied = pytest.mark.parametrize("kind", ["drop_before", "error_before", "maintenance"])


@every_case
async def test_it_is_done_and_taken_back(at_sandbox: Leat, box: Control, case: Case) -> None:
    asked = await case.ask(at_sandbox)
    operator = at_sandbox.operator(asked.operation)
    assert empty(case.trace(box.books())) == case.before

    done = await operator.do(asked)
    assert case.trace(box.books()) == case.after
    await operator.undo(asked, done)

    assert case.trace(box.books()) == case.before


@every_case
@applied
async def test_what_was_done_is_found_and_taken_back(
    at_sandbox: Leat, box: Control, case: Case, kind: str
) -> None:
    asked, since = await case.ask(at_sandbox), now()
    operator = at_sandbox.operator(asked.operation)
    box.fault(case.do, kind)

    with pytest.raises(AnswerLost):
        await operator.do(asked)
    found = await operator.find(asked.model_copy(update={"sale": None}), since)

    assert found is not None
    assert case.trace(box.books()) == case.after


@every_case
@not_applied
async def test_what_was_not_done_is_not_found(
    at_sandbox: Leat, box: Control, case: Case, kind: str
) -> None:
    asked, since = await case.ask(at_sandbox), now()
    operator = at_sandbox.operator(asked.operation)
    box.fault(case.do, kind)

    with pytest.raises(AnswerLost):
        await operator.do(asked)

    assert await operator.find(asked, since) is None
    await operator.do(asked)
    assert case.trace(box.books()) == case.after


@every_case
async def test_a_throttled_call_did_nothing(at_sandbox: Leat, box: Control, case: Case) -> None:
    asked = await case.ask(at_sandbox)
    box.fault(case.do, "rate_limited")

    with pytest.raises(NotSent):
        await at_sandbox.operator(asked.operation).do(asked)

    assert empty(case.trace(box.books())) == case.before


@every_case
@applied
async def test_a_lost_reversal_is_found(
    at_sandbox: Leat, box: Control, case: Case, kind: str
) -> None:
    asked = await case.ask(at_sandbox)
    operator = at_sandbox.operator(asked.operation)
    done, since = await operator.do(asked), now()
    box.fault(case.undo, kind)

    with pytest.raises(AnswerLost):
        await operator.undo(asked, done)

    assert await operator.find_undo(asked, done, since) is not None
    assert case.trace(box.books()) == case.before


@every_case
@not_applied
async def test_a_reversal_that_did_not_happen_is_not_found(
    at_sandbox: Leat, box: Control, case: Case, kind: str
) -> None:
    asked = await case.ask(at_sandbox)
    operator = at_sandbox.operator(asked.operation)
    done, since = await operator.do(asked), now()
    box.fault(case.undo, kind)

    with pytest.raises(AnswerLost):
        await operator.undo(asked, done)

    assert await operator.find_undo(asked, done, since) is None
    await operator.undo(asked, done)
    assert case.trace(box.books()) == case.before


# A lost answer loses these ids for ever: then only the vendor's older rules take it back.
WITHOUT_ITS_ID = {"redeem_voucher", "collect_reward"}


@every_case
async def test_what_was_found_is_taken_back_or_left_to_a_person(
    at_sandbox: Leat, box: Control, case: Case
) -> None:
    asked, since = await case.ask(at_sandbox), now()
    operator = at_sandbox.operator(asked.operation)
    box.fault(case.do, "drop_after")
    with pytest.raises(AnswerLost):
        await operator.do(asked)
    found = await operator.find(asked, since)
    assert found is not None

    if asked.operation in WITHOUT_ITS_ID:
        with pytest.raises(Refused):
            await operator.undo(asked, found)
    else:
        await operator.undo(asked, found)
        assert case.trace(box.books()) == case.before


@every_case
async def test_taking_it_back_twice_changes_nothing_more(
    at_sandbox: Leat, box: Control, case: Case
) -> None:
    asked = await case.ask(at_sandbox)
    operator = at_sandbox.operator(asked.operation)
    done = await operator.do(asked)
    await operator.undo(asked, done)

    try:
        await operator.undo(asked, done)
    except Refused:
        assert asked.operation in ("pre_redeem_reward", "redeem_reward")

    assert case.trace(box.books()) == case.before


@pytest.mark.parametrize(
    "switches",
    [
        {"no_voucher_redemption": True, "reverse_by_voucher_uuid": True},
        {"reverse_by_voucher_uuid": True},
    ],
)
async def test_an_older_server_gives_vouchers_back_by_their_own_id(
    at_sandbox: Leat, box: Control, switches: dict[str, bool]
) -> None:
    box.switch(**switches)
    asked = await redeem(at_sandbox)
    redeeming = at_sandbox.operator("redeem_voucher")

    await redeeming.undo(asked, await redeeming.do(asked))

    assert CASES["redeem_voucher"].trace(box.books()) == 0


@pytest.mark.parametrize("shape", ["list", "object", "absent"])
async def test_meta_may_have_any_shape(at_sandbox: Leat, box: Control, shape: str) -> None:
    box.switch(meta_shape=shape, unsorted_lists="oldest_first")

    assert len((await quote(at_sandbox)).offers) > 5
