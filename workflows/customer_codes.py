"""Codes that tell who the customer is: the whole bill is quoted again with each that comes or goes.

A code's customer brings what is theirs alone, such as a subscription, and all codes of a bill must
be one customer's.
"""

from collections.abc import Awaitable, Callable

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from tillsaga.domain.checkout import Checkout
    from tillsaga.domain.messages import AddTender, ApplyOffer, RemoveOffer, RemoveTender
    from tillsaga.domain.offers import Refusing
    from tillsaga.domain.ports import Quote
    from tillsaga.errors import Refusal

from workflows.offers import Offers
from workflows.tenders import Tenders
from workflows.vendors import Vendors

TakeQuote = Callable[[str, Quote], Awaitable[None]]


class CustomerCodes:
    """Applies and removes offers and tenders, and quotes again where a code was one of them."""

    def __init__(
        self,
        checkout: Checkout,
        vendors: Vendors,
        offers: Offers,
        tenders: Tenders,
        take_quote: TakeQuote,
    ) -> None:
        """Take the checkout, its offers and tenders, and what is done with a quote."""
        self._checkout = checkout
        self._vendors = vendors
        self._offers = offers
        self._tenders = tenders
        self._take_quote = take_quote

    async def apply(self, message: ApplyOffer) -> None:
        """Apply an offer; a code that does not go with the others is let go again."""
        offer = await self._offers.apply(message)
        if offer.kind == "code":
            await self._quote_again(offer.provider)
            if not offer.counts:
                raise _refusal(offer.refusal, "offer_refused")

    async def remove(self, message: RemoveOffer) -> None:
        """Remove an offer, and what only its code's customer was given."""
        await self._offers.remove(message)
        offer = self._checkout.offer(message.offer_id)
        if offer is not None and offer.kind == "code":
            await self._quote_again(offer.provider)

    async def add(self, message: AddTender) -> None:
        """Add a tender; a code that does not go with the others is let go again."""
        tender = await self._tenders.add(message)
        if tender.planned and tender.type == "wallet":
            lost = await self._quote_again(tender.provider)
            if tender.subject in lost:
                raise _refusal(lost[tender.subject], "tender_refused")

    async def take_back(self, message: RemoveTender) -> None:
        """Remove a tender, and what only its code's customer was given."""
        await self._tenders.remove(message)
        tender = self._checkout.tender(message.tender_id)
        if tender is not None and tender.planned and tender.type == "wallet":
            await self._quote_again(tender.provider)

    async def check(self) -> None:
        """Check every payment code once more before the customer pays.

        Raises:
            Refusal: `code_expired` or `tender_refused`: one is gone; the rest stays as it was.
        """
        for provider in self._vendors.names:
            lost = await self._quote_again(provider) if self._pays(provider) else {}
            for refusing in lost.values():
                raise _refusal(refusing, "tender_refused")

    def _pays(self, provider: str) -> bool:
        planned = (t for t in self._checkout.tenders if t.provider == provider and t.planned)
        return any(t.pays and t.type == "wallet" for t in planned)

    async def _quote_again(self, provider: str) -> dict[str, Refusing]:
        """Take the vendor's new quote; answers, by subject, the payment codes that it spoilt."""
        if self._checkout.status != "open":
            return {}
        answer = await self._vendors.visit_again(provider)
        if answer.quote is None:
            return {}  # it is absent: its own sale transaction will tell
        await self._take_quote(provider, answer.quote)
        lost = answer.quote.lost_tenders
        for tender in self._checkout.tenders:
            if tender.provider == provider and tender.pays and tender.subject in lost:
                await self._tenders.refuse(tender)
        self._checkout.reprice()
        await self._tenders.fit()
        return lost


def _refusal(refusing: Refusing | None, otherwise: str) -> Refusal:
    if refusing is None:
        return Refusal(otherwise, "the vendor refused")
    code = refusing.code if refusing.code == "code_expired" else otherwise
    return Refusal(code, refusing.detail)
