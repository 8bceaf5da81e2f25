"""The sale as Loyale's transaction (sheet 2)."""

from functools import cached_property

from pydantic import JsonValue

from tillsaga.connectors.loyale.items import Item, fee_item, items_of
from tillsaga.connectors.loyale.payments import Payments, methods
from tillsaga.connectors.loyale.settings import LoyaleSettings
from tillsaga.connectors.loyale.wire import unique_id
from tillsaga.domain.effects import EffectOrder
from tillsaga.domain.model import Json
from tillsaga.domain.sale import Sale, SoldOffer, UsedTender


class SaleBody:
    """Writes one transaction."""

    def __init__(self, order: EffectOrder, sale: Sale, settings: LoyaleSettings) -> None:
        """Take the order, its sale, and what earns nothing."""
        self._order = order
        sale = sale.above_zero
        self._sale = sale
        self._payments = Payments(sale, order.provider, settings.non_earning_payment_types)

    def body(self, customer_id: str) -> Json:
        """Write the request; the outlet is added when it is sent."""
        sale = self._sale
        currency = sale.currency
        total = sum(item.amount for item in self.items)
        lines: list[JsonValue] = [item.wire(currency) for item in self.items]
        body: Json = {
            "customerId": customer_id,
            "uniqueId": unique_id(self._order),
            "date": f"{sale.paid_at:%Y-%m-%dT%H:%M:%S}.{sale.paid_at.microsecond // 1000:03}Z",
            "description": f"Sale {sale.basket_id}",
            "pos": {"id": sale.terminal_id, "type": "Tillsaga"},
            "lineItems": lines,
            "paymentMethods": methods(self._payments.parts(total, self.quiet), currency),
        }
        if sale.receipt_number:
            body["receiptNumber"] = sale.receipt_number
        if self.coupons:
            body["coupons"] = [offer.data["barcode"] for offer in self.coupons]
        return body

    @cached_property
    def items(self) -> list[Item]:
        """The bill, and what other vendors add to it."""
        items = items_of(self._sale, self._order.provider)
        fees = self._payments.amount - sum(item.amount for item in items)
        return [*items, fee_item(fees)] if fees > 0 else items

    @property
    def quiet(self) -> int:
        """What must not earn, minor units: stored value earns when it is spent."""
        return sum(
            max(0, sold.total_amount)
            for sold in self._sale.lines
            if sold.line.type != "product" or not sold.line.earns_points
        )

    @property
    def coupons(self) -> list[SoldOffer]:
        """The coupons that this transaction uses up."""
        provider = self._order.provider
        mine = (o for o in self._sale.offers if o.provider == provider and not o.honoured)
        return [offer for offer in mine if "barcode" in offer.data]

    @property
    def gift_cards(self) -> list[UsedTender]:
        """The gift cards that this transaction charges."""
        mine = (t for t in self._sale.tenders if t.provider == self._order.provider)
        return [tender for tender in mine if tender.type == "giftcard"]

    def spent(self) -> Json:
        """Say what a return may not bring back: subjects and minor units, no barcodes."""
        return {
            "gift_cards": [
                {"subject": tender.data.get("subject"), "amount": tender.amount}
                for tender in self.gift_cards
            ],
            "coupons": [{"offer_id": o.offer_id, "amount": o.amount} for o in self.coupons],
        }
