"""Lines as the vendor's products, and external vouchers as it counts them (sheet 3)."""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from tillsaga.connectors.letstrade.wire import Money
from tillsaga.domain.basket import ExternalVoucher, Line
from tillsaga.domain.model import Json


def told(lines: Iterable[Line]) -> list[Line]:
    """The lines that are products for the vendor.

    Stored value is sold at its price and earns nothing; the wire knows no negative quantity, so
    what is taken back only lowers what is left to pay.
    """
    return [line for line in lines if line.type == "product" and line.quantity > 0]


def returned_amount(lines: Iterable[Line]) -> int:
    """What the till gives back for goods within the same bill, minor units."""
    back = (line.amount for line in lines if line.type == "product" and line.quantity < 0)
    return -sum(back)


def stored_value_amount(lines: Iterable[Line]) -> int:
    """What gift cards and top-ups on the bill cost, minor units."""
    return sum(line.amount for line in lines if line.type != "product")


class Products:
    """Writes products; without an id of its own at this provider, a product goes by its sku."""

    def __init__(self, provider: str, money: Money) -> None:
        """Take the provider's name in the store and its currency."""
        self._provider = provider
        self._money = money

    def product(self, line: Line) -> Json:
        """Write a line; `price` is before any discount, `promotion_price` what it sells at."""
        item = self._named(line, line.quantity) | {"price": self._money.text(_regular(line))}
        if line.on_promotion:
            item["on_promotion"] = True
            item["promotion_price"] = self._money.text(line.unit_amount)
        if line.barcode:
            item["barcode"] = line.barcode
        if line.modifiers:
            item["condiments"] = list(self._condiments(line.modifiers, Decimal(1)))
        if line.add_ons:
            item["add_ons"] = [self.product(part) for part in line.add_ons]
        return item

    def _named(self, line: Line, quantity: Decimal) -> Json:
        return {
            "sku": line.sku,
            "pid": self.pid(line),
            "title": line.title,
            "quantity": f"{quantity:f}",
        }

    def pid(self, line: Line) -> str | None:
        """The vendor's id of a product."""
        return line.provider_ids.get(self._provider) or line.sku

    def _condiments(self, parts: Iterable[Line], times: Decimal) -> Iterator[Json]:
        """A flat list: what belongs to a modifier stands beside it."""
        for part in parts:
            each = times * part.quantity
            yield self._named(part, each) | {"price": self._money.text(part.unit_amount)}
            yield from self._condiments((*part.modifiers, *part.add_ons), each)

    def external(self, voucher: ExternalVoucher, lines: Iterable[Line]) -> Json:
        """Write a till's own voucher so that it takes off exactly its amount.

        There, `value` counts per unit of the product named by `sku`. An amount that does not
        divide over the units, or exceeds their price, is told for the whole basket instead.
        """
        basket: Json = {
            "id": voucher.id,
            "title": voucher.title,
            "value": self._money.text(voucher.amount),
        }
        line = next((line for line in lines if voucher.sku and line.sku == voucher.sku), None)
        if line is None:
            return basket
        units = min(voucher.quantity or line.quantity, line.quantity)
        most = units * _unit_amount(line, voucher.apply_to_promotion)
        if units <= 0 or voucher.amount % units or voucher.amount > most:
            return basket
        return basket | {
            "value": self._money.text(int(voucher.amount / units)),
            "sku": voucher.sku,
            "quantity": f"{units:f}",
            "apply_to_promotion": voucher.apply_to_promotion,
        }


def _unit_amount(line: Line, apply_to_promotion: bool) -> int:
    return line.unit_amount if line.on_promotion and apply_to_promotion else _regular(line)


def _regular(line: Line) -> int:
    if line.on_promotion and line.regular_unit_amount is not None:
        return line.regular_unit_amount
    return line.unit_amount
