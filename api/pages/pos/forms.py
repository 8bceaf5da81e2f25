"""What a form of the till says, read as a till's values; what is wrong with it, in plain words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from tillsaga.domain.money import minor_digits
from tillsaga.errors import Refusal

MOST_DIGITS = 10


@dataclass(frozen=True)
class Fields:
    """The fields of one form, by name."""

    sent: Mapping[str, str]
    repeated: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Every value of a field that may stand there several times."""

    def but(self, **changed: str) -> "Fields":
        """The same form with other values."""
        return Fields({**self.sent, **changed}, self.repeated)

    def several(self, name: str) -> Sequence[str]:
        """Read all values of a field, without the empty ones."""
        return [value for value in self.repeated.get(name, ()) if value]

    def text(self, name: str) -> str:
        """Read a field that must be filled in.

        Raises:
            Refusal: `invalid_request`.
        """
        value = self.optional(name)
        if value is None:
            raise Refusal("invalid_request", f"the field {name} is empty")
        return value

    def optional(self, name: str) -> str | None:
        """Read a field; None where it is empty or absent."""
        return self.sent.get(name, "").strip() or None

    def number(self, name: str) -> int:
        """Read a whole number that is not negative.

        Raises:
            Refusal: `invalid_request`.
        """
        value = self.text(name)
        if not value.isascii() or not value.isdigit() or len(value) > MOST_DIGITS:
            raise Refusal("invalid_request", f"the field {name} needs a whole number")
        return int(value)

    def money(self, name: str, currency: str) -> int | None:
        """Read an amount as a person writes it, into minor units; None where it is empty.

        Raises:
            Refusal: `invalid_request`.
        """
        value = self.optional(name)
        return None if value is None else minor_units(value, currency)


def minor_units(written: str, currency: str) -> int:
    """Read an amount with a point or a comma.

    >>> minor_units("10", "EUR"), minor_units("10,50", "EUR"), minor_units("500", "JPY")
    (1000, 1050, 500)

    Raises:
        Refusal: `invalid_request`: no amount, a negative one, or too many decimals.
    """
    digits = minor_digits(currency)
    try:
        amount = Decimal(written.replace(",", ".")).scaleb(digits)
    except InvalidOperation as wrong:
        raise _no_amount(digits) from wrong
    if not amount.is_finite() or amount < 0 or amount >= 10**MOST_DIGITS:
        raise _no_amount(digits)
    if amount != amount.to_integral_value():
        raise _no_amount(digits)
    return int(amount)


def _no_amount(digits: int) -> Refusal:
    example = f"10.{'5' + '0' * (digits - 1)}" if digits else "10"
    return Refusal("invalid_request", f"write an amount such as {example}")
