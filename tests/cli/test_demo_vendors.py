"""Each vendor's books and our records of it come to the same movements, and to no others."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from tillsaga.demo.agreement import agreement
from tillsaga.demo.movements import Bill, Movement, Net
from tillsaga.demo.vendors import koupon, letstrade, loyale, wll
from tillsaga.domain.effects import Done, EffectOrder
from tillsaga.domain.model import Json as Data
from tillsaga.domain.ports import CallRecord, CallState, EffectRecord

Json = dict[str, Any]
Booked = Callable[[Json], list[Movement]]
NOW = datetime(2026, 3, 1, tzinfo=UTC)
BILL = Bill("chk_1", "basket-1")


def applied(
    vendor: str,
    operation: str,
    subject: str,
    done: Done,
    undone: Done | None = None,
    request: Data | None = None,
) -> EffectRecord:
    order = EffectOrder(
        checkout_id="chk_1",
        store_id="utr-1",
        provider=vendor,
        kind=vendor,
        operation=operation,
        subject=subject,
        request=request or {},
    )
    undo = call(undone) if undone else None
    return EffectRecord(order=order, fingerprint="f", do=call(done), undo=undo)


def call(done: Done) -> CallRecord:
    return CallRecord(
        state=CallState.APPLIED, attempts=1, started_at=NOW, last_started_at=NOW, done=done
    )


def seen(records: list[EffectRecord]) -> Json:
    """The till's view of effects that stand, or were reversed."""
    return {
        "effects": [
            {
                "id": f"{r.order.operation}:{r.order.provider}:{r.order.subject}#1",
                "status": "reversed" if r.undo else "applied",
            }
            for r in records
        ]
    }


# --- Let'sTrade: a bill with a wallet and a voucher -----------------------------------------------


def finalised() -> list[EffectRecord]:
    data: Json = {"codes": ["P1", "R1"], "split": {"wallet": 600, "card": 0}}
    done = Done(reference="o-1", transaction_id="o-1", data=data)
    return [applied("letstrade", "finalise", "basket-1", done)]


def letstrade_booked(books: Json) -> list[Movement]:
    return list(letstrade.Customer("u-1", "P1", "R1").booked(books, BILL))


def letstrade_books() -> Json:
    opening = {"entry": "opening", "instrument": "wallet", "order_id": None}
    charge = {"entry": "charge", "instrument": "wallet", "order_id": "o-1"}
    entries = [opening | {"amount_in_cents": 4000}, charge | {"amount_in_cents": -600}]
    return {
        "orders": {"o-1": {"uuid": "basket-1"}, "o-2": {"uuid": "another bill"}},
        "customers": {"u-1": {"money_entries": entries}},
        "codes": {
            "P1": {"user_id": "u-1", "kind": "P", "used_at": "now"},
            "R1": {"user_id": "u-1", "kind": "R", "used_at": "now"},
            "R2": {"user_id": "u-1", "kind": "R", "used_at": None},
            "R3": {"user_id": "u-2", "kind": "R", "used_at": "now"},
        },
    }


# --- White Label: a burned voucher, points spent and some given back, an order --------------------


def white_label_records() -> list[EffectRecord]:
    spent = Done(points=-300, data={"event_id": "ev-1"})
    given = Done(points=300, data={"event_id": "ev-2"})
    order = Done(transaction_id="chk_1", points=18, data={"event_id": "ev-3"})
    return [
        applied("wll", "activate_voucher", "b-1", Done()),
        applied("wll", "burn_voucher", "b-1", Done(transaction_id="b-1")),
        applied("wll", "spend_points", "u-1", spent, given),
        applied("wll", "post_order", "basket-1", order),
    ]


def wll_booked(books: Json) -> list[Movement]:
    return list(wll.Customer("u-1", "4711", "b-1").booked(books, BILL))


def wll_books() -> Json:
    events = {None: 500, "ev-1": -300, "ev-2": 300, "ev-3": 18}
    entries = [{"event": event, "points": points} for event, points in events.items()]
    return {
        "orders": [{"transaction_id": "chk_1"}, {"transaction_id": "chk_2"}],
        "points": {"u-1": {"entries": entries}},
        "vouchers": {"b-1": {"redeemed_at": "now", "burned_at": "now"}},
    }


# --- Loyale: a transaction with points and a gift card, and one that was returned -----------------


def loyale_records() -> list[EffectRecord]:
    data: Json = {"points_earned": 123, "points_redeemed": 300}
    sold = Done(transaction_id="chk_1", data=data | {"gift_cards": [{"amount": 500}]})
    other = Done(transaction_id="chk_1-g2", data={"points_earned": 0, "points_redeemed": 300})
    back = Done(data={"points_deducted": 0, "points_readded": 300})
    return [
        applied("loyale", "post_transaction", "basket-1", sold),
        applied("loyale", "post_transaction", "basket-2", other, back),
    ]


