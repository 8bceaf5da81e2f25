"""Money arithmetic: whole minor units, spread to the cent."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from functools import cache

from iso4217 import Currency as Iso4217


@cache
def minor_digits(currency: str) -> int:
    """Say how many decimal places a currency has.

    >>> minor_digits("EUR"), minor_digits("JPY"), minor_digits("KWD")
    (2, 0, 3)

    Raises:
        ValueError: ISO 4217 does not know the currency.
    """
    return int(Iso4217(currency).exponent or 0)


def to_major(amount: int, currency: str) -> Decimal:
    """Write minor units as the exact decimal that vendors and people read.

    >>> to_major(1999, "EUR"), to_major(1999, "JPY"), to_major(5, "KWD")
    (Decimal('19.99'), Decimal('1999'), Decimal('0.005'))
    """
    return Decimal(amount).scaleb(-minor_digits(currency))


def to_minor(amount: Decimal, currency: str) -> int:
    """Read a decimal amount as minor units, rounding half away from zero.

    >>> to_minor(Decimal("10.40"), "EUR"), to_minor(Decimal("5"), "JPY")
    (1040, 5)
    """
    return round_half_up(amount.scaleb(minor_digits(currency)))


def round_half_up(amount: Decimal) -> int:
    """Round to a whole minor unit, half away from zero: the rounding of receipts.

    >>> round_half_up(Decimal("0.5")), round_half_up(Decimal("-0.5"))
    (1, -1)
    """
    return int(amount.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def spread(amount: int, weights: Sequence[int]) -> list[int]:
    """Divide an amount over weights so that the shares add up to it exactly.

    Largest remainder first, earlier shares winning ties; no share exceeds its weight as long
    as the amount does not exceed their sum.

    >>> spread(100, [1, 1, 1])
    [34, 33, 33]
    >>> spread(5, [0, 0])
    [0, 0]
    """
    total = sum(weights)
    if total <= 0 or amount <= 0:
        return [0] * len(weights)
    shares = [amount * weight // total for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: -(amount * weights[i] % total))
    for i in by_remainder[: amount - sum(shares)]:
        shares[i] += 1
    return shares


def formatted(amount: int, currency: str) -> str:
    """Write an amount for people.

    >>> formatted(-350, "EUR")
    '-3.50'
    """
    return f"{to_major(amount, currency):f}"
