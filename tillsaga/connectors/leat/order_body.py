"""The sale as Leat's order (sheet 3.9).

Points come from lines, charges and discounts, not from the total (trap 16). So:

* What must not earn is not told at its price: products with `earns_points=False` are left out,
  sold stored value stands in the order at price 0, linked to its transaction.
* Goods taken back in the same sale lower the other lines, as a discount of their own; Leat
  publishes nothing about negative lines. Goods that are worth more are not in the order at all.
* Each line carries its own discount; `applied_discounts` say where it came from.
"""

from dataclasses import dataclass

from pydantic import JsonValue

from tillsaga.domain.basket import Line
from tillsaga.domain.effects import EffectOrder
from tillsaga.domain.model import Json
from tillsaga.domain.money import round_half_up, spread
from tillsaga.domain.sale import Sale, SoldLine, SoldOffer

OFFERS = {
    "redeem_voucher": "VOUCHER_REDEMPTION",
    "collect_reward": "COLLECTABLE_REWARD_REDEMPTION",
    "redeem_reward": "REWARD_REDEMPTION",
}
SOLD = {"load_giftcard": "GIFTCARD_TRANSACTION", "topup_prepaid": "PREPAID_TRANSACTION"}
PAID = {"giftcard": "GIFTCARD_TRANSACTION", "prepaid": "PREPAID_TRANSACTION"}
CHARGES = {
    "service": "SERVICE_CHARGE",
    "delivery": "SHIPPING",
    "gratuity": "GRATUITY",
    "other": "OTHER",
}


def external_identifier(order: EffectOrder) -> str:
    """Name the order after the checkout; taken again after its end, it is another order."""
    again = "" if order.generation == 1 else f"-g{order.generation}"
    return f"{order.checkout_id}{again}"


@dataclass(frozen=True)
class _Parts:
    """A line's items: itself first, then modifiers and add-ons, each in minor units."""

    gross: list[int]
    discounts: list[int]

    @property
    def totals(self) -> list[int]:
        return [g - d for g, d in zip(self.gross, self.discounts, strict=True)]


