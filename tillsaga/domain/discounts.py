"""What offers take off a basket, line by line and to the cent."""

from collections.abc import Sequence
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
    each discount's savings add up to what it gives.

    Returns:
        One `Savings` per discount, in the same order; empty where it does not fit the basket.
    """
    left = {line.line_id: max(line.amount, 0) for line in basket.lines}
    payable = max(basket.amount, 0)
    given = []
    for discount in discounts:
        saved = _at_most(payable, _saved(discount, basket, left))
        payable -= sum(saved.values())
        for line_id, amount in saved.items():
            left[line_id] -= amount
        given.append(saved)
    return given


def _saved(discount: Discount, basket: Basket, left: Savings) -> Savings:
    lines = [line for line in basket.lines if discount.matches(line) and left[line.line_id] > 0]
    spent = sum(left[line.line_id] for line in basket.lines if line.takes_discounts)
    if not lines or spent < (discount.min_spend_amount or 0):
        return {}
    return _PRICING[discount.type](discount, lines, left)


def _at_most(limit: int, saved: Savings) -> Savings:
    amounts = list(saved.values())
    shares = spread(min(limit, sum(amounts)), amounts)
    return {line_id: share for line_id, share in zip(saved, shares, strict=True) if share > 0}


def _percentage(discount: Discount, lines: list[Line], left: Savings) -> Savings:
    base = sum(left[line.line_id] for line in lines)
    amount = round_half_up(base * (discount.percent or Decimal(0)) / 100)
    return _spread_over(amount, lines, left)


def _absolute(discount: Discount, lines: list[Line], left: Savings) -> Savings:
    return _spread_over(discount.amount or 0, lines, left)


def _free_item(discount: Discount, lines: list[Line], left: Savings) -> Savings:
    return _per_unit(discount, lines, left, price=0)


def _fixed_price(discount: Discount, lines: list[Line], left: Savings) -> Savings:
    return _per_unit(discount, lines, left, price=discount.amount or 0)


def _vendor_computed(discount: Discount, lines: list[Line], left: Savings) -> Savings:
    if discount.line_amounts is None:
        return _absolute(discount, lines, left)
    named = discount.line_amounts
    ids = [line.line_id for line in lines]
    return {i: min(named[i], left[i]) for i in ids if i in named}


def _per_unit(discount: Discount, lines: list[Line], left: Savings, price: int) -> Savings:
    """Sell the dearest `quantity` units at `price`; a part of a unit counts as that part."""
    wanted = Decimal(discount.quantity)
    saved: Savings = {}
    for line in sorted(lines, key=lambda line: -left[line.line_id] / line.quantity):
        units = min(wanted, line.quantity)
        now = round_half_up(Decimal(left[line.line_id]) * units / line.quantity)
        saved[line.line_id] = max(0, now - round_half_up(units * price))
        wanted -= units
        if wanted <= 0:
            break
    return saved


def _spread_over(amount: int, lines: list[Line], left: Savings) -> Savings:
    weights = [left[line.line_id] for line in lines]
    shares = spread(min(amount, sum(weights)), weights)
    return {line.line_id: share for line, share in zip(lines, shares, strict=True)}


_PRICING = {
    "percentage": _percentage,
    "absolute": _absolute,
    "free_item": _free_item,
    "fixed_price": _fixed_price,
    "vendor_computed": _vendor_computed,
}
