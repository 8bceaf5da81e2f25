"""Money and points: cents inside, JSON numbers with two decimals on the wire (sheet 1)."""

import math
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

CENT = Decimal("0.01")


def cents_of(amount: Decimal) -> int:
    """Round an amount half up to cents (sheet 2, `round2`).

    >>> cents_of(Decimal("2.345"))
    235
    """
    return int(amount.quantize(CENT, ROUND_HALF_UP) * 100)


def on_the_wire(cents: int) -> int | float:
    """Write cents as Loyale does: 25 for 25.00, else the shortest decimal.

    >>> on_the_wire(2500), on_the_wire(847)
    (25, 8.47)
    """
    return cents / 100 if cents % 100 else cents // 100


def spelled(cents: int) -> str:
    """Write cents as they stand in error texts.

    >>> spelled(4000)
    '40.00'
    """
    return str(Decimal(cents) / 100 + Decimal("0.00"))


def points_for(cents: int, rate: Fraction) -> int:
    """Price an amount in points, rounded up (sheet 4, `need`); `rate` is points per 1.00.

    >>> points_for(1001, Fraction(10))
    101
    """
    return math.ceil(cents * rate / 100)


def cash_value(points: int, rate: Fraction) -> int:
    """Value a balance in cents, rounded down; a negative one is worth nothing (sheet 4, `V`).

    >>> cash_value(1500, Fraction(100)), cash_value(-5, Fraction(100))
    (1500, 0)
    """
    return max(0, math.floor(points * 100 / rate))
