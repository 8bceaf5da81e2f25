"""How Let'sTrade writes JSON, read leniently (sheet 1, trap 10)."""

from decimal import Decimal, InvalidOperation
from typing import Annotated, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict

from tillsaga.domain.model import Json
from tillsaga.domain.money import formatted, to_minor

T = TypeVar("T")
MOST_DIGITS = 15


def decimal(value: object) -> Decimal | None:
    """Read an amount, which is a string here and a number there.

    >>> decimal("99.90"), decimal(40.0), decimal(10), decimal(None)
    (Decimal('99.90'), Decimal('40.0'), Decimal('10'), None)

    Raises:
        ValueError: it is no finite number.
    """
    if value in (None, ""):
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        raise ValueError("an amount is a number or a decimal string")
    try:
        read = Decimal(str(value))
    except InvalidOperation:
        raise ValueError("not an amount") from None
    # Nobody sells for that much, and arithmetic with it would fail.
    if not read.is_finite() or read.adjusted() > MOST_DIGITS:
        raise ValueError("not an amount")
    return read


def _list(value: object) -> object:
    return [] if value is None else value


def _object(value: object) -> object:
    """An absent object comes as null, `{}` or `[]`."""
    return value or None


Amount = Annotated[Decimal | None, BeforeValidator(decimal)]
Many = Annotated[list[T], BeforeValidator(_list)]
Maybe = Annotated[T | None, BeforeValidator(_object)]


class Shape(BaseModel):
    """Only what is used is read; ids may be digits."""

    model_config = ConfigDict(frozen=True, extra="ignore", coerce_numbers_to_str=True)


class Money:
    """The store's currency on the wire: 2 decimals, no currency field (sheet 1)."""

    def __init__(self, currency: str) -> None:
        """Take the currency."""
        self._currency = currency

    def text(self, amount: int) -> str:
        """Write minor units as the decimal string that requests carry."""
        return formatted(amount, self._currency)

    def minor(self, amount: Decimal | None) -> int:
        """Read a decimal as minor units; an absent one is nothing."""
        return 0 if amount is None else to_minor(amount, self._currency)

    def of(self, thing: Json, name: str) -> int | None:
        """Read an amount in one of the vendor's own objects; None where it says none."""
        try:
            read = decimal(thing.get(name))
        except ValueError:
            return None
        return None if read is None else max(0, self.minor(read))
