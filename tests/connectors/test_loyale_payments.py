import pytest

from tests.connectors.loyale_asks import (
    CARD,
    GIFT_CARD,
    L25,
    line,
    sale,
    sold,
    tender,
)
from tests.connectors.test_loyale_body import body, items, paid
from tillsaga.domain.basket import Line
from tillsaga.domain.model import Json
from tillsaga.domain.sale import Sale


def test_payments_that_are_not_known_yet_are_one_method() -> None:
    assert paid(L25) == [{"type": "Unspecified", "amount": 25.0}]


def test_payments_are_told_by_their_types_and_split_by_what_earns() -> None:
    payments = [
        {"type": "cash", "amount": 5_00},
        {"type": "card", "amount": 10_00},
        {"type": "cash", "amount": 5_00},
        {"type": "luncheon", "amount": 5_00},
    ]

    assert paid(
        L25.model_copy(update={"payments": sale(payments=payments).payments}), "LUNCHEON"
    ) == [
        {"type": "Luncheon", "amount": 5.0, "awardsPoints": False},
        {"type": "Cash", "amount": 10.0},
        {"type": "Card", "amount": 10.0},
    ]


def test_points_and_gift_cards_are_pinned() -> None:
    mixed = sale(
        sold(line("1", 50_00)), tenders=[GIFT_CARD, tender("points", 15_00)], due_amount=25_00
    )

    assert paid(mixed) == [
        {"type": "Unspecified", "amount": 25.0},
        {"type": "Loyale Gift Card", "amount": 10.0, "reference": CARD},
        {"type": "Loyale Redemption", "amount": 15.0},
    ]


def test_gift_cards_may_earn_nothing_by_a_setting() -> None:
    whole = sale(sold(line("1", 10_00)), tenders=[GIFT_CARD], due_amount=0)

    reference: Json = {"reference": CARD, "awardsPoints": False}
    assert paid(whole, "giftcard") == [{"type": "Loyale Gift Card", "amount": 10.0, **reference}]


def test_other_vendors_stored_value_is_a_payment_like_others() -> None:
    others = [tender("giftcard", 10_00, "leat"), tender("points", 5_00, "leat")]

    assert paid(sale(sold(line("1", 15_00)), tenders=others, due_amount=0), "points") == [
        {"type": "Points", "amount": 5.0, "awardsPoints": False},
        {"type": "Gift Card", "amount": 10.0},
    ]


def test_a_tills_payment_type_never_looks_like_the_vendors_own() -> None:
    told = sale(sold(line("1", 5_00)), payments=[{"type": "Loyale Redemption", "amount": 5_00}])

    assert paid(told) == [{"type": "Other", "amount": 5.0}]


@pytest.mark.parametrize(
    "quiet", [line("2", 20_00, earns_points=False), line("2", 20_00, type="giftcard_sale")]
)
def test_what_must_not_earn_is_paid_by_money_that_does_not(quiet: Line) -> None:
    told = sale(sold(line("1", 5_00)), sold(quiet))

    assert paid(told) == [
        {"type": "Unspecified", "amount": 20.0, "awardsPoints": False},
        {"type": "Unspecified", "amount": 5.0},
    ]


def test_what_the_store_bears_is_paid_by_nobody_known() -> None:
    honoured = sale(sold(line("1", 5_00)), due_amount=3_00)

    assert paid(honoured) == [{"type": "Unspecified", "amount": 5.0}]


def test_a_sale_of_nothing_is_paid_with_nothing() -> None:
    assert paid(sale(sold(line("1", 5_00), 5_00))) == [{"type": "Unspecified", "amount": 0.0}]


AWKWARD = {
    "thirds": sale(sold(line("1", 33_33, "3"), 1)),
    "many": sale(sold(line("1", 9, "97"), 4_01), sold(line("2", 10_01, "0.333"), 1_11)),
    "returns": sale(sold(line("1", 9_99, "7"), 13), sold(line("2", 3_33, "-2"))),
    "tenders": sale(
        sold(line("1", 70_01, "3"), 2), tenders=[GIFT_CARD, tender("points", 1)], due_amount=200_00
    ),
}


@pytest.mark.parametrize("told", AWKWARD.values(), ids=AWKWARD)
def test_trap_20_items_and_methods_add_up_in_two_digits(told: Sale) -> None:
    numbers = items(body(told), "quantity", "unitSalePrice")
    methods = paid(told)
    assert isinstance(methods, list)

    total = sum(int(str(q)) * round(float(str(p)) * 100) for q, p in numbers)
    amounts = [m["amount"] for m in methods if isinstance(m, dict)]
    assert sum(round(float(str(a)) * 100) for a in amounts) == total == told.total_amount
    assert all(len(str(n).partition(".")[2]) <= 2 for n in [*amounts, *(p for _, p in numbers)])
