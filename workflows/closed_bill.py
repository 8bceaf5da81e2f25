"""Closed bills: paid at a till that could not ask. What they say are facts, and none is refused.

Offers that the till has given are used up at their vendors although the bill is paid; what a
vendor refuses then follows the store's policy `late_offers`.
"""

from collections.abc import Sequence

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from tillsaga.domain.basket import MOST
    from tillsaga.domain.checkout import BY_HAND, Checkout, ClosedBill
    from tillsaga.domain.discounts import Discount
    from tillsaga.domain.effects import Done, Effect, Outcome
    from tillsaga.domain.messages import GivenOffer, OpenCheckout, PaymentReport
    from tillsaga.domain.offers import Offer, Refusing, nobodys
    from tillsaga.domain.plan import SealStep, seal_steps
    from tillsaga.domain.privacy import is_same_basket
    from tillsaga.domain.sale import Sale
    from tillsaga.errors import Refusal

from workflows import memory
from workflows.codes import Codes
from workflows.effects import Effects
from workflows.gathering import Gathering
from workflows.lost import bear, lose, why
from workflows.paying import Paying
from workflows.sealing import Sealing
from workflows.vendors import Vendors

NOT_GIVEN = Refusal("discount_not_given", "the bill gives nothing for it, so it was not used")
TRIES = 3
"""How often a vendor may fall silent again while one code is found."""


