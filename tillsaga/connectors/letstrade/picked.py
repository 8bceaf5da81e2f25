"""Vouchers that a customer picked in the app, as offers, now and on a later basket (sheet 6).

The vendor priced a selection for the bill as it stood. On another basket a voucher for the whole
bill stays. One for a product stays while the product is there in as many units as the voucher is
for, at no lower price: what it would be worth otherwise only the vendor can say. What came as a
mere sum stays only on a bill of the same total.
"""

from collections.abc import Iterable
from decimal import Decimal

from tillsaga.connectors.letstrade.kept import vouchers_in
from tillsaga.connectors.letstrade.products import told
from tillsaga.connectors.letstrade.wire import Money, decimal
from tillsaga.connectors.letstrade.worth import Worth, key_of
from tillsaga.domain.basket import Basket, Line
from tillsaga.domain.discounts import Discount
from tillsaga.domain.model import Json
from tillsaga.domain.offers import Offer

NOTHING = Discount(type="vendor_computed", amount=0)


def by_key(vouchers: Iterable[Json]) -> dict[str, list[Json]]:
    """Group the entries of one voucher, which may stand on several products."""
    groups: dict[str, list[Json]] = {}
    for voucher in vouchers:
        groups.setdefault(key_of(voucher), []).append(voucher)
    return groups


def line_of(voucher: Json, basket: Basket) -> Line | None:
    """Find the product that a voucher is for."""
    sku = voucher.get("sku")
    return next((line for line in told(basket.lines) if line.sku == sku), None)


def worth_of(vouchers: list[Json], basket: Basket, money: Money) -> Worth:
    """Add up one voucher's entries; each stays where finalise wants it back."""
    worth = Worth(kind="voucher", key=key_of(vouchers[0]), title="Voucher")
    for voucher in vouchers:
        amount = money.of(voucher, "discount") or 0
        line = line_of(voucher, basket) if voucher.get("sku") else None
        if line is None:
            worth.amount += amount
            worth.basket_objects.append(voucher)
        else:
            before = worth.line_amounts.get(line.line_id, 0)
            worth.line_amounts[line.line_id] = before + amount
            worth.line_objects.setdefault(line.line_id, []).append(voucher)
    return worth


def discount_of(worth: Worth, basket: Basket) -> Discount | None:
    """Say what it takes off, of products by their sku: line ids may name others one day."""
    discount = worth.discount(basket)
    if discount is None or worth.amount or not worth.line_amounts:
        return discount
    skus = (line.sku for line in basket.lines if line.line_id in worth.line_amounts)
    return discount.model_copy(update={"skus": tuple(sku for sku in skus if sku)})


def goods_of(vouchers: Iterable[Json], basket: Basket) -> Json:
    """Note what the vouchers were priced for: units and price of each product, by sku."""
    goods: Json = {}
    for voucher in vouchers:
        line = line_of(voucher, basket) if voucher.get("sku") else None
        if line is not None and line.sku is not None:
            units = f"{_units(voucher, line):f}"
            goods[line.sku] = {"units": units, "unit_amount": line.unit_amount}
    return goods


def _units(voucher: Json, line: Line) -> Decimal:
    """The units that a voucher is for: without a number, all of them (sheet 3)."""
    try:
        quantity = decimal(voucher.get("quantity"))
    except ValueError:
        quantity = None
    return line.quantity if quantity is None else min(quantity, line.quantity)


def refit(offer: Offer, basket: Basket, money: Money, total: int) -> None:
    """Let a picked voucher stay on a basket, or take nothing off it any more.

    Args:
        offer: The offer, as it was appended.
        basket: The basket as it is now.
        money: The currency.
        total: What the bill comes to before any voucher, minor units.
    """
    vouchers = vouchers_in(offer.data)
    if not vouchers:
        if offer.data.get("bill_amount") != total:
            offer.discount = NOTHING
        return
    if not _are_sold(offer.data.get("goods"), basket):
        offer.discount = NOTHING
        return
    worth = worth_of(vouchers, basket, money)
    offer.discount = discount_of(worth, basket)
    offer.data = {**_without_objects(offer.data), **worth.data}


def _are_sold(goods: object, basket: Basket) -> bool:
    known = goods if isinstance(goods, dict) else {}
    return all(_is_sold(sku, was, basket) for sku, was in known.items())


def _is_sold(sku: str, was: object, basket: Basket) -> bool:
    line = line_of({"sku": sku}, basket)
    if line is None or not isinstance(was, dict):
        return False
    return line.quantity >= Decimal(was["units"]) and line.unit_amount >= was["unit_amount"]


def _without_objects(data: Json) -> Json:
    return {name: value for name, value in data.items() if not name.endswith("vouchers")}
