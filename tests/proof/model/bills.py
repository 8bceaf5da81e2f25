"""Bills for the exhaustive exploration: every kind of effect that one sale can have."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tillsaga.domain.basket import Basket
from tillsaga.domain.checkout import ProviderTerms, Terms
from tillsaga.domain.discounts import Discount
from tillsaga.domain.effects import Step
from tillsaga.domain.offers import Offer
from tillsaga.domain.ports import FoundTender, Quote, SaleStep

PROVIDERS = ("leat", "wll", "koupon", "loyale", "letstrade")
BASKET_ID = "0b7c6f0e-6f0e-4a3b-9a55-1f6f2f1f0a01"


def _offer(provider: str, subject: str, hold: str = "", commit: str = "", **more: Any) -> Offer:
    return Offer(
        id=f"{provider}:voucher:{subject}",
        provider=provider,
        kind="voucher",
        title=subject,
        subject=subject,
        discount=Discount(type="absolute", amount=50),
        hold=Step(operation=hold, subject=subject) if hold else None,
        commit=Step(operation=commit, subject=subject) if commit else None,
        **more,
    )


OFFERS = {
    "voucher": _offer("leat", "v-1", "lock_voucher", "redeem_voucher"),
    "reward": _offer("leat", "r-1", "pre_redeem_reward", "collect_reward"),
    "coupon": _offer("koupon", "k-1", commit="redeem_coupon"),
    "burn": _offer("wll", "b-1", commit="burn_voucher"),
    "loyale coupon": _offer("loyale", "l-1", sealed_by_sale=True),
    "customer code": _offer("letstrade", "c-1", sealed_by_sale=True),
}
TENDERS = {
    "gift card": ("leat", "giftcard", "charge_giftcard", "gc-1", False),
    "points": ("loyale", "points", "post_transaction", "m-1", True),
    "wallet": ("letstrade", "wallet", "finalise", "p-1", True),
}
CARD = "sold card"
ITEMS = (*OFFERS, *TENDERS, CARD)
_EARNS = {
    "leat": "post_order",
    "wll": "post_order",
    "koupon": "report_sale",
    "loyale": "post_transaction",
    "letstrade": "finalise",
}
_CARD_SALE = SaleStep(
    line_id="2",
    subject="s-1",
    steps=(Step(operation="load_giftcard", subject="s-1"),),
)


@dataclass(frozen=True)
class Bill:
    """What is sold, what lowers the price, and what pays: by the names of `ITEMS`."""

    items: tuple[str, ...]
    flow: str = "two_step"
    in_doubt: str = "honour"

    @property
    def kinds(self) -> tuple[str, ...]:
        """The vendors that have a part in it."""
        mine = {OFFERS[i].provider for i in self.items if i in OFFERS}
        mine |= {TENDERS[i][0] for i in self.items if i in TENDERS}
        mine |= {"leat"} if CARD in self.items or not mine else set()
        return tuple(name for name in PROVIDERS if name in mine)

    @property
    def terms(self) -> Terms:
        """The store's terms."""
        return Terms.model_validate(
            {
                "store_id": "ams-1",
                "currency": "EUR",
                "providers": [ProviderTerms(name=k, kind=k) for k in self.kinds],
                "payment_flow": self.flow,
                "in_doubt": self.in_doubt,
            }
        )

    @property
    def basket(self) -> Basket:
        """10.00 of goods, and a gift card of 5.00 where one is sold."""
        lines = [{"line_id": "1", "sku": "A", "title": "A", "unit_amount": 10_00}]
        card = {"line_id": "2", "title": "Card", "unit_amount": 5_00, "type": "giftcard_sale"}
        lines += [card | {"reference": "HT1"}] if CARD in self.items else []
        return Basket.model_validate({"id": BASKET_ID, "currency": "EUR", "lines": lines})

    @property
    def quotes(self) -> dict[str, Quote]:
        """What each vendor answers."""
        return {kind: self._quote(kind) for kind in self.kinds}

    def _quote(self, kind: str) -> Quote:
        offers = [OFFERS[i] for i in self.items if i in OFFERS and OFFERS[i].provider == kind]
        sales: Sequence[SaleStep] = [_CARD_SALE] if kind == "leat" and CARD in self.items else []
        return Quote(
            provider=kind,
            offers=tuple(offer.model_copy(deep=True) for offer in offers),
            sales=tuple(sales),
            earn=Step(operation=_EARNS[kind], subject="sale"),
        )

    @property
    def tenders(self) -> dict[str, tuple[str, FoundTender]]:
        """The stored values, by what the till scans."""
        return {item: (TENDERS[item][0], _found(item)) for item in self.items if item in TENDERS}


def _found(item: str) -> FoundTender:
    _, _, operation, subject, planned = TENDERS[item]
    step = Step(operation=operation, subject="sale" if planned else subject)
    return FoundTender(subject=subject, available_amount=100_00, step=step, planned=planned)