class ClosedBills:
    """Takes one closed bill and carries it forward. It may be resumed at any point."""

    def __init__(
        self,
        checkout: Checkout,
        effects: Effects,
        vendors: Vendors,
        gathering: Gathering,
        paying: Paying,
        codes: Codes,
    ) -> None:
        """Take the checkout and what a dialogue would use one after another."""
        self._checkout = checkout
        self._effects = effects
        self._vendors = vendors
        self._gathering = gathering
        self._paying = paying
        self._codes = codes
        self._sealing = PaidSealing(checkout, effects, gathering.offers, gathering.tenders)

    def take(self, message: OpenCheckout) -> None:
        """Write the till's facts down; from here on the sale stands.

        Raises:
            Refusal: `currency_mismatch` or `basket_mismatch`: the message is malformed.
        """
        checkout = self._checkout
        message.basket.check(checkout.currency)
        checkout.closed = ClosedBill(
            identifiers=message.identifiers,
            codes=message.codes,
            offers=message.offers,
            paid_in_full=not message.payments,
            built=checkout.basket is not None,
            customer_known=bool(checkout.members),
            given_up=checkout.status in ("cancelled", "expired"),
        )
        checkout.basket = message.basket
        checkout.receipt_number = message.receipt_number or checkout.receipt_number
        checkout.status, checkout.instruction = "completing", None
        now = workflow.now()
        checkout.paid_at = min(message.occurred_at or now, now)
        for report in message.payments:
            payment = checkout.record_payment(report)
            mine = ("payment_unmatched", f"payment {payment.id}:")
            checkout.attention = [
                case
                for case in checkout.attention
                if not (case.code == mine[0] and case.detail.startswith(mine[1]))
            ]

    def compare(self, message: OpenCheckout) -> None:
        """Meet a bill that is sold already: it is the same one, or somebody must look."""
        checkout = self._checkout
        basket = checkout.basket
        if basket is not None and not is_same_basket(basket, message.basket):
            told, sold = message.basket.amount, basket.amount
            words = f"the bill came again with other content: {told} in all and not {sold}"
            self._attend_once("bill_differs", words, abs(told - sold))
        for payment in message.payments:
            known = checkout.payment(payment.reference)
            if known is None or (known.status, known.amount) != ("captured", payment.amount):
                words = f"the bill came again with another payment: {payment.reference}"
                self._attend_once("payment_unmatched", words, payment.amount)

    # --- gather ---------------------------------------------------------------------------------

    async def gather(self) -> None:
        """Identify, find and hold what the till has given, and compare the sums."""
        checkout, closed = self._checkout, self._checkout.closed
        assert closed is not None, "a closed bill was taken"
        if closed.gathered:
            return
        if closed.given_up:
            await self._paying.take_again()
            checkout.status = "completing"
        given = {offer.code for offer in closed.offers}
        for code in await self._open(closed):
            if code not in given:
                await self._take_code(code)
        for code, amounts in _together(closed.offers).items():
            await self._take_offer(closed, code, min(sum(amounts), MOST), len(amounts))
        await self._weigh(closed)
        await self._sealing.take_back_outdated()
        checkout.closed = ClosedBill(built=closed.built, gathered=True)

    async def _open(self, closed: ClosedBill) -> list[str]:
        """Identify and quote; answers the codes that may be offers.

        Who was identified in a dialogue before stays: what is held, is held for them.
        """
        checkout = self._checkout
        basket = checkout.basket
        assert basket is not None, "a closed bill has its basket"
        told = await self._codes.sort(closed.codes, basket)
        identifiers = (*closed.identifiers, *told.identifiers)
        try:
            await self._gathering.open(basket, () if closed.customer_known else identifiers)
        except Refusal as no:
            checkout.basket = basket
            self._attend_undelivered(no)
            checkout.reprice()
        if not closed.built:
            checkout.fees = {}  # what a vendor would add, this till has not asked for
            self._leave_out_what_is_automatic()
        for code, refusal in told.refused:
            self._codes.refuse(code, refusal)
        return told.offers

    def _leave_out_what_is_automatic(self) -> None:
        """What a vendor gives by itself, this till has not given: the customer paid for it."""
        checkout = self._checkout
        for offer in checkout.counting_offers():
            if offer.automatic:
                words = f"{offer.title} was due to the customer by itself, and not given"
                self._attend_once("offer_not_given", words, offer.saving_amount)
                offer.status, offer.sequence = "available", None
        checkout.reprice()

    def _attend_undelivered(self, no: Refusal) -> None:
        basket = self._checkout.basket
        for line in basket.lines if basket else ():
            if line.type != "product":
                words = f"{line.title} is sold and cannot be delivered: {no.detail}"
                self._attend_once("delivery_failed", words, line.amount)

    async def _take_code(self, code: str) -> None:
        """Use a code that only earns. For any other the customer was given nothing."""
        try:
            offer = await self._gathering.offers.find(code)
            if offer.counts:
                return
            if not offer.earns_only:
                raise NOT_GIVEN
            _, outcome = await self._gathering.offers.secure(offer)
            if outcome.status != "applied":
                raise Refusal(outcome.code or "offer_refused", outcome.detail or "refused")
        except Refusal as no:
            self._codes.refuse(code, no)
            if no is not NOT_GIVEN and self._checkout.terms.late_offers != "honour":
                self._attend_once("code_not_taken", f"a code was not taken: {no.detail}", None)

    async def _take_offer(self, closed: ClosedBill, code: str, amount: int, times: int) -> None:
        """Count an offer at what the till took off, and hold it, so that it can be used up."""
        checkout = self._checkout
        discount = Discount(type="vendor_computed", amount=amount)
        try:
            offer = await self._find(closed, code)
        except Refusal as no:
            refusal = Refusing(code=no.code, detail=no.detail)
            offer = nobodys(checkout.id, code, refusal)
            offer.discount = discount
            checkout.offers = [*(o for o in checkout.offers if o.id != offer.id), offer]
            self._lose(offer, refusal)
        else:
            offer.discount = discount
            _use(offer, times)
            await self._hold(offer)
        checkout.reprice()
        short = amount - offer.saving_amount
        if short:
            words = f"{offer.title}: the bill takes {offer.saving_amount} off, the till gave more"
            self._attend_once("discount_mismatch", words, short)

    async def _find(self, closed: ClosedBill, code: str) -> Offer:
        """Find whose a code is; nobody waits at a till, so a vendor that is down is waited for."""
        for _ in range(TRIES):
            try:
                return await self._gathering.offers.find(code)
            except Refusal as no:
                if no.code != "vendor_unavailable":
                    raise
            await self._vendors.await_offer(code)
            await self._open(closed)
        return await self._gathering.offers.find(code)

    async def _hold(self, offer: Offer) -> None:
        if offer.counts:
            return
        refusal = self._why_not(offer)
        if refusal is not None:
            self._lose(offer, refusal)
            return
        effect, outcome = await self._gathering.offers.secure(offer)
        if outcome.status == "manual":
            self._effects.needs_a_person(effect, outcome)
            bear(self._checkout, offer, why(outcome))
        elif outcome.status != "applied":
            self._lose(offer, why(outcome), effect)

    def _why_not(self, offer: Offer) -> Refusing | None:
        """Say why a vendor would never be told of it; all else is for the vendor to say."""
        member = self._checkout.members.get(offer.provider)
        if offer.needs_member and member is None:
            return Refusing(code="member_required", detail="nobody was identified for it")
        if offer.member_id and member and member.member_id != offer.member_id:
            return Refusing(code="offer_refused", detail="it belongs to another customer")
        if self._gathering.offers.is_spent(offer):
            return Refusing(code="offer_refused", detail="another offer of this bill spends it")
        if offer.sealed_by_sale and offer.provider not in self._checkout.earning:
            return Refusing(code="vendor_unavailable", detail="its vendor hears of no sale")
        return None

    def _lose(self, offer: Offer, refusal: Refusing, effect: Effect | None = None) -> None:
        words = f"{offer.title} was given and cannot be used up: {refusal.detail}"
        lose(self._checkout, offer, refusal, words, effect)

    # --- sums -----------------------------------------------------------------------------------

    async def _weigh(self, closed: ClosedBill) -> None:
        """Compare what was paid with what is due; the payments are facts, whatever they are."""
        checkout = self._checkout
        missing = checkout.payable_amount - checkout.covered_amount
        if closed.paid_in_full and missing >= 0:
            await self._take_the_tills_word(missing)
        elif missing:
            due, paid = checkout.payable_amount, checkout.covered_amount
            words = f"{due} was due, the payments add up to {paid}"
            self._attend_once("payment_mismatch", words, abs(missing))

    async def _take_the_tills_word(self, amount: int) -> None:
        checkout = self._checkout
        if amount == 0 and checkout.payments:
            return
        report = PaymentReport(
            status="captured",
            type="unspecified" if amount else "none",
            amount=amount,
            reference="closed-bill",
        )
        checkout.record_payment(report)
        await memory.note_payment(checkout.id, report, "received")

    def _attend_once(self, code: str, words: str, amount: int | None) -> None:
        checkout = self._checkout
        cases = [*checkout.attention, *(settled.case for settled in checkout.settled)]
        if all((case.code, case.detail) != (code, words) for case in cases):
            checkout.open_attention(code, words, workflow.now(), amount=amount, actions=BY_HAND)

    # --- forward --------------------------------------------------------------------------------

    async def commit(self) -> None:
        """Use up what cannot be given back, then commit like any paid sale."""
        await self._sealing.seal_all()
        await self._paying.commit()


