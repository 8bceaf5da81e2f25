"""The sold basket in our words, as vendors are told of it after the payment."""

import hashlib
import json

from pydantic import Field

from tillsaga.domain.basket import Charge, ExternalVoucher, Line
from tillsaga.domain.model import Instant, Json, Model


class SoldLine(Model):
    """A line with what was taken off it; `sold` names the effect's answer for stored value."""

    line: Line
    discount_amount: int
    total_amount: int
    sold_operation: str | None = None
    sold_reference: str | None = None


class SoldOffer(Model):
    """An offer that counted: what it saved per line, and the vendor's id of its redemption."""

    offer_id: str
    provider: str
    kind: str
    title: str
    line_amounts: dict[str, int]
    redemption_operation: str | None = None
    redemption_reference: str | None = None
    honoured: bool = False
    """Gone at the vendor although the customer has paid the lower price: never spend it again."""
    data: Json = Field(default_factory=dict)

    @property
    def amount(self) -> int:
        """Saving in all, minor units."""
        return sum(self.line_amounts.values())


class UsedTender(Model):
    """A vendor's stored value that paid a part."""

    type: str
    provider: str
    amount: int
    transaction_id: str | None
    points: int | None = None
    data: Json = Field(default_factory=dict)


class PaidPart(Model):
    """What the till took by itself: card, cash and the like."""

    type: str
    amount: int


class Sale(Model):
    """Everything that a vendor may be told: no names, no card codes, no bank card data."""

    checkout_id: str
    store_id: str
    terminal_id: str
    cashier_id: str | None = None
    receipt_number: str | None
    currency: str
    basket_id: str
    lines: tuple[SoldLine, ...]
    charges: tuple[Charge, ...]
    offers: tuple[SoldOffer, ...]
    tenders: tuple[UsedTender, ...]
    payments: tuple[PaidPart, ...] = ()
    external_vouchers: tuple[ExternalVoucher, ...] = ()
    members: dict[str, str]
    basket_amount: int
    discount_amount: int
    tax_amount: int
    total_amount: int
    due_amount: int = 0
    """What the till takes itself: total less all vendors' tenders."""
    paid_at: Instant

    @property
    def returned_amount(self) -> int:
        """What the goods taken back are worth, minor units."""
        return -sum(sold.total_amount for sold in self.lines if sold.line.quantity < 0)

    @property
    def returns_more(self) -> bool:
        """Whether the goods taken back are worth more than the goods sold."""
        return sum(s.total_amount for s in self.lines if s.line.type == "product") < 0

    @property
    def above_zero(self) -> "Sale":
        """Write it for vendors that cannot earn less than nothing.

        What was sold stands alone then, paid for by the goods, which come back by a call of their
        own.
        """
        if not self.returns_more:
            return self
        back = self.returned_amount
        tenders = sum(tender.amount for tender in self.tenders)
        due = max(self.due_amount, self.total_amount + back - tenders)
        paid = PaidPart(type="exchange", amount=due - self.due_amount)
        return self.model_copy(
            update={
                "lines": tuple(sold for sold in self.lines if sold.line.quantity > 0),
                "payments": (*self.payments, paid),
                "basket_amount": self.basket_amount + back,
                "total_amount": self.total_amount + back,
                "due_amount": due,
            }
        )

    @property
    def digest(self) -> str:
        """Name what the customer gets and pays; another price or customer is another sale."""
        material = {
            "lines": [(sold.line.line_id, sold.total_amount) for sold in self.lines],
            "charges": [charge.amount for charge in self.charges],
            "offers": [(offer.offer_id, offer.amount) for offer in self.offers],
            "tenders": [(t.provider, t.type, t.amount) for t in self.tenders],
            "members": self.members,
            "due": self.due_amount,
        }
        return hashlib.sha256(json.dumps(material, sort_keys=True).encode()).hexdigest()

    def fingerprint_material(self, provider: str) -> Json:
        """What makes two sales the same one to a vendor: all but the clock and how it was paid.

        Nor the vendors' ids, which come one after another: what is restored knows more of them
        than the first run did. Nor whom other vendors know the customer as, which one that was
        absent may say only while this one is being told.
        """
        material = self.model_dump(
            mode="json",
            exclude={
                "paid_at": True,
                "members": True,
                "payments": True,
                "lines": {"__all__": {"sold_reference"}},
                "offers": {"__all__": {"redemption_reference"}},
                "tenders": {"__all__": {"transaction_id"}},
            },
        )
        return material | {"member": self.members.get(provider)}
