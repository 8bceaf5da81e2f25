"""Examples that a cashier could check by hand."""

import pytest
from pydantic import ValidationError

from tests.domain.samples import basket, card_line, line
from tillsaga.domain.basket import Basket
from tillsaga.domain.discounts import Discount, Savings, savings

COFFEE = line("1", 3_50, "2", sku="FW-350", categories=["drinks"])
CAKE = line("2", 4_20, sku="CAKE", categories=["food"])
TEA = line("3", 2_80, sku="TEA", categories=["drinks", "hot"])


def saved(sold: Basket, **discount: object) -> Savings:
    return savings(sold, [Discount.model_validate(discount)])[0]


def stacked(sold: Basket, *discounts: dict[str, object]) -> list[Savings]:
    return savings(sold, [Discount.model_validate(discount) for discount in discounts])


def test_of_two_flat_whites_one_is_free() -> None:
    assert saved(basket(COFFEE), type="free_item", skus=["FW-350"]) == {"1": 3_50}


def test_the_dearest_matching_unit_is_free() -> None:
    sold = basket(TEA, COFFEE, CAKE)
    assert saved(sold, type="free_item") == {"2": 4_20}
    assert saved(sold, type="free_item", categories=["drinks"]) == {"1": 3_50}


def test_several_free_units_are_taken_from_the_dearest_down() -> None:
    sold = basket(TEA, COFFEE, CAKE)
    assert saved(sold, type="free_item", quantity=3) == {"2": 4_20, "1": 7_00}


def test_the_dearest_unit_is_the_one_that_costs_most_after_earlier_discounts() -> None:
    half: dict[str, object] = {"type": "percentage", "percent": "50", "skus": ["CAKE"]}
    assert stacked(basket(CAKE, TEA), half, {"type": "free_item"}) == [{"2": 2_10}, {"3": 2_80}]


def test_a_free_unit_is_free_with_its_modifiers() -> None:
    latte = line("1", 3_50, "2", modifiers=[line("m", 60)])
    assert saved(basket(latte), type="free_item") == {"1": 4_10}


def test_what_is_weighed_is_free_up_to_one_unit() -> None:
    assert saved(basket(line("1", 10_00, "2.5")), type="free_item") == {"1": 10_00}
    assert saved(basket(line("1", 10_00, "0.350")), type="free_item") == {"1": 3_50}


def test_a_fixed_price_sells_the_dearest_units_at_that_price() -> None:
    sold = basket(COFFEE, CAKE)
    assert saved(sold, type="fixed_price", amount=3_00, quantity=2) == {"1": 50, "2": 1_20}


def test_a_fixed_price_above_the_price_takes_nothing_off() -> None:
    assert saved(basket(COFFEE), type="fixed_price", amount=4_00) == {}


@pytest.mark.parametrize(
    ("amount", "percent", "off"),
    [(1_00, "12.5", 13), (1_05, "10", 11), (1_04, "10", 10), (3, "50", 2), (1_00, "100", 1_00)],
)
def test_a_percentage_is_rounded_half_up(amount: int, percent: str, off: int) -> None:
    assert saved(basket(line("1", amount)), type="percentage", percent=percent) == {"1": off}


def test_a_percentage_is_rounded_once_and_not_per_line() -> None:
    three = basket(line("1", 33), line("2", 33), line("3", 34))
    assert sum(saved(three, type="percentage", percent="10").values()) == 10


def test_an_amount_is_spread_over_what_matches() -> None:
    sold = basket(COFFEE, CAKE, TEA)
    assert saved(sold, type="absolute", amount=1_00, categories=["drinks"]) == {"1": 71, "3": 29}


def test_an_amount_never_exceeds_what_matches() -> None:
    assert saved(basket(COFFEE, CAKE), type="absolute", amount=99_00, skus=["CAKE"]) == {"2": 4_20}


def test_a_sku_or_a_category_is_enough_to_match() -> None:
    scope = {"skus": ["CAKE"], "categories": ["hot"]}
    assert saved(basket(COFFEE, CAKE, TEA), type="percentage", percent="100", **scope) == {
        "2": 4_20,
        "3": 2_80,
    }


def test_what_nothing_matches_takes_nothing_off() -> None:
    assert saved(basket(COFFEE), type="absolute", amount=1_00, skus=["OTHER"]) == {}