class PaidSealing(Sealing):
    """The seal of a bill that is paid: nobody waits for it, and no refusal changes the price."""

    async def take_back_outdated(self) -> None:
        """Return what the dialogue had sealed at another price, where its vendor allows it."""
        for effect in self._outdated():
            await self._take_back(effect, patient=True)

    async def seal_all(self) -> None:
        """Run every step that is left."""
        for sealed in seal_steps(self._checkout):
            if self._is_open(sealed):
                await self._run(sealed)

    async def _take_back(self, effect: Effect, *, patient: bool) -> None:
        if effect.nature.undo is None or (effect.done is not None and effect.done.binding):
            await super()._take_back(effect, patient=patient)
            return
        await self._effects.undo(effect)
        self._unsealed(effect.provider)

    async def _outcome(self, effect: Effect, sale: Sale | None) -> Outcome:
        return await self._effects.do(effect, patient=True, sale=sale)

    async def _redeemed(self, offer: Offer, done: Done) -> None:
        offer.status = "redeemed"
        wanted = offer.commit.request.get("quantity", 1) if offer.commit else 1
        redeemed = done.data.get("quantity", wanted)
        if redeemed != wanted:
            words = f"only {redeemed} of {wanted} {offer.title} could be used up"
            self._checkout.open_attention("offer_lost_after_payment", words, workflow.now())

    async def _lost(self, sealed: SealStep, effect: Effect, outcome: Outcome) -> None:
        if outcome.status == "manual":
            self._effects.needs_a_person(effect, outcome)
        offer = self._offer(sealed)
        for lost in [offer] if offer is not None else self._spent(sealed.provider):
            words = f"{lost.title} was given and cannot be used up: {outcome.detail}"
            if outcome.status == "manual":
                bear(self._checkout, lost, why(outcome))
            else:
                lose(self._checkout, lost, why(outcome), words, effect)
        if offer is None:
            self._lose_tenders(sealed.provider, effect, outcome)

    def _lose_tenders(self, provider: str, effect: Effect, outcome: Outcome) -> None:
        for tender in self._checkout.tenders:
            if tender.provider == provider and tender.planned and tender.pays:
                tender.status, tender.honoured = "refused", True
                words = f"a {tender.type} could not be charged: {outcome.detail}"
                self._checkout.open_attention(
                    "tender_lost", words, workflow.now(), effect=effect, amount=tender.amount
                )


def _together(offers: Sequence[GivenOffer]) -> dict[str, list[int]]:
    """Put equal codes together: what the till took off, use by use."""
    amounts: dict[str, list[int]] = {}
    for given in offers:
        amounts.setdefault(given.code, []).append(given.discount_amount)
    return amounts


def _use(offer: Offer, times: int) -> None:
    """Let the vendor count each use; the price has all of them already."""
    if offer.commit is not None and offer.max_quantity > 1:
        request = {**offer.commit.request, "quantity": min(times, offer.max_quantity)}
        offer.commit = offer.commit.model_copy(update={"request": request})
