"""A checkout rebuilt from the records goes on where it stood."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given

from tests.domain.samples import (
    NOON,
    START,
    as_json,
    checkout,
    effect,
    payment,
    report,
    rich_checkout,
)
from tests.domain.strategies import ready_checkouts
from tillsaga.domain.checkout import Checkout
from tillsaga.domain.effects import Done, EffectOrder
from tillsaga.domain.messages import PaymentReport
from tillsaga.domain.ports import CallRecord, CallState, EffectRecord, Facts, PaymentFact
from tillsaga.domain.receipt import receipt
from tillsaga.domain.recovery import fresh, restored, unheard
from tillsaga.domain.view import view


def call(state: CallState, **more: object) -> CallRecord:
    times = {"started_at": NOON, "last_started_at": NOON}
    done = Done(reference="r-9", transaction_id="t-9") if state is CallState.APPLIED else None
    said = {"state": state, "attempts": 3, "done": done, **times, **more}
    return CallRecord.model_validate(said)


def record(do: CallState, undo: CallState | None = None, *, generation: int = 1) -> EffectRecord:
    order = EffectOrder(
        checkout_id="chk_1",
        store_id="ams-1",
        provider="leat",
        kind="leat",
        operation="charge_giftcard",
        subject="gc-1",
        generation=generation,
        amount=2_00,
    )
    undone = call(undo) if undo else None
    return EffectRecord(order=order, fingerprint=order.fingerprint, do=call(do), undo=undone)


def from_records(*records: EffectRecord, state: Checkout | None = None) -> Checkout:
    known = as_json(state) if state else None
    return restored(START, Facts(state=known, effects=records))


@given(ready_checkouts())
def test_a_saved_checkout_comes_back_as_it_was(sold: Checkout) -> None:
    sold.reprice()
    assert restored(START, Facts(state=as_json(sold))) == sold


def test_one_of_everything_comes_back_as_it_was() -> None:
    sold = rich_checkout()
    state = {**as_json(sold), "receipt": receipt(sold)}
    again = restored(START, Facts(state=state))
    assert again == sold
    assert view(again) == view(sold)


def test_without_a_saved_state_a_checkout_begins_anew() -> None:
    assert restored(START, Facts()) == fresh(START)
    assert fresh(START).payment_flow == START.terms.payment_flow


ENDS: dict[str, tuple[EffectRecord, str]] = {
    "done": (record(CallState.APPLIED), "applied"),
    "refused": (record(CallState.REFUSED), "refused"),
    "withdrawn": (record(CallState.WITHDRAWN), "refused"),
    "a person settles it": (record(CallState.MANUAL), "manual"),
    "taken back": (record(CallState.APPLIED, CallState.APPLIED), "reversed"),
    "not to be taken back": (record(CallState.APPLIED, CallState.MANUAL), "manual"),
    "still called": (record(CallState.CALLING), "in_doubt"),
    "answer lost": (record(CallState.IN_DOUBT), "in_doubt"),
    "not sent": (record(CallState.NOT_SENT), "in_doubt"),
}


@pytest.mark.parametrize(("known", "status"), ENDS.values(), ids=ENDS)
@pytest.mark.parametrize("before", ["pending", "in_doubt", "applied"])
def test_the_record_wins_over_the_saved_state(
    known: EffectRecord, status: str, before: Any
) -> None:
    state = checkout(effects=[effect(status=before, amount=2_00)])
    (found,) = from_records(known, state=state).effects
    assert (found.status, found.attempts, found.amount) == (status, 3, 2_00)


def test_a_record_that_the_state_does_not_know_is_taken_up() -> None:
    state = checkout(effects=[effect(status="reversed", amount=2_00)])
    records = [
        record(CallState.APPLIED, CallState.APPLIED),
        record(CallState.APPLIED, generation=2),
    ]
    again = from_records(*records, state=state)
    assert [(e.generation, e.status) for e in again.effects] == [(1, "reversed"), (2, "applied")]
    assert again.effects[0].reversed_by == "r-9"
    assert again.effects[1].done == Done(reference="r-9", transaction_id="t-9")


@pytest.mark.parametrize(
    ("undo", "wanted"),
    [(CallState.CALLING, False), (CallState.IN_DOUBT, False), (CallState.NOT_SENT, True)],
)
def test_what_may_be_on_its_way_back_is_not_counted_on(undo: CallState, wanted: bool) -> None:
    (found,) = from_records(record(CallState.APPLIED, undo)).effects
    assert (found.status, found.wanted) == ("applied", wanted)


def test_restoring_twice_changes_nothing() -> None:
    records = (record(CallState.APPLIED), record(CallState.IN_DOUBT, generation=2))
    once = from_records(*records, state=rich_checkout())
    assert from_records(*records, state=once) == once


def facts(*said: PaymentReport, verdicts: Sequence[str] = ()) -> Facts:
    given_ = [*verdicts, *["accepted"] * (len(said) - len(verdicts))]
    return Facts(
        payments=tuple(
            PaymentFact(reference=each.reference, report=each, received_at=NOON, verdict=verdict)
            for each, verdict in zip(said, given_, strict=True)
        )
    )


AUTHORIZED, CAPTURED = report("authorized"), report("captured")
VOIDED, OTHER = report("voided"), report("captured", 1_00, "cash-1")
HEARD: dict[str, tuple[str | None, list[PaymentReport], list[PaymentReport]]] = {
    "nothing heard": (None, [AUTHORIZED, CAPTURED], [AUTHORIZED, CAPTURED]),
    "the authorisation heard": ("authorized", [AUTHORIZED, CAPTURED], [CAPTURED]),
    "all heard": ("captured", [AUTHORIZED, CAPTURED], []),
    "another payment": ("captured", [AUTHORIZED, OTHER, CAPTURED], [OTHER]),
    "the void heard": ("voided", [AUTHORIZED, VOIDED], []),
    "the void not heard": ("authorized", [AUTHORIZED, VOIDED], [VOIDED]),
    "captured after a decline": ("declined", [report("declined"), CAPTURED], [CAPTURED]),
    "kept as unmatched": ("unmatched", [CAPTURED], []),
}


@pytest.mark.parametrize(("known", "said", "new"), HEARD.values(), ids=HEARD)
def test_the_recorded_payments_that_were_not_heard_are_heard_in_their_order(
    known: str | None, said: list[PaymentReport], new: list[PaymentReport]
) -> None:
    sold = checkout(status="ready", payments=[payment(known)] if known else [])
    assert unheard(sold, facts(*said)) == new


@pytest.mark.parametrize(
    ("verdict", "count"), [("received", 1), ("accepted", 1), ("refused", 0), ("unmatched", 0)]
)
def test_a_payment_that_was_refused_is_not_heard_again(verdict: str, count: int) -> None:
    assert len(unheard(checkout(), facts(CAPTURED, verdicts=[verdict]))) == count


def test_no_version_that_tills_have_seen_comes_again() -> None:
    saved = {**as_json(checkout()), "version": 4}
    assert restored(START, Facts(state=saved, version=9)).version == 9
    assert restored(START, Facts(state=saved, version=2)).version == 4
    assert restored(START, Facts(version=9)).version == 9
