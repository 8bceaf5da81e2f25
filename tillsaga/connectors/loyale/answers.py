"""What is kept of a transaction and of its return, for refunds and people."""

from collections.abc import Sequence

from pydantic import JsonValue

from tillsaga.connectors.loyale.sale_body import SaleBody
from tillsaga.connectors.loyale.settings import LoyaleSettings
from tillsaga.connectors.loyale.wire import GIFT_CARD, Method, Receipt, Returned, unique_id
from tillsaga.domain.effects import Concern, Done, EffectOrder
from tillsaga.domain.model import Json
from tillsaga.domain.money import to_minor


class Answers:
    """Writes `Done`; amounts in minor units, no barcodes.

    `data` of a sale: `unique_id`, `customer_id`, `points_earned`, `points_redeemed`,
    `payment_methods`, `items` (see `Item.kept`), `gift_cards` and `coupons` that it spent.
    `data` of its return: `unique_id`, `points_deducted`, `points_readded`, `payment_methods`,
    `not_restored`: what the customer has lost by it and a person must settle.
    """

    def __init__(self, settings: LoyaleSettings, currency: str) -> None:
        """Take what a return restores, and the scheme's currency."""
        self._settings = settings
        self._currency = currency

    def done(self, order: EffectOrder, receipt: Receipt) -> Done:
        """Write a transaction that went through."""
        name = unique_id(order)
        return Done(
            reference=name,
            transaction_id=name,
            points=receipt.points_earned,
            points_after=receipt.points_after,
            binding=bool(
                self._told(order, receipt)["gift_cards"] or self._told(order, receipt)["coupons"]
            ),
            data={
                "unique_id": name,
                "customer_id": receipt.customer_id,
                "points_earned": receipt.points_earned,
                "points_redeemed": receipt.points_redeemed,
                "payment_methods": self._methods(receipt.payment_methods),
                **self._told(order, receipt),
            },
        )

    def undone(
        self, order: EffectOrder, done: Done, receipt: Receipt, returned: Returned | None = None
    ) -> Done:
        """Write a return; without its answer, what there was to return of the transaction."""
        back = returned or _all_of(receipt)
        name = unique_id(order)
        gone = [] if receipt.failed else self._not_restored(done)
        return Done(
            reference=name,
            points=back.points_readded - back.points_deducted,
            points_after=back.points_after,
            data={
                "unique_id": name,
                "points_deducted": back.points_deducted,
                "points_readded": back.points_readded,
                "payment_methods": self._methods(back.used_payment_methods),
                "not_restored": [*gone],
            },
            concerns=tuple(_goodwill(item) for item in gone),
        )

    def _told(self, order: EffectOrder, receipt: Receipt) -> Json:
        if order.sale is not None:
            written = SaleBody(order, order.sale, self._settings)
            return {"items": [item.kept() for item in written.items], **written.spent()}
        charged: list[JsonValue] = [
            {"subject": None, "amount": to_minor(method.amount, self._currency)}
            for method in receipt.payment_methods
            if method.type == GIFT_CARD
        ]
        return {"items": [], "gift_cards": charged, "coupons": []}

    def _methods(self, used: Sequence[Method]) -> list[JsonValue]:
        return [{"type": m.type, "amount": to_minor(m.amount, self._currency)} for m in used]

    def _not_restored(self, done: Done) -> list[Json]:
        """Loyale documents points only (sheet 6); the setting knows of gift cards only."""
        cards = [] if self._settings.return_restores_gift_card else done.data.get("gift_cards")
        return [
            *_marked("giftcard", cards),
            *_marked("coupon", done.data.get("coupons")),
        ]


def _goodwill(item: Json) -> Concern:
    """Put before a person what the customer has lost, item by item."""
    amount = item.get("amount")
    kind = "gift card" if item["kind"] == "giftcard" else item["kind"]
    words = f"loyale does not give the spent {kind} back"
    subject = item.get("offer_id") or item.get("subject")
    return Concern(
        code="goodwill",
        detail=words,
        amount=amount if isinstance(amount, int) else None,
        subject=subject if isinstance(subject, str) else None,
    )


def _marked(kind: str, spent: JsonValue) -> list[Json]:
    return [
        {"kind": kind, **each}
        for each in (spent if isinstance(spent, list) else [])
        if isinstance(each, dict)
    ]


def _all_of(receipt: Receipt) -> Returned:
    """What a whole return moved; a failed transaction was rolled back, so it moved nothing."""
    if receipt.failed:
        return Returned()
    return Returned(
        points_deducted=receipt.points_earned,
        points_readded=receipt.points_redeemed,
        used_payment_methods=receipt.payment_methods,
    )
