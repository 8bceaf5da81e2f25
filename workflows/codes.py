"""Codes that come with a bill: a card identifies, an offer is applied, a stored value waits."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from tillsaga.domain.basket import Basket
    from tillsaga.domain.checkout import Checkout
    from tillsaga.domain.messages import ApplyOffer
    from tillsaga.domain.offers import Identifier, Offer, Refusing, nobodys
    from tillsaga.errors import Refusal

from workflows.gathering import Gathering
from workflows.vendors import Vendors

IS_TENDER = Refusal("code_is_tender", "a stored value pays only when the till adds it as a tender")
AMBIGUOUS = Refusal("code_ambiguous", "the code is known as more than one thing")


@dataclass
class Sorted:
    """Codes by what is to be done with them; whether an offer is there its vendor says later."""

    identifiers: list[Identifier] = field(default_factory=list)
    offers: list[str] = field(default_factory=list)
    refused: list[tuple[str, Refusal]] = field(default_factory=list)


class Codes:
    """The codes of one bill. None of them is ever passed over in silence."""

    def __init__(self, checkout: Checkout, vendors: Vendors, gathering: Gathering) -> None:
        """Take the checkout, who can be asked, and what is done with the answers."""
        self._checkout = checkout
        self._vendors = vendors
        self._gathering = gathering

    async def open(
        self, basket: Basket, identifiers: Sequence[Identifier], codes: Sequence[str]
    ) -> None:
        """Open the checkout with what the codes say; a code that is refused is only shown so."""
        told = await self.sort(codes, basket)
        await self._gathering.open(basket, (*identifiers, *told.identifiers))
        for code in told.offers:
            try:
                await self._gathering.offers.apply(ApplyOffer(code=code))
            except Refusal as no:
                self.refuse(code, no)
        for code, refusal in told.refused:
            self.refuse(code, refusal)

    async def sort(self, codes: Sequence[str], basket: Basket) -> Sorted:
        """Ask all vendors at once. What none of them names may still be an offer."""
        told, once = Sorted(), list(dict.fromkeys(codes))
        if not once:
            return told
        answers = await self._vendors.scan_codes(once, basket)
        absent = [n for n, a in zip(self._vendors.names, answers, strict=True) if a.failure]
        for place, code in enumerate(once):
            scans = [answer.scans[place] for answer in answers if answer.failure is None]
            silent = [*absent, *(name for scan in scans for name in scan.absent)]
            known = {c.operation for scan in scans for c in scan.candidates if not c.assumed}
            self._put(told, code, known, silent)
        return told

    def _put(self, told: Sorted, code: str, known: AbstractSet[str], silent: Sequence[str]) -> None:
        if len(known) > 1:
            told.refused.append((code, AMBIGUOUS))
        elif "identifiers" in known:
            told.identifiers.append(Identifier(type="card", value=code))
        elif "tenders" in known:
            told.refused.append((code, IS_TENDER))
        else:
            told.offers.append(code)
        if not known:
            # Whoever is silent may know it as a card, and is asked for the customer when back.
            told.identifiers += (Identifier(type="card", value=code, provider=n) for n in silent)

    def refuse(self, code: str, no: Refusal) -> Offer | None:
        """Show that a code was not taken, and why; None if it counts all the same."""
        refusal = Refusing(code=no.code, detail=no.detail)
        offer = next((o for o in self._checkout.offers if o.code == code), None)
        if offer is None:
            offer = nobodys(self._checkout.id, code, refusal)
            self._checkout.offers.append(offer)
        if offer.counts:
            return None
        offer.status, offer.refusal = "refused", refusal
        return offer