def loyale_booked(books: Json) -> list[Movement]:
    return list(loyale.Customer("c-1", "386", "433").booked(books))


def loyale_books() -> Json:
    moves = [(None, 1000), ("chk_1", -300), ("chk_1", 123), ("chk_1-g2", -300), ("chk_1-g2", 300)]
    entries = [{"unique_id": name, "amount": amount} for name, amount in moves]
    card = [{"unique_id": None, "amount": 1000}, {"unique_id": "chk_1", "amount": -500}]
    mine: Json = {"customer_id": "c-1", "state": "COMPLETED"}
    return {
        "transactions": [
            mine | {"unique_id": "chk_1", "returned": "NONE"},
            mine | {"unique_id": "chk_1-g2", "returned": "FULL"},
            mine | {"unique_id": "chk_3", "returned": "NONE", "state": "FAILED"},
            mine | {"unique_id": "chk_4", "returned": "NONE", "customer_id": "c-2"},
        ],
        "customers": {"c-1": {"entries": entries}},
        "gift_cards": {"433": {"entries": card}},
    }


# --- Koupon: a coupon by account, one by barcode, and the report ----------------------------------


def koupon_records() -> list[EffectRecord]:
    once = Done(data={"quantity": 1})
    clipped: Data = {"discount_asset": "LOY-1", "coupon_code": "CPN"}
    printed: Data = {"discount_asset": "004"}
    return [
        applied("koupon", "redeem_coupon", "one", once, request=clipped),
        applied("koupon", "redeem_coupon", "two", once, request=printed),
        applied("koupon", "report_sale", "basket-1", Done(data={"posted": True})),
    ]


def koupon_booked(books: Json) -> list[Movement]:
    return list(koupon.Customer("LOY-1", "004", "005").booked(books))


def koupon_books() -> Json:
    lines = [("LOY-1", "CPN", 1), ("004", None, 1), ("005", None, 0), ("006", None, 1)]
    names = ("discount_asset", "coupon_code", "redeemed_qty")
    calls = [{"lines": [dict(zip(names, line, strict=True))]} for line in lines]
    reports = [{"discount_assets": ["LOY-1", "004"]}, {"discount_assets": ["006"]}]
    return {"redeem_calls": calls, "reports": reports}


VENDORS: dict[str, tuple[list[EffectRecord], Booked, Json, Net]] = {
    "letstrade": (
        finalised(),
        letstrade_booked,
        letstrade_books(),
        {letstrade.ORDER: 1, letstrade.WALLET: -600, letstrade.VOUCHER: 1},
    ),
    "wll": (
        white_label_records(),
        wll_booked,
        wll_books(),
        {wll.ORDER: 1, wll.POINTS: 18, wll.ACTIVATED: 1, wll.VOUCHER: 1},
    ),
    "loyale": (
        loyale_records(),
        loyale_booked,
        loyale_books(),
        {loyale.SALE: 1, loyale.POINTS: -177, loyale.GIFTCARD: -500},
    ),
    "koupon": (
        koupon_records(),
        koupon_booked,
        koupon_books(),
        {koupon.COUPON: 2, koupon.REPORT: 1},
    ),
}


@pytest.mark.parametrize("vendor", VENDORS)
def test_what_we_recorded_is_what_the_vendor_booked(vendor: str) -> None:
    records, booked, books, net = VENDORS[vendor]

    agreed = agreement(seen(records), records, booked(books))

    assert agreed.differences == ()
    assert agreed.net == net


def test_a_voucher_that_two_records_call_active_is_active_once() -> None:
    again = applied("wll", "activate_voucher", "b-1", Done())
    records = [again, *white_label_records()]

    assert agreement(seen(records), records, wll_booked(wll_books())).differences == ()


@pytest.mark.parametrize("vendor", VENDORS)
def test_every_entry_is_missed_where_we_have_no_record_of_it(vendor: str) -> None:
    _, booked, books, _ = VENDORS[vendor]

    differences = agreement(seen([]), [], booked(books)).differences

    assert len(differences) == len(booked(books)) > 0
    assert all(each.endswith("in the books, unrecorded") for each in differences)


@pytest.mark.parametrize("vendor", VENDORS)
def test_every_effect_is_missed_where_the_vendor_has_not_booked_it(vendor: str) -> None:
    records, booked, books, _ = VENDORS[vendor]

    differences = agreement(seen(records), records, []).differences

    assert len(differences) == len(booked(books)) > 0
    assert all(each.endswith("recorded, but not in the books") for each in differences)


@pytest.mark.parametrize("vendor", VENDORS)
def test_an_entry_that_is_booked_twice_is_named(vendor: str) -> None:
    records, booked, books, _ = VENDORS[vendor]

    for entry in booked(books):
        twice = [*booked(books), entry]
        (difference,) = agreement(seen(records), records, twice).differences
        assert difference.startswith(f"{vendor} {entry.ledger.name}")
