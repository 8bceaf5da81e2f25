"""The demo's comparison must notice what it is there to notice."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tillsaga.demo.agreement import Agreement, agreement
from tillsaga.demo.movements import Net
from tillsaga.demo.report import Result
from tillsaga.demo.scenarios import SCENARIOS
from tillsaga.demo.vendors import koupon, leat, loyale
from tillsaga.dev.stores_template import STORES
from tillsaga.domain.effects import Done, EffectOrder
from tillsaga.domain.ports import CallRecord, CallState, EffectRecord

NOW = datetime(2026, 3, 1, tzinfo=UTC)
ANN = leat.Customer("c-1", "CARD", "v-1", "CODE", "gc-1", "HASH")
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


def compared(view: Json, records: list[EffectRecord], books: Json) -> Agreement:
    return agreement(view, records, ANN.booked(books))


def test_one_charge_on_both_sides_agrees() -> None:
    agreed = compared(seen(), [charge()], books(("gt-1", -500)))

    assert agreed.differences == ()
    assert agreed.net == {leat.GIFTCARD: -500}


def test_a_charge_that_was_taken_back_nets_to_zero() -> None:
    records = [charge(undone="gt-2")]

    agreed = compared(seen("reversed"), records, books(("gt-1", -500), ("gt-2", 500)))

    assert agreed.differences == ()
    assert agreed.net == {}


def order_and_return(rest: bool) -> list[EffectRecord]:
    """An order that earned nine points, and a return that took them, of a part or of the rest."""
    order = EffectOrder(
        checkout_id="chk_1",
        store_id="ams-1",
        provider="leat",
        kind="leat",
        operation="post_order",
        subject="chk_1",
    )
    asked: Json = {"of": "chk_1", "of_operation": "post_order", "of_generation": 1, "rest": rest}
    part = {"operation": "return_lines", "subject": "chk_1/r-1", "request": asked}
    posted = Done(reference="o-1", transaction_id="o-1", points=9)
    taken = Done(reference="or-1", transaction_id="or-1", points=-9)
    return [
        EffectRecord(order=made, fingerprint="f", do=call("x", 0).model_copy(update={"done": did}))
        for made, did in ((order, posted), (order.model_copy(update=part), taken))
    ]


def books_of_order(left: int) -> Json:
    entries = [
        {"source": "order:o-1", "uuid": "lt-1", "credits": 9},
        {"source": "order_return:or-1", "uuid": "lt-2", "credits": -9},
    ]
    order = {"contact": "c-1", "left": {"line_items": [{"quantity": left}]}}
    return books() | {"points": {"c-1": {"entries": entries}}, "orders": {"o-1": order}}


@pytest.mark.parametrize(("rest", "left"), [(True, 0), (False, 1)], ids=["the rest", "a part"])
def test_goods_that_came_back_are_the_same_on_both_sides(rest: bool, left: int) -> None:
    view = {
        "effects": [
            {"id": "post_order:leat:chk_1#1", "status": "applied"},
            {"id": "return_lines:leat:chk_1/r-1#1", "status": "applied"},
        ]
    }

    agreed = compared(view, order_and_return(rest), books_of_order(left))

    assert agreed.differences == ()
    assert agreed.net == ({leat.ORDER: 1} if left else {})


def test_an_order_that_came_back_only_in_the_books_is_a_difference() -> None:
    agreed = compared({"effects": []}, order_and_return(rest=False), books_of_order(left=0))

    assert "leat order o-1: recorded, but not in the books" in agreed.differences


def test_an_entry_whose_id_we_were_never_told_is_paired_by_its_amount() -> None:
    assert compared(seen(), [charge(None)], books(("gt-1", -500))).differences == ()


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
    differences = compared(view, records, books(*entries)).differences

    assert any(difference in each for each in differences)


def ended(name: str, status: str, net: Net, *attention: str, earned: int = 0) -> Result:
    view: Json = {"status": status, "attention": [{"code": code} for code in attention]}
    view["earned"] = [{"provider": "loyale", "points": earned}]
    return Result(name, SCENARIOS[name], view, Agreement(net, ()))


def test_what_is_earned_is_expected_beside_what_the_scenario_moves() -> None:
    moved = dict(SCENARIOS["coupon-lost"].moves)

    with_points = ended("coupon-lost", "completed", moved | {loyale.POINTS: 141}, earned=141)
    without = ended("coupon-lost", "completed", moved, earned=141)

    assert with_points.problems == []
    assert without.problems != []


def test_an_attention_item_is_a_problem_unless_the_scenario_is_about_it() -> None:
    burned = {koupon.COUPON: 1}

    assert ended("goodwill", "cancelled", burned, "goodwill").problems == []
    assert ended("goodwill", "cancelled", burned).problems == ["attention: [] and not ['goodwill']"]
    assert ended("declined", "cancelled", {}, "undo_failed").problems == [
        "attention: ['undo_failed'] and not []"
    ]


def test_another_end_and_a_vendor_that_should_not_have_moved_are_problems() -> None:
    problems = ended("declined", "expired", {koupon.COUPON: 1}).problems

    assert problems == [
        "it ended as expired and not as cancelled",
        "the books show koupon 1 coupon and not nothing",
    ]


def test_the_page_about_the_demo_tells_every_scenario_and_store() -> None:
    page = (Path(__file__).parents[2] / "docs" / "demo.md").read_text(encoding="utf-8")
    rows = [line.split("|") for line in page.splitlines() if line.startswith("| `")]
    told = {cells[1].strip(" `"): cells[4] for cells in rows if len(cells) == 6}

    assert list(told) == list(SCENARIOS)
    assert all(scenario.ends_as in told[name] for name, scenario in SCENARIOS.items())
    assert all(f"| `{s.id}` | {s.currency} |" in page for s in STORES)
