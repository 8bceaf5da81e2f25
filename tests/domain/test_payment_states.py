"""Payment reports that come when nobody waits for them, and in any order."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.domain.samples import as_json, owing, payment, report
from tests.domain.strategies import reports
from tillsaga.domain.checkout import Checkout, Status
from tillsaga.domain.payments import judge

NOT_PAYABLE: list[Status] = ["open", "completed", "cancelling", "cancelled", "expired"]


def take(sold: Checkout, said: Any) -> str:
    judgement = judge(sold, said)
    if judgement.meaning not in ("mismatch", "too_early", "repeat"):
        sold.record_payment(said)
    return judgement.meaning


@pytest.mark.parametrize("said", ["authorized", "captured"])
@pytest.mark.parametrize("status", NOT_PAYABLE)
def test_money_is_taken_only_where_something_is_to_be_paid(status: Status, said: Any) -> None:
    judgement = judge(owing(5_00, status), report(said))
    assert judgement.meaning == "too_early"
    assert status in judgement.detail


@pytest.mark.parametrize("status", [*NOT_PAYABLE, "ready", "completing"])
def test_what_is_known_is_a_repeat_in_every_state(status: Status) -> None:
    sold = owing(5_00, status)
    sold.payments.append(payment())
    assert judge(sold, report()).meaning == "repeat"


@pytest.mark.parametrize("said", ["declined", "failed"])
@pytest.mark.parametrize("status", [*NOT_PAYABLE, "completing"])
def test_no_decline_undoes_what_does_not_wait_for_its_payment(status: Status, said: Any) -> None:
    sold = owing(5_00, status)
    sold.payments.append(payment("captured", 5_00))
    assert judge(sold, report(said, reference="card-2", final=True)).meaning != "give_back"


@pytest.mark.parametrize("said", ["voided", "declined", "failed"])
@pytest.mark.parametrize("status", ["cancelling", "cancelled", "expired"])
def test_a_void_that_was_asked_for_may_be_reported(status: Status, said: Any) -> None:
    sold = owing(5_00, status)
    sold.payments.append(payment("authorized"))
    assert take(sold, report(said, final=True)) == "noted"
    assert sold.payments[0].status == said


@pytest.mark.parametrize("status", ["open", "completed", "completing"])
def test_a_void_of_nothing_is_too_early(status: Status) -> None:
    assert judge(owing(5_00, status), report("voided")).meaning == "too_early"


@pytest.mark.parametrize("status", ["open", "ready", "completed", "expired"])
def test_a_capture_that_did_not_fit_may_be_voided_at_any_time(status: Status) -> None:
    sold = owing(5_00, status)
    sold.payments.append(payment("unmatched"))
    assert judge(sold, report("voided")).meaning == "noted"


@settings(max_examples=150)
@given(st.integers(0, 20_00), st.data())
def test_payments_never_cover_more_than_is_payable(due: int, data: st.DataObject) -> None:
    sold = owing(due)
    for said in data.draw(st.lists(reports(due), max_size=12)):
        take(sold, said)
        assert sold.covered_amount <= sold.payable_amount == due


@settings(max_examples=100)
@given(st.integers(0, 20_00), st.data())
def test_the_same_report_twice_never_changes_anything(due: int, data: st.DataObject) -> None:
    sold = owing(due)
    for said in data.draw(st.lists(reports(due), min_size=1, max_size=8)):
        take(sold, said)
        before = as_json(sold)
        assert take(sold, said) in ("repeat", "mismatch")
        assert as_json(sold) == before


@given(st.integers(0, 20_00), st.data())
def test_judging_changes_nothing(due: int, data: st.DataObject) -> None:
    sold = owing(due)
    before = as_json(sold)
    judge(sold, data.draw(reports(due)))
    assert as_json(sold) == before


@given(st.integers(0, 20_00), st.data())
def test_it_is_paid_exactly_when_everything_is_captured(due: int, data: st.DataObject) -> None:
    sold = owing(due)
    for said in data.draw(st.lists(reports(due), max_size=8)):
        meaning = take(sold, said)
        captured = sold.totals().paid_amount
        if meaning == "paid":
            assert captured == due
            return
        assert captured < due or due == 0 or any(p.status == "authorized" for p in sold.payments)


@given(st.integers(1, 20_00), st.data())
def test_a_captured_payment_stays_captured(due: int, data: st.DataObject) -> None:
    sold = owing(due)
    fixed: dict[str, int] = {}
    for said in data.draw(st.lists(reports(due), max_size=10)):
        take(sold, said)
        now = {p.reference: p.amount for p in sold.payments if p.status == "captured"}
        assert fixed.items() <= now.items()
        fixed = now
