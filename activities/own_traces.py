"""What a checkout itself has spent in a vendor's sale transaction, and now finds gone.

After a reset the till's messages are taken again, and vendors tell of coupons that are used up
and of balances that are lower: by us. The records know.
"""

from tillsaga.domain.offers import Offer
from tillsaga.domain.ports import CallState, EffectBook, FoundTender
from tillsaga.domain.sale import Sale


class OwnTraces:
    """Reads the records of one checkout."""

    def __init__(self, book: EffectBook) -> None:
        """Take the effect records."""
        self._book = book

    async def spent(self, checkout_id: str, offer: Offer) -> bool:
        """Say whether a transaction of this checkout that stands has spent the offer."""
        sales = await self._sales(checkout_id, offer.provider)
        return offer.sealed_by_sale and any(
            sold.offer_id == offer.id and not sold.honoured
            for sale in sales
            for sold in sale.offers
        )

    async def restoring(self, checkout_id: str, provider: str, found: FoundTender) -> FoundTender:
        """Count what this checkout has charged as available to it."""
        if not found.planned:
            return found
        sales = await self._sales(checkout_id, provider)
        charged = sum(
            tender.amount
            for sale in sales
            for tender in sale.tenders
            if tender.provider == provider and tender.data == found.data
        )
        available = found.available_amount + charged
        return found.model_copy(update={"available_amount": available}) if charged else found

    async def _sales(self, checkout_id: str, provider: str) -> list[Sale]:
        records = await self._book.of_checkout(checkout_id) if checkout_id else []
        return [
            record.order.sale
            for record in records
            if record.order.provider == provider
            and record.order.sale is not None
            and record.do.state is CallState.APPLIED
            and record.undo is None
        ]
