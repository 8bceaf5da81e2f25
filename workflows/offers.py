"""Offers: held where the vendor can hold them, counted in the order in which they came."""

from collections.abc import Iterable
from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from tillsaga.domain.checkout import Checkout
    from tillsaga.domain.discounts import Discount, savings
    from tillsaga.domain.effects import Effect, Outcome, Step
    from tillsaga.domain.limits import check_new_offer
    from tillsaga.domain.messages import ApplyOffer, RemoveOffer
    from tillsaga.domain.offers import NOBODY, Offer, Refusing, likeliest
    from tillsaga.domain.plan import is_closed
    from tillsaga.errors import Refusal

from workflows.effects import Effects
from workflows.refusals import BEING_TAKEN_BACK, refusal_for, require_basket
from workflows.tenders import Tenders
from workflows.vendors import Vendors

RENEW_BEFORE = timedelta(minutes=5)
"""A hold that ends within this time is taken again before the customer pays."""

_WHY_LOST = {
    "code_expired": "the code has expired; the customer needs a new one",
    "code_unknown": "the vendor no longer knows the code",
    "offer_refused": "it has been used, or is no longer offered",
}
"""What a cashier reads for a vendor's no to an offer that was applied before."""


class Offers:
    """The offers of one checkout."""

    def __init__(
        self, checkout: Checkout, effects: Effects, vendors: Vendors, tenders: Tenders
    ) -> None:
        """Take the checkout, the ways to its vendors, and what the price must still cover."""
        self._checkout = checkout
        self._effects = effects
        self._vendors = vendors
        self._tenders = tenders

    async def apply(self, message: ApplyOffer) -> Offer:
        """Hold an offer where the vendor can hold it, and count it."""
        self._checkout.require("apply_offer")
        require_basket(self._checkout)
        offer = await self._named(message)
        if offer.counts:
            await self._change_quantity(offer, message.quantity)
            return offer
        if offer.sealed_by_sale and is_closed(self._checkout, offer.provider):
            raise Refusal("offer_refused", "the vendor has closed its part of this bill for good")
        discount = message.discount or offer.discount
        self._check(offer, discount, message.quantity)
        check_new_offer(self._checkout, offer.cost_points * message.quantity)
        self._count(offer, message.quantity)
        before = (offer.discount, offer.status)
        offer.discount = discount
        await self.hold(offer)
        try:
            await self._tenders.fit()
        except Refusal:
            await self.release(offer, "tender_exceeds_total", "a tender exceeds the new total")
            offer.discount, offer.status = before
            raise
        return offer

    def _count(self, offer: Offer, quantity: int) -> None:
        offer.quantity = quantity
        if offer.commit is not None and offer.max_quantity > 1:
            request = {**offer.commit.request, "quantity": quantity}
            offer.commit = offer.commit.model_copy(update={"request": request})
        self._checkout.reprice()

    async def _change_quantity(self, offer: Offer, quantity: int) -> None:
        """The same offer again, another number of times: one line all the same."""
        before = offer.quantity
        if quantity == before:
            return
        if offer.status == "redeemed":
            raise Refusal("offer_refused", "the vendor has spent it: its quantity is final")
        self._check_quantity(offer, offer.discount, quantity)
        self._count(offer, quantity)
        try:
            await self._tenders.fit()
        except Refusal:
            self._count(offer, before)
            raise

    async def _named(self, message: ApplyOffer) -> Offer:
        if message.offer_id is not None:
            known = self._checkout.offer(message.offer_id)
            if known is None:
                raise Refusal("offer_not_found", "the checkout has no such offer")
            return known
        return await self.find(message.code or "")

    async def find(self, code: str) -> Offer:
        """Find the offer behind a code, among those that are shown already or at the vendors.

        Raises:
            Refusal: `code_unknown`, `code_ambiguous`, or why a vendor does not take it.
        """
        known = next((o for o in self._checkout.offers if o.code == code), None)
        usable = known is not None and (known.counts or known.status == "available")
        return known if known is not None and usable else await self._scanned(code)

    async def _scanned(self, code: str) -> Offer:
        answers = await self._vendors.find_offer(code)
        found = likeliest([answer.offer for answer in answers if answer.offer])
        if len(found) > 1:
            raise Refusal("code_ambiguous", "more than one vendor knows the code; name the offer")
        if not found:
            failures = [answer.failure for answer in answers if answer.failure]
            # A vendor's no says more than another one's silence.
            for failure in sorted(failures, key=lambda each: each.code == "vendor_unavailable"):
                raise Refusal(failure.code, failure.detail)
            raise Refusal("code_unknown", "no vendor of this store knows the code")
        known = self._checkout.offer(found[0].id)
        if known is not None and known.counts:
            return known
        others = [
            offer
            for offer in self._checkout.offers
            if offer.id != found[0].id and (offer.provider, offer.code) != (NOBODY, code)
        ]
        self._checkout.offers = [*others, found[0]]
        return found[0]

    def _check(self, offer: Offer, discount: Discount | None, quantity: int) -> None:
        if self._is_unknown(offer):
            raise Refusal("offer_refused", "whether it is spent already, a person has to find out")
        member = self._checkout.members.get(offer.provider)
        if offer.needs_member and member is None:
            raise Refusal("member_required", "the vendor gives this only to a known customer")
        if offer.member_id and member and member.member_id != offer.member_id:
            raise Refusal("offer_refused", "the offer belongs to another customer")
        if offer.refusal is not None and offer.refusal.code == "code_expired":
            raise Refusal("code_expired", offer.refusal.detail)
        if self.is_spent(offer):
            raise Refusal("offer_refused", "another offer on this bill spends the same")
        if offer.earns_only:
            return
        if discount is None and offer.refusal is not None:
            raise Refusal(offer.refusal.code, offer.refusal.detail)
        if discount is None:
            raise Refusal("discount_unknown", "neither the vendor nor the store says its worth")
        self._check_quantity(offer, discount, quantity)

    def _check_quantity(self, offer: Offer, discount: Discount | None, quantity: int) -> None:
        """Refuse to spend what would take nothing off, be it only the last of several."""
        if quantity > offer.max_quantity:
            times = "once" if offer.max_quantity == 1 else f"{offer.max_quantity} times"
            raise Refusal("offer_refused", f"this offer can be taken {times} per sale")
        if discount is not None and self.would_save(discount, quantity, beside=offer) == 0:
            raise Refusal("offer_refused", "the offer takes nothing off this basket")

    def _is_unknown(self, offer: Offer) -> bool:
        """Whether its vendor was asked to redeem it, and nobody knows whether it did."""
        step = offer.commit
        effect = (
            self._checkout.effect(step.operation, offer.provider, step.subject) if step else None
        )
        return effect is not None and effect.status == "manual"

    def is_spent(self, offer: Offer) -> bool:
        """Whether another offer that counts spends the same at the vendor."""
        others = (o for o in self._checkout.counting_offers() if o.id != offer.id)
        same = (o for o in others if o.provider == offer.provider)
        return any(not set(o.spends).isdisjoint(offer.spends) for o in same)

    def would_save(self, discount: Discount, quantity: int = 1, beside: Offer | None = None) -> int:
        """Say what the last of several equal discounts would take off, minor units.

        On top of all that counts but `beside`.
        """
        basket = self._checkout.basket
        if basket is None:
            return 0
        others = (o for o in self._checkout.counting_offers() if o is not beside)
        counting = [o.discount for o in others for _ in range(o.quantity) if o.discount]
        return sum(savings(basket, [*counting, *[discount] * quantity])[-1].values())

    async def hold(self, offer: Offer) -> None:
        """Take it where the vendor can hold it, claim it anyway, and count it."""
        if self._is_being_taken_back(offer):
            raise BEING_TAKEN_BACK
        effect, outcome = await self.secure(offer, patient=False)
        if outcome.status != "applied":
            raise await self._refused(offer, effect, outcome)

    async def secure(self, offer: Offer, *, patient: bool = True) -> tuple[Effect, Outcome]:
        """Hold or claim an offer; who is patient hears how it ended."""
        if self._is_being_taken_back(offer):
            # Of one thing at a vendor no second try begins while the first may still stand.
            await workflow.wait_condition(lambda: not self._is_being_taken_back(offer))
        claim, *rest = offer.holding
        effect, outcome = await self._take(offer, claim, patient)
        for step in rest:
            if outcome.status == "applied":
                effect, outcome = await self._take(offer, step, patient)
        if outcome.status == "applied" and outcome.done is not None:
            offer.status = "held" if offer.is_holdable else "applied"
            offer.hold_expires_at = outcome.done.expires_at
            offer.refusal = None
            offer.member_id = offer.member_id or self._holder(offer)
            offer.sequence = offer.sequence or self._checkout.next_sequence()
            self._checkout.reprice()
        return effect, outcome

    def _is_being_taken_back(self, offer: Offer) -> bool:
        return any(
            self._checkout.is_leaving(step.operation, offer.provider, step.subject)
            for step in offer.holding
        )

    async def _take(self, offer: Offer, step: Step, patient: bool) -> tuple[Effect, Outcome]:
        effect = self._checkout.start_effect(offer.provider, self._for_member(offer, step))
        return effect, await self._effects.do(effect, patient=patient)

    def _holder(self, offer: Offer) -> str | None:
        """Whose it is from now on, if it was nobody's: the vendor redeems it for them."""
        member = self._checkout.members.get(offer.provider)
        return member.member_id if offer.needs_member and member else None

    def _for_member(self, offer: Offer, step: Step) -> Step:
        """A flyer's voucher gets the customer who shows it."""
        member = self._checkout.members.get(offer.provider)
        if member is None or "contact_uuid" in step.request:
            return step
        request = {**step.request, "member_id": member.member_id}
        if offer.commit is not None:
            commit = {**offer.commit.request, "member_id": member.member_id}
            offer.commit = offer.commit.model_copy(update={"request": commit})
        return step.model_copy(update={"request": request})

    async def _refused(self, offer: Offer, effect: Effect, outcome: Outcome) -> Refusal:
        refusal = refusal_for(self._effects, effect, outcome, otherwise="offer_refused")
        claim = self._checkout.effect("reserve", offer.provider, offer.subject)
        if claim is not None and claim is not effect and claim.may_stand:
            await self._effects.undo(claim)
        offer.status = "refused"
        offer.refusal = Refusing(code=refusal.code, detail=refusal.detail)
        return refusal

    async def remove(self, message: RemoveOffer) -> None:
        """Let an offer go; repeating it is harmless."""
        self._checkout.require("remove_offer")
        offer = self._checkout.offer(message.offer_id)
        if offer is None:
            raise Refusal("offer_not_found", "the checkout has no such offer")
        if offer.status == "redeemed" or offer.automatic:
            words = "the vendor has spent it, or gives it by itself: it cannot be taken out"
            raise Refusal("offer_refused", words)
        if offer.counts:
            await self.release(offer)
        offer.sequence = None

    async def lose(self, offer: Offer, refusal: Refusing | None) -> None:
        """Let go of an offer that its vendor no longer grants."""
        code, detail = (refusal.code, refusal.detail) if refusal else ("offer_lost", "it is gone")
        await self.release(offer, code, detail)
        offer.status = "lost"

    async def lose_all(self, detail: str) -> None:
        """Let go of every offer that is not spent yet: a store may want all of them or none."""
        for offer in self._checkout.counting_offers():
            if offer.status != "redeemed" and not offer.automatic:
                await self.release(offer, "offer_lost", detail)

    async def release(self, offer: Offer, code: str = "", detail: str = "") -> None:
        """Give a hold back; `code` and `detail` say why when the till did not ask for it."""
        offer.status = "released"
        offer.refusal = Refusing(code=code, detail=detail) if code else None
        offer.sequence = None if code else offer.sequence
        offer.hold_expires_at = None
        effects = [
            e
            for e in self._checkout.effects
            if e.provider == offer.provider and e.subject == offer.subject and e.may_stand
        ]
        for effect in reversed(effects):
            outcome = await self._effects.undo(effect, patient=False)
            if outcome.status in ("in_doubt", "not_sent"):
                # The till need not wait until the vendor has heard that the offer is free again.
                self._effects.undo_later(effect)
            elif effect.nature.money and outcome.status == "reversed":
                offer.status = "reversed"
        self._checkout.reprice()

    async def release_what_no_longer_fits(self) -> None:
        """Let go of offers that the new basket leaves without effect."""
        self._checkout.reprice()
        for offer in self._checkout.counting_offers():
            if offer.saving_amount or offer.earns_only:
                continue
            if offer.status == "redeemed":
                self._spent_in_vain(offer)
            else:
                await self.release(offer, "no_longer_fits", "it takes nothing off this basket")

    def _spent_in_vain(self, offer: Offer) -> None:
        """The vendor has spent it for a basket that has changed since: a person makes it good."""
        words = f"{offer.title} is spent and takes nothing off the changed basket"
        step = offer.commit
        effect = (
            self._checkout.effect(step.operation, offer.provider, step.subject) if step else None
        )
        self._checkout.open_attention("goodwill", words, workflow.now(), effect=effect)

    async def check(self) -> None:
        """Check every offer once more before the customer pays.

        Raises:
            Refusal: `offer_lost`: one is gone; the rest stays as it was.
        """
        lost = await self.lose_gone(self._checkout.counting_offers())
        self._checkout.reprice()
        if lost:
            names = ", ".join(offer.title for offer in lost)
            if self._checkout.terms.offers == "all_or_none":
                await self.lose_all(f"no longer available: {names}")
            codes = {offer.refusal.code for offer in lost if offer.refusal}
            code = "code_expired" if codes == {"code_expired"} else "offer_lost"
            raise Refusal(code, f"no longer available: {names}")

    async def lose_gone(self, offers: Iterable[Offer]) -> list[Offer]:
        """Ask which offers still stand and let go of the others; answers those."""
        return [offer for offer in offers if await self._is_lost(offer)]

    async def _is_lost(self, offer: Offer) -> bool:
        if offer.status == "redeemed" or offer.automatic:
            return False
        if not offer.is_holdable:
            answer = await self._vendors.check_offer(offer)
            if answer.lost is None:
                return False
            code = "code_expired" if answer.lost == "code_expired" else "offer_lost"
            detail = _WHY_LOST.get(answer.lost, answer.lost)
            await self.lose(offer, Refusing(code=code, detail=detail))
            return True
        return not await self.renew(offer)

    async def renew(self, offer: Offer) -> bool:
        """Take a hold again that is about to end; False if somebody else got it meanwhile."""
        ends = offer.hold_expires_at
        if ends is None or ends > workflow.now() + RENEW_BEFORE or offer.commit is None:
            return True
        await self.release(offer)
        try:
            await self.hold(offer)
        except Refusal as no:
            offer.status = "lost"
            offer.refusal = Refusing(code="offer_lost", detail=no.detail)
            offer.sequence = None
            return False
        return True

    async def renew_holds(self) -> None:
        """Keep the holds of a checkout that is still alive; a lost one reopens a ready one."""
        if self._checkout.paid_something:
            return  # the customer pays this price; what is gone shows when it is redeemed
        kept = [await self.renew(offer) for offer in self._checkout.counting_offers()]
        if not all(kept):
            self._checkout.status = "open"
