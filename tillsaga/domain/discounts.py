"""What offers take off a basket, line by line and to the cent."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from tillsaga.domain.basket import Basket, Line, PlainQuantity
from tillsaga.domain.model import AmountMinor, Model
from tillsaga.domain.money import round_half_up, spread

DiscountType = Literal["percentage", "absolute", "free_item", "fixed_price", "vendor_computed"]
Percent = Annotated[PlainQuantity, Field(ge=0, le=100, description='A decimal string: "12.5".')]


class Discount(Model):
    """How an offer changes the price.

    `percentage` takes `percent` off; `absolute` takes `amount` off once; `free_item` gives the
    dearest matching unit free, `quantity` times; `fixed_price` sells `quantity` matching units at
    `amount` each; `vendor_computed` takes what the vendor said, per line or in all (`amount`).
    Without `skus` and `categories` the whole basket matches.
    """

    type: DiscountType
    amount: AmountMinor | None = None
    percent: Percent | None = None
    skus: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    min_spend_amount: AmountMinor | None = None
    quantity: Annotated[int, Field(strict=True, ge=1, le=1000)] = 1
    line_amounts: dict[str, AmountMinor] | None = None
    title: str | None = None

    @model_validator(mode="after")
    def _says_how_much(self) -> Self:
        said = {
            "percentage": self.percent is not None,
            "absolute": self.amount is not None,
            "free_item": True,
            "fixed_price": self.amount is not None,
            "vendor_computed": self.amount is not None or self.line_amounts is not None,
        }
        if not said[self.type]:
            raise ValueError(f"a {self.type} discount must say how much")
        return self

    def matches(self, line: Line) -> bool:
        """Say whether the discount may touch the line."""
        if not line.takes_discounts:
            return False
        if not self.skus and not self.categories:
            return True
        return line.sku in self.skus or not set(self.categories).isdisjoint(line.categories)


Savings = dict[str, int]
"""Saving per line_id, in minor units."""


def savings(basket: Basket, discounts: Sequence[Discount]) -> list[Savings]:
    """Price several discounts in their declared order, each on what the earlier ones left.

    No line goes below zero, nor does the bill where returns or the till's own vouchers lower it;
    each discount's savings add up to what it gives. A unit is given away or sold at a fixed price
    once.

    Returns:
        One `Savings` per discount, in the same order; empty where it does not fit the basket.
    """
    rests = {
        line.line_id: _Rest(line.amount, line.quantity)
        for line in basket.lines
        if line.takes_discounts
    }
    payable = max(basket.amount, 0)
    given = []
    for discount in discounts:
        cuts = _at_most(payable, _cuts(discount, basket, rests))
        for line_id, cut in cuts.items():
            rests[line_id].take(cut)
        given.append({line_id: cut.saved for line_id, cut in cuts.items()})
        payable -= sum(given[-1].values())
    return given


@dataclass(frozen=True)
class _Cut:
    """What one discount takes off a line; `units` that cost `price` before are at their own now."""

    saved: int
    units: Decimal = Decimal(0)
    price: int = 0


@dataclass
class _Rest:
    """What a line still costs: `units` of it at the regular price, the others `special` in all."""

    amount: int
    units: Decimal
    special: int = 0

    @property
    def regular(self) -> int:
        return self.amount - self.special

    def take(self, cut: _Cut) -> None:
        if cut.units:
            self.units -= cut.units
            self.special += cut.price - cut.saved
        else:
            self.special = self.special * (self.amount - cut.saved) // self.amount
        self.amount -= cut.saved


_Cuts = dict[str, _Cut]
_Rests = dict[str, _Rest]


def _cuts(discount: Discount, basket: Basket, rests: _Rests) -> _Cuts:
    spent = sum(rest.amount for rest in rests.values())
    matching = {
        line.line_id: rests[line.line_id]
        for line in basket.lines
        if discount.matches(line) and rests[line.line_id].amount > 0
    }
    if not matching or spent < (discount.min_spend_amount or 0):
        return {}
    return _PRICING[discount.type](discount, matching)


def _at_most(limit: int, cuts: _Cuts) -> _Cuts:
    amounts = [cut.saved for cut in cuts.values()]
    shares = zip(cuts.items(), spread(min(limit, sum(amounts)), amounts), strict=True)
    return {line_id: replace(cut, saved=share) for (line_id, cut), share in shares if share > 0}


def _percentage(discount: Discount, rests: _Rests) -> _Cuts:
    base = sum(rest.amount for rest in rests.values())
    return _spread_over(round_half_up(base * (discount.percent or Decimal(0)) / 100), rests)


def _absolute(discount: Discount, rests: _Rests) -> _Cuts:
    return _spread_over(discount.amount or 0, rests)


def _free_item(discount: Discount, rests: _Rests) -> _Cuts:
    return _per_unit(discount, rests, price=0)


def _fixed_price(discount: Discount, rests: _Rests) -> _Cuts:
    return _per_unit(discount, rests, price=discount.amount or 0)


def _vendor_computed(discount: Discount, rests: _Rests) -> _Cuts:
    if discount.line_amounts is None:
        return _absolute(discount, rests)
    named = discount.line_amounts
    return {i: _Cut(min(named[i], rest.amount)) for i, rest in rests.items() if i in named}


def _per_unit(discount: Discount, rests: _Rests, price: int) -> _Cuts:
    """Sell the dearest `quantity` units at `price`; a part of a unit counts as that part."""
    wanted = Decimal(discount.quantity)
    cuts: _Cuts = {}
    sellable = [(line_id, rest) for line_id, rest in rests.items() if rest.units > 0]
    for line_id, rest in sorted(sellable, key=lambda each: -each[1].regular / each[1].units):
        units = min(wanted, rest.units)
        before = round_half_up(Decimal(rest.regular) * units / rest.units)
        saved = max(0, before - round_half_up(units * price))
        cuts[line_id] = _Cut(saved, units, before)
        wanted -= units
        if wanted <= 0:
            break
    return cuts


def _spread_over(amount: int, rests: _Rests) -> _Cuts:
    weights = [rest.amount for rest in rests.values()]
    shares = spread(min(amount, sum(weights)), weights)
    return {line_id: _Cut(share) for line_id, share in zip(rests, shares, strict=True)}


_PRICING = {
    "percentage": _percentage,
    "absolute": _absolute,
    "free_item": _free_item,
    "fixed_price": _fixed_price,
    "vendor_computed": _vendor_computed,
}