@pytest.mark.parametrize(("minimum", "off"), [(11_20, {"1": 3_50}), (11_21, {})])
def test_a_minimum_spend_counts_the_whole_basket(minimum: int, off: Savings) -> None:
    sold = basket(COFFEE, CAKE)
    discount = {"type": "free_item", "skus": ["FW-350"], "min_spend_amount": minimum}
    assert saved(sold, **discount) == off


def test_stored_value_does_not_count_towards_a_minimum_spend() -> None:
    sold = basket(COFFEE, card_line())
    assert saved(sold, type="absolute", amount=1_00, min_spend_amount=10_00) == {}


def test_a_minimum_spend_counts_what_earlier_discounts_left() -> None:
    ten = {"type": "absolute", "amount": 1_00, "min_spend_amount": 7_00}
    assert stacked(basket(COFFEE), ten, ten) == [{"1": 1_00}, {}]


def test_the_declared_order_decides() -> None:
    half: dict[str, object] = {"type": "percentage", "percent": "50"}
    two: dict[str, object] = {"type": "absolute", "amount": 2_00}
    assert stacked(basket(COFFEE), half, two) == [{"1": 3_50}, {"1": 2_00}]
    assert stacked(basket(COFFEE), two, half) == [{"1": 2_00}, {"1": 2_50}]


def test_the_same_free_item_twice_takes_the_second_unit() -> None:
    free: dict[str, object] = {"type": "free_item", "skus": ["FW-350"]}
    assert stacked(basket(COFFEE), free, free, free) == [{"1": 3_50}, {"1": 3_50}, {}]


def test_a_unit_is_sold_at_a_fixed_price_once() -> None:
    three: dict[str, object] = {"type": "fixed_price", "amount": 3_00}
    assert stacked(basket(COFFEE), three, three, three) == [{"1": 50}, {"1": 50}, {}]


def test_a_percentage_applies_to_units_at_a_fixed_price_too() -> None:
    three: dict[str, object] = {"type": "fixed_price", "amount": 3_00}
    half: dict[str, object] = {"type": "percentage", "percent": "50"}
    free: dict[str, object] = {"type": "free_item"}
    assert stacked(basket(COFFEE), three, half, free) == [{"1": 50}, {"1": 3_25}, {"1": 1_75}]


def test_what_the_vendor_computed_per_line_is_taken_up_to_the_lines_price() -> None:
    named = {"1": 1_00, "2": 99_00, "gone": 5_00}
    off = saved(basket(COFFEE, CAKE), type="vendor_computed", line_amounts=named)
    assert off == {"1": 1_00, "2": 4_20}


def test_what_the_vendor_computed_in_all_is_spread() -> None:
    off = saved(basket(COFFEE, CAKE), type="vendor_computed", amount=1_12)
    assert off == {"1": 70, "2": 42}


def test_sold_cards_returns_and_excluded_lines_stay_untouched() -> None:
    back = line("back", 1_00, "-1")
    excluded = line("book", 9_00, discountable=False)
    sold = basket(COFFEE, card_line(), back, excluded)
    assert saved(sold, type="percentage", percent="100") == {"1": 7_00}
    named = {"gc": 1_00, "back": 1_00, "book": 1_00}
    assert saved(sold, type="vendor_computed", line_amounts=named) == {}


def test_a_discount_does_not_make_the_store_pay_for_a_return() -> None:
    sold = basket(line("1", 10_00), line("back", 8_00, "-1"))
    assert saved(sold, type="percentage", percent="100") == {"1": 2_00}


def test_a_discount_does_not_pay_out_the_tills_own_voucher() -> None:
    flyer = {"id": "x", "title": "Flyer", "amount": 6_00}
    sold = basket(COFFEE, external_vouchers=[flyer])
    assert saved(sold, type="absolute", amount=5_00) == {"1": 1_00}


@pytest.mark.parametrize(
    "discount",
    [
        {"type": "percentage", "amount": 5},
        {"type": "absolute", "percent": "5"},
        {"type": "fixed_price"},
        {"type": "vendor_computed"},
        {"type": "percentage", "percent": "100.01"},
        {"type": "percentage", "percent": "-1"},
        {"type": "percentage", "percent": "much"},
        {"type": "percentage", "percent": 12.5},
        {"type": "absolute", "amount": -1},
        {"type": "absolute", "amount": 1.0},
        {"type": "free_item", "quantity": 0},
        {"type": "free_item", "sku": "A"},
        {"type": "gift"},
    ],
)
def test_a_discount_that_makes_no_sense_is_refused(discount: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Discount.model_validate(discount)
