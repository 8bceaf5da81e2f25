"""What a till may send, field by field: nothing is guessed and nothing unknown is passed over."""

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.domain.samples import LINE, sent, sent_basket


@pytest.mark.parametrize("amount", [1.0, 1.5, "100", True, False, None, -1, 10**12 + 1, 10**40])
def test_an_amount_is_a_whole_number_that_somebody_can_pay(amount: object) -> None:
    with pytest.raises(ValidationError, match="unit_amount"):
        sent(unit_amount=amount)


@pytest.mark.parametrize("field", ["regular_unit_amount", "net_unit_amount"])
@pytest.mark.parametrize("amount", [1.0, "100", True, -1])
def test_the_other_amounts_of_a_line_are_as_strict(field: str, amount: object) -> None:
    with pytest.raises(ValidationError, match=field):
        sent(**{field: amount})


@pytest.mark.parametrize("field", ["total_amount", "tax_amount"])
@pytest.mark.parametrize("amount", [1.0, "100", True])
def test_the_amounts_of_a_basket_are_as_strict(field: str, amount: object) -> None:
    with pytest.raises(ValidationError, match=field):
        sent_basket(**{field: amount})


@pytest.mark.parametrize("amount", [1.0, "100", True, -1])
def test_charges_and_external_vouchers_are_as_strict(amount: object) -> None:
    with pytest.raises(ValidationError, match="amount"):
        sent_basket(charges=[{"type": "service", "amount": amount}])
    with pytest.raises(ValidationError, match="amount"):
        sent_basket(external_vouchers=[{"id": "x", "title": "x", "amount": amount}])


@pytest.mark.parametrize("quantity", ["1", "0.350", "-1", "12345678", "0.0001", "007"])
def test_a_quantity_is_a_decimal_string(quantity: str) -> None:
    assert sent(quantity=quantity).quantity == Decimal(quantity)


@pytest.mark.parametrize(
    "quantity",
    [
        *(
            1,
            1.0,
            True,
            None,
            "",
            "abc",
            "1,5",
            " 1",
            "1 ",
            "+1",
            "1e3",
            "1_0",
            ".5",
            "5.",
            "\u0661",
        ),
        *("NaN", "sNaN", "Infinity", "0", "-0.0", "0.00001", "123456789", "1" * 400),
    ],
)
def test_nothing_else_is_a_quantity(quantity: object) -> None:
    with pytest.raises(ValidationError, match="quantity"):
        sent(quantity=quantity)


@given(st.text(max_size=20).filter(lambda text: not re.fullmatch("-?[0-9.]+", text)))
def test_no_text_at_all_breaks_the_reading_of_a_quantity(text: str) -> None:
    with pytest.raises(ValidationError, match="quantity"):
        sent(quantity=text)


def test_a_line_that_nobody_can_pay_is_refused() -> None:
    dear = {"unit_amount": 10**12, "quantity": "99999999.9999"}
    with pytest.raises(ValidationError, match="more than anybody can pay"):
        sent(**dear)
    with pytest.raises(ValidationError, match="more than anybody can pay"):
        sent(modifiers=[{**LINE, "unit_amount": 10**12}])


def test_a_basket_that_nobody_can_pay_is_refused() -> None:
    dear = {**LINE, "unit_amount": 10**12}
    with pytest.raises(ValidationError, match="more than anybody can pay"):
        sent_basket(lines=[dear, {**dear, "line_id": "2"}])


@pytest.mark.parametrize(
    "wrong",
    [
        {"discount": 1},
        {"lines": [{**LINE, "discount_amount": 1}]},
        {"lines": [{**LINE, "modifiers": [{**LINE, "total_amount": 1}]}]},
        {"lines": [{**LINE, "type": "giftcard_sale", "recipient": {"mail": "a@b.c"}}]},
        {"charges": [{"type": "service", "amount": 1, "tax": 1}]},
        {"external_vouchers": [{"id": "x", "title": "x", "amount": 1, "code": "x"}]},
    ],
)
def test_a_field_that_nobody_knows_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        sent_basket(**wrong)


@pytest.mark.parametrize("currency", ["eur", "EU", "EURO", "", None, 978])
def test_a_currency_has_three_capitals(currency: object) -> None:
    with pytest.raises(ValidationError, match="currency"):
        sent_basket(currency=currency)
