"""Our claims beside a vendor's entries, without a vendor."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tillsaga.domain.matching import Comparison
from tillsaga.domain.reconcile import TOLERANCE, BusinessDay, Claimed, Entry

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = BusinessDay(date=date(2026, 3, 1), timezone="Europe/Amsterdam")
KEY = "chk_1/charge_giftcard/leat/gc-1#1"


def ours(**more: Any) -> Claimed:
    fields = {
        "key": KEY,
        "side": "do",
        "state": "done",
        "ledger": "giftcard",
        "id": "t-1",
        "mark": KEY,
        "amount": -500,
        "customer": "gc-1",
        "since": NOON,
        "until": NOON + timedelta(seconds=1),
        "moments": (NOON,),
    }
    return Claimed.model_validate(fields | more)


def theirs(**more: Any) -> Entry:
    fields = {
        "ledger": "giftcard",
        "id": "t-1",
        "mark": KEY,
        "amount": -500,
        "customer": "gc-1",
        "at": NOON,
    }
    return Entry.model_validate(fields | more)


def kinds(claims: list[Claimed], entries: list[Entry]) -> list[str]:
    comparison = Comparison(claims, entries)
    found = comparison.differences(set(), comparison.strangers(DAY))
    return [each.kind for each in found]


def test_what_agrees_is_no_difference() -> None:
    assert kinds([ours()], [theirs()]) == []
    assert kinds([ours()], [theirs(mark=None)]) == []
    assert kinds([ours(id=None)], [theirs()]) == []
    assert kinds([ours(id=None, mark=None)], [theirs(mark=None)]) == []


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ([], ["missing"]),
        ([theirs(amount=-400)], ["wrong_amount"]),
        ([theirs(customer="gc-2")], ["wrong_customer"]),
        ([theirs(at=NOON + 2 * TOLERANCE)], ["late"]),
        ([theirs(at=NOON - 2 * TOLERANCE)], ["late"]),
        ([theirs(), theirs(id="t-2")], ["extra"]),
        ([theirs(amount=-200), theirs(id="t-2", amount=-100)], ["partial"]),
        ([theirs(amount=-200), theirs(id="t-2", amount=-400)], ["wrong_amount"]),
        ([theirs(amount=-200), theirs(id="t-2", amount=-300)], []),
        ([theirs(amount=-400, customer="gc-2")], ["wrong_amount", "wrong_customer"]),
        ([theirs(), theirs(id="t-9", mark="chk_2/charge_giftcard/leat/gc-1#1")], ["extra"]),
        ([theirs(), theirs(id="t-9", mark=None)], []),
    ],
)
def test_each_mismatch_has_its_kind(entries: list[Entry], expected: list[str]) -> None:
    assert kinds([ours()], entries) == expected


def test_an_effect_that_was_refused_and_is_there_is_late() -> None:
    assert kinds([ours(state="not_done", id=None)], [theirs()]) == ["late"]
    assert kinds([ours(state="not_done", id=None)], []) == []


@pytest.mark.parametrize("entries", [[], [theirs()], [theirs(amount=-400)]])
def test_an_open_effect_is_never_a_difference(entries: list[Entry]) -> None:
    assert kinds([ours(state="open", id=None)], entries) == []


def test_less_given_back_than_was_taken_is_partial() -> None:
    undo = ours(side="undo", id="t-2", amount=500)

    assert kinds([undo], [theirs(id="t-2", amount=300)]) == ["partial"]
    assert kinds([undo], [theirs(id="t-2", amount=700)]) == ["wrong_amount"]


def test_an_unmarked_call_done_twice_is_extra_and_somebody_elses_is_not() -> None:
    claim = ours(ledger="prepaid", mark=None)
    entry = theirs(ledger="prepaid", mark=None)
    twin = entry.model_copy(update={"id": "t-2", "at": NOON + timedelta(seconds=2)})
    other = entry.model_copy(update={"id": "t-3", "at": NOON + timedelta(hours=1)})

    assert kinds([claim], [entry, twin]) == ["extra"]
    assert kinds([claim], [entry, other]) == []


def test_a_part_that_is_short_is_partial_and_what_is_over_is_not_judged() -> None:
    order = ours(ledger="order", amount=800, parts={"1": 2, "2": 1})
    entry = theirs(ledger="order", amount=800)

    assert kinds([order], [entry.model_copy(update={"parts": {"1": 2, "2": 1}})]) == []
    assert kinds([order], [entry.model_copy(update={"parts": {"1": 1, "2": 1}})]) == ["partial"]
    assert kinds([order], [entry.model_copy(update={"parts": {"1": 2, "2": 3}})]) == []
    assert kinds([order], [entry]) == []


def test_what_is_left_tells_what_was_taken_back() -> None:
    returned = ours(ledger="order", amount=300, whole=800)

    assert kinds([returned], [theirs(ledger="order", amount=300)]) == []
    assert kinds([returned], [theirs(ledger="order", amount=500)]) == ["partial"]
    assert kinds([returned], [theirs(ledger="order", amount=800)]) == ["missing"]
    assert kinds([returned], [theirs(ledger="order", amount=100)]) == ["wrong_amount"]
    assert kinds([ours(ledger="order", amount=0, whole=800)], []) == []


def test_a_list_that_shows_none_of_several_entries_it_need_not_show_is_doubted() -> None:
    points = [
        ours(key=f"chk_{n}/x", ledger="points", id=None, mark=None, assumed=True) for n in "12"
    ]

    assert len(Comparison(points, []).unlisted()) == 2
    assert Comparison(points[:1], []).unlisted() == []
    seen = theirs(ledger="points", mark=None)
    assert Comparison(points, [seen]).unlisted() == []
    assert kinds(points, [seen]) == ["missing"]


def test_entries_of_other_days_and_claims_of_other_days_are_left_to_those() -> None:
    tomorrow = theirs(mark="chk_2/x", id="t-2", at=NOON + timedelta(days=1))
    assert kinds([ours()], [theirs(), tomorrow]) == []

    comparison = Comparison([ours()], [])
    assert comparison.differences({KEY}, []) == []
