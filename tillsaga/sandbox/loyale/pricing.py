"""Lines, their rates and the points they earn (sheet 2 and 3)."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from fractions import Fraction

from tillsaga.sandbox.books import Record
from tillsaga.sandbox.loyale.call import Call
from tillsaga.sandbox.loyale.forms import LineForm
from tillsaga.sandbox.loyale.money import cents_of

ROUNDINGS = {
    "None": lambda cents: cents,
    "Nearest": lambda cents: math.floor(cents / 100 + Fraction(1, 2)) * 100,
    "Up": lambda cents: math.ceil(cents / 100) * 100,
    "Down": lambda cents: math.floor(cents / 100) * 100,
}
"""What a scheme's rounding makes of the cents that may earn: whole units of currency."""


@dataclass(frozen=True)
class Line:
    """A line as it counts: quantity times unit, in `cents`, at `rate` points per 1.00."""

    sku: str | None
    quantity: Decimal
    unit: Decimal
    cents: int
    rate: Fraction

    def stored(self) -> Record:
        """Write the line as JSON can keep it."""
        return asdict(self) | {
            name: str(getattr(self, name)) for name in ("quantity", "unit", "rate")
        }

    @classmethod
    def restored(cls, kept: Record) -> "Line":
        """Read what `stored` wrote."""
        return cls(
            sku=kept["sku"],
            quantity=Decimal(kept["quantity"]),
            unit=Decimal(kept["unit"]),
            cents=kept["cents"],
            rate=Fraction(kept["rate"]),
        )


def price(call: Call, forms: Sequence[LineForm]) -> list[Line]:
    """Price the lines with today's overrides."""
    overrides = call.books.all(
        "SELECT kind, value, rate FROM loyale_overrides WHERE scheme = ? ORDER BY id",
        call.scheme["guid"],
    )
    usual = Fraction(call.scheme["gain_rate"])
    return [
        Line(
            sku=form.sku,
            quantity=form.quantity,
            unit=form.unit(),
            cents=cents_of(form.quantity * form.unit()),
            rate=_rate(form, overrides, usual),
        )
        for form in forms
    ]


def _rate(form: LineForm, overrides: Sequence[Record], usual: Fraction) -> Fraction:
    """Choose the override: 0 wins, else the first configured (sheet 3)."""
    tags = {("category", name) for name in form.categories}
    tags |= {("promotion", name) for name in form.promotions} | {("vendor", form.vendor or "")}
    rates = [Fraction(one["rate"]) for one in overrides if (one["kind"], one["value"]) in tags]
    if Fraction(0) in rates:
        return Fraction(0)
    return rates[0] if rates else usual


def earned(lines: Sequence[Line], earning: int, rounding: str) -> int:
    """Count the points of a sale of which `earning` cents may earn (sheet 3, formula).

    The scheme's rounding is applied to the money that may earn, the floor to the points.
    """
    total = sum(line.cents for line in lines)
    points = sum((line.cents * line.rate for line in lines), Fraction(0)) / 100
    share = Fraction(ROUNDINGS[rounding](Fraction(earning)), total) if total else 1
    return math.floor(points * share)
