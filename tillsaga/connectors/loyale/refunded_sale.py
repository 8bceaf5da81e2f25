"""What one refund asks of a sale at Loyale, and what is left to a person after it."""

import hashlib
from dataclasses import replace

from tillsaga.connectors.loyale.payments import UNSPECIFIED, Part, Payments
from tillsaga.connectors.loyale.returned_lines import ReturnedLines, Units
from tillsaga.connectors.loyale.sale_body import SaleBody
from tillsaga.connectors.loyale.settings import LoyaleSettings
from tillsaga.connectors.loyale.wire import REDEMPTION, Returned, unique_id
from tillsaga.domain.effects import Concern, EffectOrder
from tillsaga.domain.model import Json
from tillsaga.domain.money import to_minor
from tillsaga.errors import Refused


class RefundedSale:
    """One refund of one transaction, as it was asked for."""

    def __init__(self, order: EffectOrder, settings: LoyaleSettings, currency: str) -> None:
        """Take the order of the part, what earns nothing, and the scheme's currency."""
        if order.sale is None:
            raise Refused("there is no sale to return from", code="invalid_request")
        self._order = order
        self._currency = currency
        self._sale = order.sale.above_zero
        self._non_earning = settings.non_earning_payment_types
        self._written = SaleBody(order.whole, order.sale, settings)
        self.lines = ReturnedLines(order, self._written)
        self.name = unique_id(order.whole)
        self.rest = order.request.get("rest") is True
        self.policy = order.request.get("spent_points")
        self.redemption = self._given("points")
        """What goes back to the points that paid, minor units."""
        self.redeemed_points = _int(order.did, "points_redeemed") or 0
        self._parts = _parts(order)
        self.after_custom = any(part.get("custom") is True for part in self._parts)

    def units(self) -> list[Units] | None:
        """List the line-item returns; what an earlier refund has left is still there too."""
        units = self.lines.units()
        if units is None:
            return None
        kept = [part.get("kept") for part in self._parts]
        left = [each for each in kept if isinstance(each, dict)]
        return [
            replace(each, before=each.before + sum(_int(one, each.sku) or 0 for one in left))
            for each in units
        ]

    @property
    def customer(self) -> str:
        """Whose sale it was."""
        return str(self._order.did.get("customer_id") or self._order.request["customer_id"])

    @property
    def return_name(self) -> str:
        """Name a custom return, within what an id may be (trap 9)."""
        digest = hashlib.sha256(str(self._order.request["refund_id"]).encode()).hexdigest()
        return f"{self.name[:47]}-{digest[:16]}"

    def _given(self, type_: str) -> int:
        return sum(_int(row, "amount") or 0 for row in self._tenders(type_))

    def _tenders(self, type_: str) -> list[Json]:
        tenders = self._order.request.get("tenders")
        rows = tenders if isinstance(tenders, list) else []
        return [row for row in rows if isinstance(row, dict) and row.get("type") == type_]

    def redeemed(self, back: Returned) -> int:
        """What a return gives back to the points that paid, minor units."""
        used = (m.amount for m in back.used_payment_methods if m.type == REDEMPTION)
        return sum(to_minor(amount, self._currency) for amount in used)

    def paid(self, total: int) -> list[Part]:
        """Divide what a custom return comes to: to the points their share, to the rest the rest.

        Of that so much earned nothing as of the whole sale.
        """
        redeemed = min(self.redemption, total)
        sold = sum(item.amount for item in self._written.items)
        payments = Payments(self._sale, self._order.provider, self._non_earning)
        parts = payments.parts(sold, self._written.quiet)
        silent = sum(part.amount for part in parts if not part.earns)
        silent = min(total * silent // sold if sold else 0, total - redeemed)
        divided = [
            Part(REDEMPTION, redeemed),
            Part(UNSPECIFIED, silent, earns=False),
            Part(UNSPECIFIED, total - redeemed - silent),
        ]
        return [part for part in divided if part.amount] or [Part(UNSPECIFIED, 0)]

    def concerns(self, data: Json, restores_gift_card: bool) -> list[Concern]:
        """Say what Loyale has not given back, and whether its points close."""
        concerns = []
        if data["custom"] or not restores_gift_card:
            concerns = [_lost(card) for card in self._tenders("giftcard")]
        if self.rest:
            concerns += [*self._coupons(), *self._open_points(data)]
        return concerns

    def _coupons(self) -> list[Concern]:
        """Only when nothing stays sold would the coupons be free again."""
        words = "loyale does not give the spent coupon back"
        spent = self._order.did.get("coupons")
        rows = [row for row in spent if isinstance(row, dict)] if isinstance(spent, list) else []
        return [Concern(code="goodwill", detail=words, amount=_int(row, "amount")) for row in rows]

    def _open_points(self, data: Json) -> list[Concern]:
        """Custom returns count by today's rules: in sum they may differ from the sale (trap 12)."""
        if not (self.after_custom or data["custom"]):
            return []
        parts = [*self._parts, data]
        taken = [_int(part, "points_deducted") for part in parts]
        earned = _int(self._order.did, "points_earned")
        if earned is None or None in taken:
            return []
        over = sum(points for points in taken if points is not None) - earned
        if not over:
            return []
        words = f"the returns took {abs(over)} points {'more' if over > 0 else 'fewer'} than"
        return [Concern(code="vendor_mismatch", detail=f"{words} the sale gave")]


def _lost(card: Json) -> Concern:
    words, subject = "loyale does not give the spent giftcard back", card.get("subject")
    return Concern(
        code="goodwill",
        detail=words,
        amount=_int(card, "amount"),
        subject=subject if isinstance(subject, str) else None,
    )


def _parts(order: EffectOrder) -> list[Json]:
    parts = order.prior.get("return_lines", {}).get("parts")
    return [part for part in parts if isinstance(part, dict)] if isinstance(parts, list) else []


def _int(values: Json, name: str) -> int | None:
    value = values.get(name)
    return value if isinstance(value, int) else None
