"""The demo's comparison must notice what it is there to notice."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tillsaga.demo.agreement import Net, agreement
from tillsaga.demo.vendor import Customer
from tillsaga.domain.effects import Done, EffectOrder
from tillsaga.domain.ports import CallRecord, CallState, EffectRecord

NOW = datetime(2026, 3, 1, tzinfo=UTC)
ANN = Customer("c-1", "CARD", "v-1", "CODE", "gc-1", "HASH")
Json = dict[str, Any]


def charge(transaction: str | None = "gt-1", undone: str | None = None) -> EffectRecord:
    order = EffectOrder(
        checkout_id="chk_1",
        store_id="ams-1",
        provider="leat",
        kind="leat",
        operation="charge_giftcard",
        subject="gc-1",
        amount=500,
    )
    undo = call(undone, 500) if undone else None
    return EffectRecord(order=order, fingerprint="f", do=call(transaction, -500), undo=undo)


def call(transaction: str | None, amount: int) -> CallRecord:
    done = Done(reference=transaction, transaction_id=transaction, data={"amount": amount})
    return CallRecord(
        state=CallState.APPLIED, attempts=1, started_at=NOW, last_started_at=NOW, done=done
    )


def books(*entries: tuple[str, int]) -> Json:
    moves = [{"uuid": uuid, "amount": amount, "opening": False} for uuid, amount in entries]
    opening = {"uuid": "gt-0", "amount": 2000, "opening": True}
    return {
        "giftcards": {"gc-1": {"transactions": [opening, *moves]}},
        "prepaid": {"c-1": {"transactions": []}},
        "points": {"c-1": {"entries": []}},
        "vouchers": {},
        "reward_receptions": {},
        "orders": {},
    }


def seen(status: str = "applied") -> Json:
    return {"effects": [{"id": "charge_giftcard:leat:gc-1#1", "status": status}]}


def test_one_charge_on_both_sides_agrees() -> None:
    agreed = agreement(seen(), [charge()], books(("gt-1", -500)), ANN)

    assert agreed.differences == ()
    assert agreed.net == Net(giftcard=-500)


def test_a_charge_that_was_taken_back_nets_to_zero() -> None:
    records = [charge(undone="gt-2")]

    agreed = agreement(seen("reversed"), records, books(("gt-1", -500), ("gt-2", 500)), ANN)

    assert agreed.differences == ()
    assert agreed.net == Net()


def test_an_entry_whose_id_we_were_never_told_is_paired_by_its_amount() -> None:
    assert agreement(seen(), [charge(None)], books(("gt-1", -500)), ANN).differences == ()


@pytest.mark.parametrize(
    ("view", "records", "entries", "difference"),
    [
        (seen(), [charge()], [("gt-1", -500), ("gt-2", -500)], "gift card gt-2: in the books"),
        (seen(), [charge()], [], "gift card gt-1: recorded, but not in the books"),
        (seen(), [charge()], [("gt-1", -400)], "gift card gt-1: recorded, but not in the books"),
        (seen("reversed"), [charge()], [("gt-1", -500)], "the till sees reversed"),
        ({"effects": []}, [charge()], [("gt-1", -500)], "the till sees None"),
    ],
    ids=["charged twice", "never charged", "another amount", "wrong status", "not shown"],
)
def test_a_difference_is_named(
    view: Json, records: list[EffectRecord], entries: list[tuple[str, int]], difference: str
) -> None:
    differences = agreement(view, records, books(*entries), ANN).differences

    assert any(difference in each for each in differences)
