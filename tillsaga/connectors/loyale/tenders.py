"""Points and gift cards that could pay: charged by the sale's own transaction (sheet 4)."""

import asyncio

from tillsaga.connectors.loyale.coupons import digest
from tillsaga.connectors.loyale.members import Members, unless_refused
from tillsaga.connectors.loyale.wire import GIFT_CARD, REDEMPTION, is_barcode, number
from tillsaga.domain.basket import Basket
from tillsaga.domain.effects import Step
from tillsaga.domain.model import Json
from tillsaga.domain.money import to_minor
from tillsaga.domain.offers import Member
from tillsaga.domain.ports import FoundTender
from tillsaga.errors import Refused

AT_ONCE = 7
"""Questions side by side while a gift card's value is narrowed down: three bits a round."""


class Tenders:
    """Reads about stored value."""

    def __init__(self, members: Members, provider: str, currency: str) -> None:
        """Take the questions, the provider's name in the store and the scheme's currency."""
        self._members = members
        self._provider = provider
        self._currency = currency

    async def points(
        self, reference: str | None, member: Member | None, basket: Basket | None, due: int
    ) -> FoundTender | None:
        """Find how much of what is due, minor units, the customer's points could pay."""
        if reference is not None:
            return None  # Loyale spends the points of the sale's own customer only
        customer = _known(member)
        open_methods: Json = {"paymentMethods": [{"type": "Cash"}, {"type": REDEMPTION}]}
        receipt = await self._members.ask(
            {"customerId": customer}, _most_due(basket, due), open_methods
        )
        redeemed = [m.amount for m in receipt.payment_methods if m.type == REDEMPTION]
        available = sum(to_minor(amount, self._currency) for amount in redeemed)
        found = _planned(customer, basket, customer, {"type": REDEMPTION}, available)
        return found.model_copy(update={"points": receipt.points_redeemed})

    async def gift_card(
        self, reference: str | None, member: Member | None, basket: Basket | None, due: int
    ) -> FoundTender | None:
        """Find how much of what is due, minor units, a linked gift card could pay.

        None: it is no barcode of Loyale's, or not this customer's usable card.
        """
        if reference is None or not is_barcode(reference):
            return None
        customer = _known(member)
        available = await self._value(customer, reference, _most_due(basket, due))
        if available is None:
            return None
        subject = f"giftcard-{digest(self._provider, reference)}"
        data: Json = {"type": GIFT_CARD, "reference": reference, "subject": subject}
        return _planned(subject, basket, customer, data, available)

    async def _value(self, customer: str, reference: str, most: int) -> int | None:
        """Find the highest amount that a simulation takes; Loyale tells no balance (sheet 4)."""
        covers, usable = await asyncio.gather(
            self._pays(customer, reference, most, most), self._pays(customer, reference, 1, most)
        )
        if covers:
            return most
        if not usable:
            return None
        yes, no = 1, most
        while no - yes > 1:
            steps = range(1, AT_ONCE + 1)
            between = sorted({yes + (no - yes) * i // (AT_ONCE + 1) for i in steps} - {yes})
            asked = (self._pays(customer, reference, amount, most) for amount in between)
            for amount, taken in zip(between, await asyncio.gather(*asked), strict=True):
                yes, no = (max(yes, amount), no) if taken else (yes, min(no, amount))
        return yes

    async def _pays(self, customer: str, reference: str, amount: int, total: int) -> bool:
        card: Json = {
            "type": GIFT_CARD,
            "reference": reference,
            "amount": number(amount, self._currency),
        }
        cash: Json = {"type": "Cash", "amount": number(total - amount, self._currency)}
        methods: Json = {"paymentMethods": [card, cash] if total > amount else [card]}
        asked = self._members.ask({"customerId": customer}, total, methods)
        return await unless_refused(asked, "tender_refused", "insufficient_balance") is not None


def _known(member: Member | None) -> str:
    if member is None:
        raise Refused("the customer must be identified first", code="member_required")
    return member.member_id


def _most_due(basket: Basket | None, due: int) -> int:
    """What to ask about, minor units; never nothing, which Loyale may not calculate."""
    return due or max(1, basket.amount if basket else 1)


def _planned(
    subject: str, basket: Basket | None, customer: str, data: Json, available: int
) -> FoundTender:
    request: Json = {"customer_id": customer}
    sale = basket.id if basket else subject
    return FoundTender(
        subject=subject,
        available_amount=available,
        step=Step(operation="post_transaction", subject=sale, request=request),
        planned=True,
        data=data,
        request=request,
    )
