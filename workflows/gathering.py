"""Building the sale: basket, customer, offers and tenders, as long as the checkout is open."""

from collections.abc import Awaitable, Callable, Sequence

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from tillsaga.domain.basket import Basket
    from tillsaga.domain.checkout import Checkout, Degraded
    from tillsaga.domain.effects import Effect, Step
    from tillsaga.domain.limits import check_tenders
    from tillsaga.domain.messages import AddTender, ApplyOffer, Identify, MakeReady, PutBasket
    from tillsaga.domain.offers import Identifier, Member, Offer
    from tillsaga.domain.ports import Quote
    from tillsaga.domain.reads import VisitAnswer
    from tillsaga.errors import Refusal

from workflows.customer_codes import CustomerCodes
from workflows.effects import Effects
from workflows.offers import Offers
from workflows.refusals import require_basket
from workflows.tenders import Tenders
from workflows.vendors import Vendors

UNKNOWN = "member_not_found"
LET_GO = ("released", "reversed", "lost")


class Gathering:
    """The till's dialogue before the payment. Every refusal leaves the rest as it was."""

    def __init__(self, checkout: Checkout, effects: Effects, vendors: Vendors) -> None:
        """Take the checkout and the ways to its vendors."""
        self._checkout = checkout
        self._effects = effects
        self._vendors = vendors
        self.tenders = Tenders(checkout, effects, vendors)
        self.offers = Offers(checkout, effects, vendors, self.tenders)
        self.codes = CustomerCodes(checkout, vendors, self.offers, self.tenders, self._take_quote)

    # --- basket and customer ------------------------------------------------------------------

    async def open(self, basket: Basket, identifiers: Sequence[Identifier]) -> None:
        """Take the first basket, identify the customer if they showed something, and quote."""
        checkout = self._checkout
        basket.check(checkout.currency)
        checkout.basket = basket
        try:
            answers = await self._vendors.visit(identifiers)
            not_created = await self._take_quotes(answers, identifiers)
            await self._reserve_sold_cards()
        except Refusal:
            checkout.basket, checkout.sales = None, {}
            await self._free_unsold_cards()
            raise
        checkout.degraded += [Degraded(provider=p, reason=r) for p, r in not_created.items()]
        self._miss_the_unknown(identifiers)
        checkout.reprice()

    def _miss_the_unknown(self, identifiers: Sequence[Identifier]) -> None:
        """Say where nobody is behind what the customer showed; the sale goes on without."""
        checkout = self._checkout
        asked = {i.provider for i in identifiers}
        absent = {degraded.provider for degraded in checkout.degraded}
        for name in self._vendors.names if not checkout.members else ():
            if name not in absent and not asked.isdisjoint({name, None}):
                checkout.degraded.append(Degraded(provider=name, reason=UNKNOWN))

    async def put_basket(self, message: PutBasket) -> None:
        """Replace the basket, quote again, and let go of what no longer fits."""
        checkout = self._checkout
        checkout.require("put_basket")
        message.basket.check(checkout.currency)
        before, sales, providers = checkout.basket, checkout.sales, checkout.sale_providers
        if before is not None and message.basket.id != before.id:
            raise Refusal("basket_mismatch", "the basket id cannot change; open a new checkout")
        # A line of the old basket says nothing of the one that has its id now.
        checkout.basket, checkout.sales, checkout.sale_providers = message.basket, {}, {}
        try:
            await self._take_quotes(await self._vendors.visit(), ())
            await self._reserve_sold_cards()
            await self.tenders.fit()
        except Refusal:
            checkout.basket, checkout.sales, checkout.sale_providers = before, sales, providers
            checkout.reprice()
            await self._free_unsold_cards()
            raise
        await self.offers.release_what_no_longer_fits()
        await self._free_unsold_cards()

    async def identify(self, message: Identify) -> None:
        """Attach or change the member; another member's offers and credit are let go."""
        checkout = self._checkout
        checkout.require("identify")
        require_basket(checkout)
        if message.provider is not None and message.provider not in self._vendors.names:
            raise Refusal("provider_unknown", "the store has no such provider")
        answers = await self._vendors.visit((message,))
        found = [a.identified for a in answers if a.identified]
        if not any(i.member or (i.create and message.consent) for i in found):
            self._raise_failure(answers)
            raise Refusal("member_not_found", "no vendor of this store knows the customer")
        not_created = await self._take_quotes(answers, (message,))
        checkout.reprice()
        await self.tenders.fit()
        if not_created and not any(i.member for i in found):
            raise Refusal(next(iter(not_created.values())), "the vendor did not create them")

    async def _take_quotes(
        self, answers: Sequence[VisitAnswer], identifiers: Sequence[Identifier]
    ) -> dict[str, str]:
        """Take what the vendors say; answers by provider why a customer was not created."""
        not_created: dict[str, str] = {}
        for provider, answer in zip(self._vendors.names, answers, strict=True):
            identified = answer.identified
            if identified and identified.member:
                await self._take_member(identified.member)
            elif identified and identified.create and any(i.consent for i in identifiers):
                failure = await self._create_member(provider, identified.create)
                if failure is None:
                    continue
                not_created[provider] = failure
            if answer.quote is not None:
                await self._take_quote(provider, answer.quote)
            self._checkout.slip = answer.slip or self._checkout.slip
        self._check_sales()
        return not_created

    async def _take_member(self, member: Member) -> None:
        checkout = self._checkout
        known = checkout.members.get(member.provider)
        changes = known is not None and known.member_id != member.member_id
        if changes and self._has_spent_for_good(member.provider):
            words = "something of the first customer's is spent for good"
            raise Refusal("member_locked", words)
        not_theirs = [
            offer
            for offer in checkout.counting_offers()
            if offer.provider == member.provider and offer.member_id not in (None, member.member_id)
        ]
        if checkout.status == "ready" and (changes or not_theirs):
            raise Refusal("state_conflict", "reopen the checkout to change the customer")
        # First what a vendor may refuse, so that a refusal leaves everything as it was.
        if changes:
            await self._let_go_of_credit(member.provider)
        for offer in not_theirs:
            await self.offers.release(offer, "member_changed", "another customer was identified")
        checkout.members[member.provider] = member

    def _has_spent_for_good(self, provider: str) -> bool:
        return any(
            effect.provider == provider
            and effect.may_stand
            and (effect.sealed or effect.nature.reversibility == "irreversible")
            for effect in self._checkout.effects
        )

    async def _create_member(self, provider: str, step: Step) -> str | None:
        """Create the customer and take their quote; answers the code of what went wrong."""
        effect = self._checkout.start_effect(provider, step)
        outcome = await self._effects.do(effect)
        if outcome.status != "applied" or outcome.done is None:
            if outcome.status == "in_doubt":
                self._effects.later(self._find_out(effect))
            again = outcome.status in ("in_doubt", "not_sent") or outcome.code == "withdrawn"
            return "vendor_unavailable" if again else UNKNOWN
        member_id = outcome.done.reference or step.subject
        await self._take_member(Member(provider=provider, member_id=member_id))
        answers = await self._vendors.visit(
            (Identifier(type="member_id", value=member_id, provider=provider),)
        )
        for name, answer in zip(self._vendors.names, answers, strict=True):
            if name == provider and answer.quote is not None:
                await self._take_quote(provider, answer.quote)
        return None

    async def _find_out(self, effect: Effect) -> None:
        await self._effects.settle(effect)

    async def _let_go_of_credit(self, provider: str) -> None:
        for tender in self._checkout.tenders:
            own = tender.type in ("prepaid", "points") and tender.provider == provider
            if own and tender.pays:
                await self.tenders.take_back(tender)

    async def _take_quote(self, provider: str, quote: Quote) -> None:
        checkout = self._checkout
        if quote.member is not None:
            checkout.members[provider] = quote.member
        quoted = {offer.id for offer in quote.offers}
        kept = [
            o
            for o in checkout.offers
            if o.provider == provider
            and (o.sequence is not None or (o.status in LET_GO and o.id not in quoted))
        ]
        others = [o for o in checkout.offers if o.provider != provider]
        ids = {offer.id for offer in kept}
        fresh = [offer for offer in quote.offers if offer.id not in ids]
        checkout.offers = [*others, *kept, *fresh]
        await self._price_anew(kept, quote)
        self._take_what_is_automatic(fresh)
        checkout.sales = {
            line_id: sale
            for line_id, sale in checkout.sales.items()
            if checkout.sale_providers.get(line_id) != provider
        }
        for sale in quote.sales:
            checkout.sales[sale.line_id] = sale
            checkout.sale_providers[sale.line_id] = provider
        checkout.fees[provider] = quote.fees_amount
        checkout.earning.pop(provider, None)
        if quote.earn is not None:
            checkout.earning[provider] = quote.earn

    async def _price_anew(self, kept: Sequence[Offer], quote: Quote) -> None:
        """A vendor that computes the discount itself says it again for each basket."""
        quoted = {offer.id: offer for offer in quote.offers}
        for offer in kept:
            fresh = quoted.get(offer.id)
            if fresh is None or not offer.counts or offer.status == "redeemed":
                continue
            if fresh.status == "lost":
                await self.offers.lose(offer, fresh.refusal)
            elif offer.sealed_by_sale or _is_computed(offer):
                offer.discount, offer.data = fresh.discount or offer.discount, fresh.data
                offer.spends = fresh.spends

    def _take_what_is_automatic(self, fresh: Sequence[Offer]) -> None:
        """What the vendor takes off by itself counts, or the till would collect too much."""
        for offer in fresh:
            if offer.automatic and offer.status == "available":
                offer.status, offer.sequence = "applied", self._checkout.next_sequence()

    # --- offers and tenders of a customer who was missed ----------------------------------------

    async def apply_offer(self, message: ApplyOffer) -> None:
        """Apply an offer, of a customer whom a silent vendor missed too."""
        await self._with_customer(lambda: self.codes.apply(message))

    async def add_tender(self, message: AddTender) -> None:
        """Add a tender, of a customer whom a silent vendor missed too."""
        await self._with_customer(lambda: self.codes.add(message))

    async def _with_customer(self, act: Callable[[], Awaitable[None]]) -> None:
        """Do it; a customer who was shown while their vendor was silent is asked for once more."""
        try:
            await act()
        except Refusal as refusal:
            if not self._is_for_one_missed(refusal):
                raise
        else:
            return
        await self._take_quotes(await self._vendors.visit(), ())
        self._checkout.reprice()
        try:
            await act()
        except Refusal as refusal:
            if not self._is_for_one_missed(refusal):
                raise
            words = "the customer's vendor does not answer; try again"
            raise Refusal("vendor_unavailable", words) from refusal

    def _is_for_one_missed(self, refusal: Refusal) -> bool:
        """Whether somebody was shown to a vendor that did not answer; one that refuses has."""
        checkout = self._checkout
        silent = [d.provider for d in checkout.degraded if d.reason == "vendor_unavailable"]
        missed = any(checkout.absent.get(provider) for provider in silent)
        return refusal.code == "member_required" and missed

    # --- sold gift cards and top-ups ------------------------------------------------------------

    def _check_sales(self) -> None:
        """Refuse a stored-value line that cannot be sold, before anything is promised."""
        checkout = self._checkout
        lines = checkout.basket.lines if checkout.basket else ()
        sold = {line.line_id for line in lines if line.type != "product"}
        checkout.sales = {i: sale for i, sale in checkout.sales.items() if i in sold}
        for sale in checkout.sales.values():
            if sale.refusal_code:
                raise Refusal(sale.refusal_code, sale.refusal_detail or "it cannot be sold")
        cards = [sale.subject for sale in checkout.sales.values() if sale.subject]
        if len(cards) != len(set(cards)):
            raise Refusal("card_already_sold", "the same gift card is sold twice in this basket")
        missing = sold - set(checkout.sales)
        if missing and checkout.degraded:
            raise Refusal("vendor_unavailable", "the vendor of a sold card does not answer")
        if missing:
            raise Refusal("line_not_sellable", "no vendor of this store sells such a line")

    async def _reserve_sold_cards(self) -> None:
        """Two tills must not sell the same card."""
        for line_id, sale in self._checkout.sales.items():
            if sale.subject is None:
                continue
            step = Step(operation="reserve", subject=sale.subject)
            effect = self._checkout.start_effect(self._checkout.sale_providers[line_id], step)
            if effect.status == "applied":
                continue
            outcome = await self._effects.do(effect)
            if outcome.status != "applied":
                raise Refusal("card_already_sold", "another till is selling this card")

    async def _free_unsold_cards(self) -> None:
        sold = {sale.subject for sale in self._checkout.sales.values()}
        offered = {o.subject for o in self._checkout.offers if o.counts}
        for effect in self._checkout.effects:
            gone = effect.subject not in sold | offered
            if effect.operation == "reserve" and effect.may_stand and gone:
                await self._effects.undo(effect)

    # --- ready ----------------------------------------------------------------------------------

    async def make_ready(self, message: MakeReady) -> None:
        """Re-check everything, freeze the basket and fix what is due."""
        checkout = self._checkout
        if checkout.status == "ready":
            return
        checkout.require("ready")
        require_basket(checkout)
        if any(tender.status == "in_doubt" for tender in checkout.tenders):
            raise Refusal("tender_in_doubt", "a charge is still being settled; wait or remove it")
        if checkout.terms.on_vendor_down == "refuse":
            await self._insist_on_all_vendors()
        await self.offers.check()
        await self.codes.check()
        checkout.added_tax_amount = message.tax_amount
        await self.tenders.fit()
        check_tenders(checkout)
        checkout.payment_flow = message.payment_flow or checkout.terms.payment_flow
        checkout.status = "ready"

    async def _insist_on_all_vendors(self) -> None:
        if not self._is_one_away():
            return
        await self._take_quotes(await self._vendors.visit(), ())
        if self._is_one_away():
            raise Refusal("vendor_unavailable", "a vendor of this store does not answer")

    def _is_one_away(self) -> bool:
        return any(degraded.reason != UNKNOWN for degraded in self._checkout.degraded)

    def _raise_failure(self, answers: Sequence[VisitAnswer]) -> None:
        for answer in answers:
            if answer.failure:
                raise Refusal(answer.failure.code, answer.failure.detail)


def _is_computed(offer: Offer) -> bool:
    return offer.discount is not None and offer.discount.type == "vendor_computed"
