"""The sold lines as Loyale's line items: whole quantities at whole cents (sheet 2, trap 20a).

* A discount that does not fit the unit price splits the line into two prices.
* What is not counted in whole units is one item at its price, its measure in the description.
* Goods taken back in the same sale have a negative quantity.
* Charges, added tax and other vendors' fees are items of their own; vouchers that the till gave
  by itself lower what they were given for.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from pydantic import JsonValue

from tillsaga.connectors.loyale.wire import number
from tillsaga.domain.basket import Line
from tillsaga.domain.model import Json
from tillsaga.domain.money import round_half_up, spread
from tillsaga.domain.sale import Sale, SoldLine


@dataclass(frozen=True)
class Item:
    """Units of one thing at one price; amounts in minor units per unit."""

    sku: str
    quantity: int
    unit_amount: int
    original_amount: int | None = None
    line_id: str | None = None
    counted: bool = True
    """Whether the quantity is the basket's, so that single units can be returned."""
    details: Json = field(default_factory=dict)

    @property
    def amount(self) -> int:
        """What it comes to, minor units; negative for goods taken back."""
        return self.quantity * self.unit_amount

    def wire(self, currency: str) -> Json:
        """Write the line item; the sale price always, so that it is never guessed (trap 2)."""
        item: Json = {"quantity": self.quantity, "sku": self.sku, **self.details}
        if self.original_amount is not None:
            item["unitPrice"] = number(self.original_amount, currency)
        item["unitSalePrice"] = number(self.unit_amount, currency)
        return item

    def kept(self) -> Json:
        """Write what a later return of single units needs (trap 11)."""
        return {
            "line_id": self.line_id,
            "sku": self.sku,
            "quantity": self.quantity,
            "unit_amount": self.unit_amount,
            "counted": self.counted,
        }


@dataclass
class _Entry:
    """A part of the bill before it is cut into items."""

    sku: str
    title: str
    amount: int
    quantity: Decimal = Decimal(1)
    line: Line | None = None
    promotions: tuple[str, ...] = ()
    category: str | None = None


def items_of(sale: Sale, provider: str) -> list[Item]:
    """Write the bill; the items add up to what is paid for it, fees apart."""
    entries = [_entry(sold, sale, provider) for sold in sale.lines]
    entries += [
        _Entry(f"charge-{charge.type}", charge.title or charge.type.capitalize(), charge.amount)
        for charge in sale.charges
    ]
    if sale.tax_amount:
        entries.append(_Entry("tax", "Tax", sale.tax_amount, category="Tax"))
    for voucher in sale.external_vouchers:
        named = [e for e in entries if e.line and voucher.sku and e.line.sku == voucher.sku]
        rest = _take(named, voucher.amount)
        _take(entries, rest)
    return [item for entry in entries for item in _cut(entry)]


def fee_item(amount: int) -> Item:
    """What other vendors add to the bill, minor units."""
    return Item("fees", 1, amount, details={"description": "Fees", "categories": ["Charges"]})


def _entry(sold: SoldLine, sale: Sale, provider: str) -> _Entry:
    line = sold.line
    return _Entry(
        sku=line.provider_ids.get(provider) or line.sku or line.type,
        title=line.title,
        amount=sold.total_amount,
        quantity=line.quantity,
        line=line,
        promotions=tuple(o.title for o in sale.offers if o.line_amounts.get(line.line_id)),
    )


def _take(entries: Iterable[_Entry], amount: int) -> int:
    """Lower the entries in proportion; answers what is left to take, minor units."""
    payable = [entry for entry in entries if entry.amount > 0]
    taken = min(amount, sum(entry.amount for entry in payable))
    shares = spread(taken, [entry.amount for entry in payable])
    for entry, share in zip(payable, shares, strict=True):
        entry.amount -= share
    return amount - taken


def _cut(entry: _Entry) -> list[Item]:
    """Split an entry into at most two prices, a cent apart, that add up to it."""
    counted = entry.quantity == int(entry.quantity)
    count = abs(int(entry.quantity)) if counted else 1
    sign = -1 if entry.amount < 0 or (entry.amount == 0 and entry.quantity < 0) else 1
    price, dearer = divmod(abs(entry.amount), count)
    return [
        Item(
            sku=entry.sku,
            quantity=sign * units,
            unit_amount=unit_amount,
            original_amount=_original(entry.line, count) if entry.line else None,
            line_id=entry.line.line_id if entry.line else None,
            counted=counted and entry.line is not None,
            details=_details(entry, counted),
        )
        for units, unit_amount in ((dearer, price + 1), (count - dearer, price))
        if units
    ]


def _original(line: Line, count: int) -> int:
    """The price of a unit before any promotion or discount, minor units."""
    regular = line.regular_unit_amount or 0
    promoted = abs(line.quantity) * max(0, regular - line.unit_amount)
    return round_half_up((abs(line.amount) + promoted) / count)


def _details(entry: _Entry, counted: bool) -> Json:
    measure = "" if counted else f" ({entry.quantity:f})"
    line = entry.line
    categories: list[JsonValue] = [*line.categories] if line else [entry.category or "Charges"]
    details: Json = {"description": entry.title + measure}
    if categories:
        details["categories"] = categories
    if entry.promotions:
        details["promotions"] = [*entry.promotions]
    if line and line.vendor:
        details["vendor"] = line.vendor
    return details
