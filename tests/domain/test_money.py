from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.strategies import CURRENCIES, DECIMALS, WEIGHTS
from tillsaga.domain.money import (
    formatted,
    minor_digits,
    round_half_up,
    spread,
    to_major,
    to_minor,
)


@given(WEIGHTS, st.integers(1, 10**13))
def test_the_shares_add_up_to_the_amount_exactly(weights: list[int], amount: int) -> None:
    assert sum(spread(amount, weights)) == (amount if sum(weights) else 0)


@given(WEIGHTS, st.integers(1, 10**13))
def test_no_share_is_a_whole_unit_off_its_proportion(weights: list[int], amount: int) -> None:
    total = sum(weights)
    for share, weight in zip(spread(amount, weights), weights, strict=True):
        assert abs(share * total - amount * weight) < max(total, 1)


@given(WEIGHTS, st.data())
def test_no_share_exceeds_its_weight_while_the_amount_fits(
    weights: list[int], data: st.DataObject
) -> None:
    amount = data.draw(st.integers(0, sum(weights)))
    shares = spread(amount, weights)
    assert all(0 <= share <= weight for share, weight in zip(shares, weights, strict=True))


@given(WEIGHTS, st.integers(1, 10**6))
def test_equal_weights_get_equal_shares_or_the_earlier_one_more(
    weights: list[int], amount: int
) -> None:
    shares = spread(amount, [weights[0]] * len(weights))
    assert shares == sorted(shares, reverse=True)
    assert shares[0] - shares[-1] <= 1


@pytest.mark.parametrize(
    ("amount", "weights", "shares"),
    [
        (1_00, [1, 1, 1], [34, 33, 33]),
        (2, [1, 1, 1], [1, 1, 0]),
        (1, [0, 5], [0, 1]),
        (10_00, [10_00, 0], [10_00, 0]),
        (0, [3, 4], [0, 0]),
        (-5, [3, 4], [0, 0]),
        (7, [], []),
        (7, [0, 0], [0, 0]),
    ],
)
def test_an_amount_is_spread_like_this(amount: int, weights: list[int], shares: list[int]) -> None:
    assert spread(amount, weights) == shares


@pytest.mark.parametrize(
    ("currency", "digits"),
    [("EUR", 2), ("USD", 2), ("JPY", 0), ("ISK", 0), ("KWD", 3), ("TND", 3)],
)
def test_a_currency_has_its_own_decimals(currency: str, digits: int) -> None:
    assert minor_digits(currency) == digits


def test_a_currency_that_nobody_issued_has_no_decimals() -> None:
    with pytest.raises(ValueError, match="ZZZ"):
        minor_digits("ZZZ")


@given(st.integers(-(10**15), 10**15), CURRENCIES)
def test_minor_units_come_back_from_major_ones(amount: int, currency: str) -> None:
    assert to_minor(to_major(amount, currency), currency) == amount


@given(st.integers(-(10**15), 10**15), CURRENCIES)
def test_an_amount_is_written_with_the_decimals_of_its_currency(amount: int, currency: str) -> None:
    written = formatted(amount, currency)
    assert len(written.partition(".")[2]) == minor_digits(currency)
    assert to_minor(Decimal(written), currency) == amount


@given(DECIMALS)
def test_rounding_goes_to_a_nearest_unit_and_is_symmetric(amount: Decimal) -> None:
    assert abs(round_half_up(amount) - amount) <= Decimal("0.5")
    assert round_half_up(-amount) == -round_half_up(amount)


@pytest.mark.parametrize(
    ("amount", "rounded"), [("0.5", 1), ("1.5", 2), ("2.5", 3), ("2.4999", 2), ("-2.5", -3)]
)
def test_halves_are_rounded_away_from_zero(amount: str, rounded: int) -> None:
    assert round_half_up(Decimal(amount)) == rounded
