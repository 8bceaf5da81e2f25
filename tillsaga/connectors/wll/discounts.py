"""What a reward's discounts are worth (sheet 3.4). The engine enforces none of it: we do."""

from collections.abc import Callable, Mapping, Sequence

from pydantic import ValidationError

from tillsaga.connectors.wll.wire import Benefit, DiscountRow
from tillsaga.domain.discounts import Discount

Parts = dict[str, object]


def _split(skus: str | None) -> tuple[str, ...]:
    return tuple(part for part in (each.strip() for each in (skus or "").split(",")) if part)


def _minor(row: DiscountRow) -> int | None:
    value = row.value
    return None if value is None or value != int(value) else int(value)


def _absolute(row: DiscountRow) -> Parts:
    return {"type": "absolute", "amount": _minor(row)}


def _percentage(row: DiscountRow) -> Parts:
    return {"type": "percentage", "percent": None if row.value is None else f"{row.value:f}"}


def _fixed(row: DiscountRow) -> Parts | None:
    """A price needs a product: one for a whole basket says nothing."""
    return {"type": "fixed_price", "amount": _minor(row)} if _split(row.product_sku) else None


_TYPES: Mapping[str, Callable[[DiscountRow], Parts | None]] = {
    "ABSOLUTE": _absolute,
    "PERCENTAGE": _percentage,
    "FIXED": _fixed,
}


class Discounts:
    """What a voucher takes off in one store; None where nobody knows (trap 16)."""

    def __init__(self, location_id: str | None, rules: Mapping[str, Discount]) -> None:
        """Take the vendor's id of the store, and the store's own price list."""
        self._location = location_id
        self._rules = rules

    def listed(self, name: str | None) -> Discount | None:
        """Look a code, reward or article up in the store's own list."""
        return self._rules.get(name) if name else None

    def is_listed(self, code: str) -> bool:
        """Whether the till settles the code by itself (trap 15)."""
        return code in self._rules

    def elsewhere(self, benefit: Benefit) -> bool:
        """Whether all of its discounts are other stores'."""
        return bool(benefit.worth) and not self._here(benefit.worth)

    def of(self, benefit: Benefit) -> Discount | None:
        """Read what a voucher is worth here."""
        found = [self._one(row) for row in self._here(benefit.worth)]
        known = [discount for discount in found if discount is not None]
        if not known or len(known) != len(found):
            return None
        return known[0] if len(known) == 1 else _combined(known)

    def _here(self, rows: Sequence[DiscountRow]) -> list[DiscountRow]:
        if self._location is None:
            return list(rows)
        return [
            row
            for row in rows
            if not row.venues or any(venue.id == self._location for venue in row.venues)
        ]

    def _one(self, row: DiscountRow) -> Discount | None:
        if row.venues and self._location is None:
            return None  # a condition that cannot be read must not be skipped
        articles = _split(row.sku)
        if articles:
            # An article of the till's own, which knows its price; the value may be anything.
            prices = [self.listed(article) for article in articles]
            return prices[0] if len(prices) == 1 else None
        make = _TYPES.get(row.type.upper())
        parts = make(row) if make else None
        return _discount({**parts, "skus": _split(row.product_sku)}) if parts else None


def _combined(discounts: Sequence[Discount]) -> Discount | None:
    """Write several as one where that takes off the same; else nobody knows."""
    first = discounts[0]
    scopes = {discount.skus for discount in discounts}
    types = {discount.type for discount in discounts}
    if types == {"absolute"} and len(scopes) == 1:
        total = sum(discount.amount or 0 for discount in discounts)
        return _discount({"type": "absolute", "amount": total, "skus": first.skus})
    apart = len({sku for scope in scopes for sku in scope}) == sum(len(d.skus) for d in discounts)
    alike = len({discount.percent for discount in discounts}) == 1 and all(scopes)
    if types == {"percentage"} and alike and apart:
        skus = tuple(sku for discount in discounts for sku in discount.skus)
        return first.model_copy(update={"skus": skus})
    return None


def _discount(parts: Parts) -> Discount | None:
    try:
        return Discount.model_validate(parts)
    except ValidationError:
        return None
