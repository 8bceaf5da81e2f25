"""What holds for every basket under every stack of discounts."""

from decimal import Decimal

from hypothesis import given, settings

from tests.domain.strategies import DISCOUNTS, STACKS, baskets
from tillsaga.domain.basket import Basket
from tillsaga.domain.discounts import Discount, Savings, savings
from tillsaga.domain.money import round_half_up


def per_line(stack: list[Savings]) -> Savings:
    ids = {line_id for saved in stack for line_id in saved}
    return {line_id: sum(saved.get(line_id, 0) for saved in stack) for line_id in ids}


@settings(max_examples=150)
@given(baskets(), STACKS)
def test_no_saving_is_below_zero_and_no_line_is_given_away_twice(
    sold: Basket, stack: list[Discount]
) -> None:
    saved = savings(sold, stack)
    price = {line.line_id: line.amount for line in sold.lines}
    assert len(saved) == len(stack)
    assert all(amount > 0 for each in saved for amount in each.values())
    assert all(amount <= price[line_id] for line_id, amount in per_line(saved).items())


@settings(max_examples=100)
@given(baskets(), STACKS)
def test_the_bill_never_goes_below_zero(sold: Basket, stack: list[Discount]) -> None:
    assert 0 <= sum(per_line(savings(sold, stack)).values()) <= sold.amount


@given(baskets(), STACKS)
def test_only_lines_that_match_and_take_discounts_are_touched(
    sold: Basket, stack: list[Discount]
) -> None:
    lines = {line.line_id: line for line in sold.lines}
    for discount, saved in zip(stack, savings(sold, stack), strict=True):
        for line_id in saved:
            assert lines[line_id].takes_discounts
            assert discount.matches(lines[line_id])
            assert lines[line_id].type == "product"
            assert lines[line_id].quantity > 0


@given(baskets(), STACKS)
def test_a_discount_depends_only_on_the_ones_before_it(sold: Basket, stack: list[Discount]) -> None:
    whole = savings(sold, stack)
    for count in range(len(stack)):
        assert savings(sold, stack[:count]) == whole[:count]


@given(baskets(), STACKS)
def test_the_same_question_has_the_same_answer(sold: Basket, stack: list[Discount]) -> None:
    basket = Basket.model_validate_json(sold.model_dump_json())
    discounts = [Discount.model_validate_json(each.model_dump_json()) for each in stack]
    assert savings(basket, discounts) == savings(sold, stack)


@given(baskets(returns=False), DISCOUNTS)
def test_a_discount_gives_what_it_says(sold: Basket, discount: Discount) -> None:
    saved = savings(sold, [discount])[0]
    fits = [line for line in sold.lines if discount.matches(line)]
    base = sum(line.amount for line in fits)
    spent = sum(line.amount for line in sold.lines if line.takes_discounts)
    if spent < (discount.min_spend_amount or 0):
        assert saved == {}
    elif discount.type == "percentage":
        exact = base * (discount.percent or Decimal(0)) / 100
        assert sum(saved.values()) == round_half_up(exact)
    elif discount.amount is not None and discount.type in ("absolute", "vendor_computed"):
        assert sum(saved.values()) == min(discount.amount, base)


@given(baskets(returns=False), DISCOUNTS)
def test_what_the_vendor_names_per_line_is_what_the_line_gets(
    sold: Basket, discount: Discount
) -> None:
    if discount.line_amounts is None or discount.min_spend_amount:
        return
    named = discount.line_amounts
    fits = [line for line in sold.lines if discount.matches(line)]
    wanted = {each.line_id: min(named.get(each.line_id, 0), each.amount) for each in fits}
    given_ = savings(sold, [discount])[0]
    assert given_ == {line_id: amount for line_id, amount in wanted.items() if amount}


@given(baskets(returns=False))
def test_no_single_unit_is_dearer_than_the_free_one(sold: Basket) -> None:
    saved = savings(sold, [Discount(type="free_item")])[0]
    fits = [line for line in sold.lines if line.takes_discounts and line.quantity >= 1]
    dearest = max((round_half_up(line.amount / line.quantity) for line in fits), default=0)
    whole = [line_id for line_id in saved if line_id in {line.line_id for line in fits}]
    if len(whole) == len(saved) == 1:
        assert sum(saved.values()) == dearest
