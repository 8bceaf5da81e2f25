"""Coupons: Loyale tracks them and the till prices them (sheet 4)."""

import hashlib
from collections.abc import Mapping

from tillsaga.connectors.loyale.members import Members, unless_refused
from tillsaga.connectors.loyale.wire import is_barcode
from tillsaga.domain.discounts import Discount
from tillsaga.domain.offers import Member, Offer


def digest(provider: str, barcode: str) -> str:
    """Name a barcode in keys and ids, which are shown."""
    return hashlib.sha256(f"{provider}:{barcode}".encode()).hexdigest()[:16]


class Coupons:
    """Reads about coupons."""

    def __init__(self, members: Members, provider: str, discounts: Mapping[str, Discount]) -> None:
        """Take the questions, the provider's name in the store and its price list."""
        self._members = members
        self._provider = provider
        self._discounts = discounts

    async def find(self, barcode: str, member: Member | None) -> Offer | None:
        """Find a coupon that the store has a price for; Loyale itself knows no prices.

        Without a customer nobody is asked: the barcode may be another vendor's.

        None also where Loyale would not take it from this customer: whether it is another
        vendor's or used up, nobody can say.
        """
        discount = self._discounts.get(barcode)
        if discount is None or not is_barcode(barcode):
            return None
        if member is not None and not await self._taken(barcode, member.member_id):
            return None
        return self._offer(barcode, discount, assumed=member is None)

    async def lost(self, offer: Offer, customer_id: str | None) -> str | None:
        """Say by our code why a coupon would not be taken any more; None while it would."""
        barcode = offer.data.get("barcode")
        if not isinstance(barcode, str) or customer_id is None:
            return None
        return None if await self._taken(barcode, customer_id) else "offer_refused"

    async def _taken(self, barcode: str, customer_id: str) -> bool:
        asked = self._members.ask({"customerId": customer_id}, more={"coupons": [barcode]})
        return await unless_refused(asked, "offer_refused") is not None

    def _offer(self, barcode: str, discount: Discount, assumed: bool) -> Offer:
        subject = f"coupon-{digest(self._provider, barcode)}"
        return Offer(
            id=f"{self._provider}:{subject}",
            provider=self._provider,
            kind="coupon",
            title=discount.title or "Coupon",
            subject=subject,
            code=barcode,
            min_spend_amount=discount.min_spend_amount,
            discount=discount,
            sealed_by_sale=True,
            assumed=assumed,
            needs_member=True,
            data={"barcode": barcode},
        )
