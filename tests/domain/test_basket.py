"""What a bill comes to, and which lines and baskets can be sold."""

import pytest
from hypothesis import given
from pydantic import ValidationError

from tests.domain.samples import LINE, basket, card_line, line, sent, sent_basket
from tests.domain.strategies import baskets
from tillsaga.domain.basket import Basket
from tillsaga.errors import Refusal


@pytest.mark.parametrize(
    ("quantity", "unit_amount", "amount"),
    [("2", 3_50, 7_00), ("0.350", 9_99, 3_50), ("0.5", 1, 1), ("0.5", 3, 2), ("-0.5", 3, -2)],
)
def test_a_line_comes_to_its_price_rounded_half_up(
    quantity: str, unit_amount: int, amount: int
) -> None:
    assert line(quantity=quantity, unit_amount=unit_amount).amount == amount


def test_modifiers_and_add_ons_are_priced_per_unit_of_their_parent() -> None:
    syrup = line("m", 60, "2", modifiers=[line("mm", 5)])
    coffee = line(unit_amount=3_50, quantity="3", modifiers=[syrup], add_ons=[line("a", 1_00)])
    assert coffee.amount == 3 * (3_50 + 2 * (60 + 5) + 1_00)


def test_a_modifier_may_lower_the_price() -> None:
    assert line(unit_amount=5_00, modifiers=[line("m", 50, "-1")]).amount == 4_50


def test_a_returned_line_gives_back_its_modifiers_too() -> None:
    back = line(unit_amount=3_50, quantity="-2", modifiers=[line("m", 50)])
    assert back.amount == -8_00
    assert not back.takes_discounts


def test_a_return_takes_no_discount_even_when_its_modifiers_make_it_cost_something() -> None:
    odd = line(unit_amount=1_00, quantity="-1", modifiers=[line("m", 1_00, "-3")])
    assert odd.amount == 2_00
    assert not odd.takes_discounts


def test_a_bill_is_its_lines_and_charges_less_the_tills_own_vouchers() -> None:
    back = line("2", 1_00, "-1")
    given = [{"id": "x", "title": "Flyer", "amount": 30}]
    charges = [{"type": "service", "amount": 50}, {"type": "gratuity", "amount": 5}]
    bill = basket(line(), back, charges=charges, external_vouchers=given)
    assert (bill.amount, bill.charges_amount) == (3_50 - 1_00 + 55 - 30, 55)


@pytest.mark.parametrize(("included", "added"), [(True, 0), (False, 21)])
def test_tax_is_added_where_prices_do_not_contain_it(included: bool, added: int) -> None:
    assert basket(tax_amount=21, prices_include_tax=included).added_tax_amount == added


def test_a_product_needs_a_sku() -> None:
    with pytest.raises(ValidationError, match="needs a sku"):
        sent(sku=None)


@pytest.mark.parametrize(
    "field", [{"reference": "CARD"}, {"recipient": {"email": "a@b.c", "consent": True}}]
)
def test_a_product_has_no_card(field: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match="belong to sale and top-up lines"):
        sent(**field)


@pytest.mark.parametrize("kind", ["giftcard_sale", "prepaid_topup"])
@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"quantity": "2"}, "quantity 1"),
        ({"quantity": "-1"}, "quantity 1"),
        ({"quantity": "0.5"}, "quantity 1"),
        ({"unit_amount": 0}, "needs an amount"),
        ({"modifiers": [LINE]}, "no modifiers"),
        ({"add_ons": [LINE]}, "no modifiers"),
    ],
)
def test_stored_value_is_sold_one_by_one(kind: str, wrong: dict[str, object], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        sent(type=kind, sku=None, **wrong)


@pytest.mark.parametrize("kind", ["giftcard_sale", "prepaid_topup"])
def test_stored_value_needs_no_sku_or_reference_and_takes_no_discount(kind: str) -> None:
    assert not sent(type=kind, sku=None).takes_discounts
    assert sent(type=kind, reference="CARD").reference == "CARD"


@pytest.mark.parametrize("place", ["modifiers", "add_ons"])
@pytest.mark.parametrize("kind", ["giftcard_sale", "prepaid_topup"])
def test_stored_value_does_not_hide_within_a_product(place: str, kind: str) -> None:
    with pytest.raises(ValidationError, match="are products"):
        sent(**{place: [{**LINE, "type": kind}]})


def test_only_a_gift_card_has_a_recipient() -> None:
    anna = {"email": "anna@example.com", "consent": True}
    assert sent(type="giftcard_sale", recipient=anna).recipient is not None
    with pytest.raises(ValidationError, match="belongs to a gift card"):
        sent(type="prepaid_topup", recipient=anna)


def test_line_ids_are_distinct() -> None:
    with pytest.raises(ValidationError, match="line_id must be unique"):
        sent_basket(lines=[LINE, LINE])


@pytest.mark.parametrize("number", [0, 501])
def test_a_basket_has_one_to_five_hundred_lines(number: int) -> None:
    with pytest.raises(ValidationError, match="lines"):
        sent_basket(lines=[{**LINE, "line_id": str(n)} for n in range(number)])


def test_another_currency_than_the_stores_is_refused() -> None:
    with pytest.raises(Refusal) as no:
        basket(currency="USD").check("EUR")
    assert no.value.code == "currency_mismatch"


@pytest.mark.parametrize("total", [3_49, 3_51, 0, -3_50])
def test_a_total_that_is_not_the_sum_is_refused(total: int) -> None:
    with pytest.raises(Refusal) as no:
        basket(total_amount=total).check("EUR")
    assert no.value.code == "basket_mismatch"


def test_more_may_be_returned_than_is_sold_but_something_is_sold() -> None:
    basket(line(), line("2", 3_51, "-1")).check("EUR")
    with pytest.raises(Refusal) as no:
        basket(line("2", 3_51, "-1")).check("EUR")
    assert no.value.code == "basket_mismatch"


@given(baskets())
def test_a_basket_that_adds_up_is_taken(sold: Basket) -> None:
    sold.model_copy(update={"total_amount": sold.amount}).check(sold.currency)


@given(baskets())
def test_a_basket_is_the_same_after_a_journey_as_json(sold: Basket) -> None:
    again = Basket.model_validate_json(sold.model_dump_json())
    assert (again, again.amount) == (sold, sold.amount)


def test_a_sold_card_counts_in_the_basket() -> None:
    assert basket(line(), card_line()).amount == 28_50
