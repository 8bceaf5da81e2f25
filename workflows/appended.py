"""Offers that a customer picks in a vendor's app: each selection replaces the one before it.

It comes from the vendor while the bill is open, and is taken in turn with the till's messages: a
`ready` that was first freezes the bill, and the selection is refused.
"""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from tillsaga.domain.checkout import Appended, Checkout
    from tillsaga.domain.messages import AppendOffers
    from tillsaga.domain.model import Json
    from tillsaga.domain.offers import Offer
    from tillsaga.domain.ports import Selection
    from tillsaga.errors import Refusal

from workflows.offers import Offers
from workflows.refusals import require_basket
from workflows.tenders import Tenders
from workflows.vendors import Vendors


class Appending:
    """The selections for one checkout."""

    def __init__(
        self, checkout: Checkout, vendors: Vendors, offers: Offers, tenders: Tenders
    ) -> None:
        """Take the checkout, its offers, and what the price must still cover."""
        self._checkout = checkout
        self._vendors = vendors
        self._offers = offers
        self._tenders = tenders

    async def append(self, message: AppendOffers) -> Json:
        """Put a selection on the open bill; the same one again changes nothing.

        Returns:
            What the vendor is answered.

        Raises:
            Refusal: `state_conflict`: the bill is not open, or another; `malformed_request`;
                `basket_mismatch`: the sums; `tender_exceeds_total`. Nothing has changed then.
        """
        if self._checkout.status != "open":
            raise Refusal("state_conflict", f"the bill is {self._checkout.status}, not open")
        require_basket(self._checkout)
        selection = await self._read(message)
        if not self._stands(message.provider, selection):
            await self._replace(message.provider, selection)
        return selection.reply

    async def _read(self, message: AppendOffers) -> Selection:
        if message.provider not in self._vendors.names:
            raise Refusal("state_conflict", "the vendor was not told of this bill")
        answer = await self._vendors.read_selection(message.provider, message.body)
        if answer.selection is not None:
            return answer.selection
        assert answer.failure is not None, "what cannot be read says why"
        raise Refusal(answer.failure.code, answer.failure.detail)

    def _stands(self, provider: str, selection: Selection) -> bool:
        """Whether it is the last one again, and the till has taken nothing of it away."""
        last = self._checkout.appended.get(provider)
        if last is None or last.digest != selection.digest:
            return False
        return len(self._picked_before(provider)) == len(last.offer_ids)

    def _picked_before(self, provider: str) -> list[Offer]:
        last = self._checkout.appended.get(provider)
        ids = last.offer_ids if last else ()
        return [offer for offer in self._checkout.counting_offers() if offer.id in ids]

    async def _replace(self, provider: str, selection: Selection) -> None:
        """Price the new selection in place of the old one, which is let go when that has held."""
        checkout = self._checkout
        before = [offer.model_copy(deep=True) for offer in checkout.offers]
        wanted = {offer.id for offer in selection.offers}
        if any(offer.status == "redeemed" for offer in self._picked_before(provider)):
            raise Refusal("state_conflict", "the vendor has closed the bill already")
        leaving = [o for o in self._picked_before(provider) if o.id not in wanted]
        for offer in leaving:
            offer.status = "released"
        added: list[Offer] = []
        try:
            kept = [await self._put_on(offer, added) for offer in selection.offers]
            checkout.reprice()
            await self._tenders.fit()
        except Refusal:
            for offer in reversed(added):
                await self._offers.release(offer)
            checkout.offers = before
            checkout.reprice()
            raise
        for offer in leaving:
            await self._offers.release(offer, "deselected", "the customer no longer picks it")
        checkout.appended[provider] = Appended(
            digest=selection.digest,
            offer_ids=tuple(offer.id for offer in kept if offer is not None),
            appended_at=workflow.now(),
        )

    async def _put_on(self, picked: Offer, added: list[Offer]) -> Offer | None:
        """Count one of the selection; None if it takes nothing off this bill.

        That one is not passed back to the vendor either, so the customer keeps it.
        """
        checkout = self._checkout
        known = checkout.offer(picked.id)
        if known is not None and known.counts:
            changes = ("title", "reference", "discount", "data", "spends")
            for name in changes:
                setattr(known, name, getattr(picked, name))
            known.sequence = checkout.next_sequence()
            return known
        discount = picked.discount
        if discount is None or self._offers.is_spent(picked):
            return None
        if self._offers.would_save(discount) == 0:
            return None
        checkout.offers = [o for o in checkout.offers if o.id != picked.id] + [picked]
        await self._offers.hold(picked)
        added.append(picked)
        return picked
