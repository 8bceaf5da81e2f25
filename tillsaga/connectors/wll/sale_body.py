"""The sale as an order or as an event (sheet 3.5, 3.6). Nothing personal is in it (trap 12)."""

from decimal import Decimal

from pydantic import JsonValue

from tillsaga.connectors.wll.operators import transaction_id
from tillsaga.connectors.wll.wire import stamp
from tillsaga.domain.basket import Line
from tillsaga.domain.effects import EffectOrder
from tillsaga.domain.model import Json
from tillsaga.domain.sale import Sale, SoldOffer

SOURCE = "tillsaga"


class SaleBody:
    """Writes one sale. Sold stored value is left out: it is money moved, not goods bought."""

    def __init__(self, order: EffectOrder, sale: Sale, location_id: str) -> None:
        """Take the order, the sale and the vendor's id of the store."""
        self._order = order
        self._sale = sale.above_zero
        self._location = location_id

    def as_order(self, auth_identifier: str | None) -> Json:
        """Write it for the Receipts service; without a submitter it is nobody's (trap 11)."""
        sale = self._sale
        submitter: Json = {}
        if auth_identifier:
            submitter["submitter"] = {"authIdentifier": auth_identifier}
        return {
            "transactionId": transaction_id(self._order),
            "placedAt": stamp(sale.paid_at),
            "currency": sale.currency,
            "total": self._total(),
            "locationId": self._location,
            "cashierId": self._cashier(),
            **submitter,
            "items": self._items(),
            "discounts": [_discount(offer) for offer in sale.offers],
            "metadata": {"source": SOURCE, "chargesAmount": self._charges()},
        }

    def as_event(self) -> Json:
        """Write it for the tenant's own event type."""
        sale = self._sale
        return {
            "transactionId": transaction_id(self._order),
            "operationId": self._order.key,
            "total": self._total(),
            "currency": sale.currency,
            "branchId": self._location,
            "cashierId": self._cashier(),
            "items": self._items(),
            "discounts": [_discount(offer) for offer in sale.offers],
        }

    def _cashier(self) -> str:
        return self._sale.cashier_id or self._sale.terminal_id

    def _charges(self) -> int:
        return sum(charge.amount for charge in self._sale.charges)

    def _total(self) -> int:
        """What the goods cost after discounts, with charges and taxes, minor units."""
        stored = (s.total_amount for s in self._sale.lines if s.line.type != "product")
        return self._sale.total_amount - sum(stored)

    def _items(self) -> list[JsonValue]:
        return [_item(sold.line) for sold in self._sale.lines if sold.line.type == "product"]


def _item(line: Line) -> JsonValue:
    """Write a line before discounts; a return has a positive quantity at a negative price."""
    parts = sum(part.amount for part in (*line.modifiers, *line.add_ons))
    unit = line.unit_amount + parts
    return {
        "sku": line.sku,
        "name": line.title,
        "quantity": _number(abs(line.quantity)),
        "unitPrice": unit if line.quantity > 0 else -unit,
        "total": line.amount,
    }


def _number(quantity: Decimal) -> int | float:
    return int(quantity) if quantity == int(quantity) else float(quantity)


def _discount(offer: SoldOffer) -> JsonValue:
    return {
        "type": offer.kind.upper(),
        "reference": offer.redemption_reference or offer.offer_id,
        "amount": offer.amount,
    }
