"""Money: whole cents inside; decimal texts and JSON numbers on the wire (sheet 1)."""

from decimal import ROUND_HALF_UP, Decimal


def to_cents(amount: Decimal) -> int:
    """Round an amount in rand half up to cents."""
    return int((amount * 100).quantize(Decimal(1), ROUND_HALF_UP))


def text(cents: int) -> str:
    """Write cents as a text with two decimals.

    >>> text(9990)
    '99.90'
    """
    return str(Decimal(cents).scaleb(-2))


def number(cents: int) -> float:
    """Write cents as the JSON number of an instrument's amount: `40.0`."""
    return cents / 100


def discount(cents: int) -> float:
    """Write cents as the JSON number of a basket discount, whole where it is: `10`."""
    return cents / 100 if cents % 100 else cents // 100