class OrderBody:
    """Writes one order."""

    def __init__(self, order: EffectOrder, sale: Sale, contact_uuid: str, shop_uuid: str) -> None:
        """Take the sale, and whose and where it was."""
        sale = sale.above_zero
        self.identifier = external_identifier(order)
        self._provider = order.provider
        self._sale = sale
        self._contact = contact_uuid
        self._shop = shop_uuid
        self._earning = [s for s in sale.lines if s.line.type == "product" and s.line.earns_points]
        self._goods = [sold for sold in self._earning if sold.total_amount >= 0]
        self._stored_value = [sold for sold in sale.lines if sold.line.type != "product"]
        self._returned = self._spread_returns()

    def _spread_returns(self) -> dict[str, int]:
        """Say how much of the goods taken back lowers each line."""
        weights = [sold.total_amount for sold in self._goods]
        back = -sum(sold.total_amount for sold in self._earning if sold.total_amount < 0)
        shares = spread(min(back, sum(weights)), weights)
        return {s.line.line_id: n for s, n in zip(self._goods, shares, strict=True)}

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to tell."""
        return not self._goods and not self._stored_value

    def body(self) -> Json:
        """Write the request."""
        parts = {sold.line.line_id: self._parts(sold) for sold in self._goods}
        charges = self._charges()
        gross = sum(sum(part.gross) for part in parts.values())
        discount = sum(sum(part.discounts) for part in parts.values())
        charged = sum(amount for _, amount in self._charged())
        paid_at = self._sale.paid_at.isoformat(timespec="seconds")
        goods: list[JsonValue] = [self._goods_line(s, parts[s.line.line_id]) for s in self._goods]
        return {
            "external_identifier": self.identifier,
            "reference": self._sale.receipt_number or self._sale.checkout_id,
            "status": "COMPLETED",
            "payment_status": "PAID",
            "currency": self._sale.currency,
            "order_amount": gross,
            "total_discount_amount": discount,
            "total_order_amount": gross - discount + charged,
            "paid_at": paid_at,
            "completed_at": paid_at,
            "contact": {"uuid": self._contact},
            "business_profile": {"uuid": self._shop},
            "line_items": goods + [self._stored_value_line(sold) for sold in self._stored_value],
            "applied_discounts": self._applied_discounts(),
            "charges": charges,
            "payments": self._payments(),
        }

    @property
    def sold_lines(self) -> list[SoldLine]:
        """What the order tells of: goods, and stored value at price 0."""
        return [*self._goods, *self._stored_value]

    def line_identifier(self, line_id: str) -> str:
        """Name a line, uniquely over all orders."""
        return f"{self.identifier}-{line_id}"

    def _parts(self, sold: SoldLine) -> _Parts:
        line = sold.line
        subs = [round_half_up(line.quantity * p.amount) for p in (*line.modifiers, *line.add_ons)]
        gross = [line.amount - sum(subs), *subs]
        given = sold.discount_amount + self._returned[line.line_id]
        return _Parts(gross=gross, discounts=spread(given, gross))

    def _goods_line(self, sold: SoldLine, parts: _Parts) -> Json:
        line = sold.line
        subs: list[JsonValue] = [
            self._item(part, f"{self.line_identifier(line.line_id)}.{n}", line, parts, n)
            for n, part in enumerate((*line.modifiers, *line.add_ons), start=1)
        ]
        item = self._item(line, self.line_identifier(line.line_id), None, parts, 0)
        return {**item, "sub_line_items": subs}

    def _item(
        self, line: Line, identifier: str, parent: Line | None, parts: _Parts, n: int
    ) -> Json:
        quantity = line.quantity * (parent.quantity if parent else 1)
        gross = parts.gross[n]
        # Quantities are whole numbers there: what was weighed is one item at its price.
        whole = int(quantity) if quantity == int(quantity) else 1
        if whole < 1 or whole * line.unit_amount != gross:
            whole = 1
        return {
            "external_identifier": identifier,
            "name": line.title,
            "quantity": whole,
            "price": gross // whole,
            "discount_amount": parts.discounts[n],
            "total_amount": parts.totals[n],
            "product": {"external_identifier": self._product(line)},
        }

    def _product(self, line: Line) -> str:
        return line.provider_ids.get(self._provider) or line.sku or line.line_id

    def _stored_value_line(self, sold: SoldLine) -> Json:
        item: Json = {
            "external_identifier": self.line_identifier(sold.line.line_id),
            "name": sold.line.title,
            "quantity": 1,
            "price": 0,
            "discount_amount": 0,
            "total_amount": 0,
            "product": {"external_identifier": sold.line.sku or sold.line.type},
        }
        type_ = SOLD.get(sold.sold_operation or "")
        if type_ and sold.sold_reference:
            item["result"] = {"uuid": sold.sold_reference, "type": type_}
        return item

    def _applied_discounts(self) -> list[JsonValue]:
        told = {sold.line.line_id for sold in self._goods}
        applied: list[JsonValue] = []
        for n, offer in enumerate(self._sale.offers, start=1):
            lines = {i: a for i, a in offer.line_amounts.items() if i in told and a > 0}
            if lines:
                discount = self._applied(f"discount-{n}", offer.title, lines)
                applied.append({**discount, **self._redemption(offer)})
        back = {line_id: amount for line_id, amount in self._returned.items() if amount > 0}
        if back:
            applied.append(self._applied("returned", "Goods taken back", back))
        return applied

    def _applied(self, name: str, title: str, lines: dict[str, int]) -> Json:
        return {
            "external_identifier": self.line_identifier(name),
            "name": title,
            "amount": sum(lines.values()),
            "type": "ABSOLUTE",
            "applied_to": "ORDER_LINES",
            "line_items": [
                {"external_identifier": self.line_identifier(line_id)} for line_id in lines
            ],
        }

    def _redemption(self, offer: SoldOffer) -> Json:
        type_ = OFFERS.get(offer.redemption_operation or "")
        if offer.provider != self._provider or not type_ or not offer.redemption_reference:
            return {}
        return {"offer": {"uuid": offer.redemption_reference, "type": type_}}

    def _charged(self) -> list[tuple[str, int]]:
        charged: list[tuple[str, int]] = [
            (charge.type, charge.amount) for charge in self._sale.charges
        ]
        return [*charged, ("tax", self._sale.tax_amount)] if self._sale.tax_amount else charged

    def _charges(self) -> list[JsonValue]:
        return [
            {
                "external_identifier": self.line_identifier(f"charge-{n}"),
                "name": kind.capitalize(),
                "amount": amount,
                "total_amount": amount,
                "charge_definition": {"external_identifier": CHARGES.get(kind, "TAX")},
            }
            for n, (kind, amount) in enumerate(self._charged(), start=1)
        ]

    def _payments(self) -> list[JsonValue]:
        return [
            {"uuid": tender.transaction_id, "type": PAID[tender.type]}
            for tender in self._sale.tenders
            if tender.provider == self._provider and tender.type in PAID and tender.transaction_id
        ]
