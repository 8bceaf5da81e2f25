"""The seal: what cannot be undone, or needs the final price, just before the till captures.

What may still change the price runs first, one after another; the vendors' own sale transactions
follow at the price that is then final. A refusal leaves everything before it as it is.
"""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from tillsaga.domain.checkout import Checkout, Earned
    from tillsaga.domain.effects import Done, Effect, Outcome
    from tillsaga.domain.offers import Offer, Refusing, Tender
    from tillsaga.domain.plan import SealStep, sale_of, seal_steps, spends_points_only
    from tillsaga.domain.sale import Sale
    from tillsaga.errors import Refusal

from workflows.doubts import Doubts
from workflows.effects import Effects
from workflows.offers import Offers
from workflows.tenders import Tenders

WITH_THE_BASKET = frozenset({"redeem_coupon", "burn_voucher"})
"""A one-step till cannot wait for an authorisation, so these run when its basket is ready."""
ASK_AGAIN = frozenset({"code_expired", "vendor_unavailable"})
"""A no that another code, or another time, may turn into a yes."""
ABOUT_MONEY = frozenset({"tender_refused", "insufficient_balance"})
"""A no to what should pay, not to what lowers the price."""


class Sealing:
    """The irreversible steps of one checkout."""

    def __init__(
        self, checkout: Checkout, effects: Effects, offers: Offers, tenders: Tenders
    ) -> None:
        """Take the checkout, its effects, offers and tenders."""
        self._checkout = checkout
        self._effects = effects
        self._offers = offers
        self._tenders = tenders
        self._doubts = Doubts(checkout, effects)

    @property
    def waits(self) -> bool:
        """Whether a lost answer is asked for, so that the till had better wait."""
        return self._doubts.waits

    def is_due(self) -> bool:
        """Whether anything is left to seal, or sealed for a sale that has changed since."""
        steps = seal_steps(self._checkout)
        return any(self._is_open(sealed) for sealed in steps) or bool(self._outdated())

    async def seal(self, *, at_ready: bool = False, paid: bool = False) -> None:
        """Run the steps in their order; at `ready` only those that a one-step till needs there.

        What was sealed for another price is taken back first: as long as that takes, once the sale
        is `paid` and nobody can choose otherwise any more.

        Raises:
            Refusal: `offer_lost`, `code_expired` or `vendor_unavailable`: something was refused,
                and the price is another one now.
        """
        for effect in self._outdated():
            await self._take_back(effect, patient=paid)
        for sealed in seal_steps(self._checkout):
            if self._is_open(sealed) and (not at_ready or self._runs_at_ready(sealed)):
                await self._run(sealed)

    def follow_up(self, effect: Effect) -> None:
        """Find out what a run that is gone had honoured without knowing; see `Doubts`."""
        self._doubts.follow_up(effect)

    def require_openable(self) -> None:
        """Refuse to build on a sale that a vendor has closed for good.

        Raises:
            Refusal: `state_conflict`.
        """
        closed = self._checkout.closed_for_good
        if closed is not None:
            words = f"{closed.provider} has closed the bill for good; pay it or cancel it"
            raise Refusal("state_conflict", words)

    def _outdated(self) -> list[Effect]:
        """The vendors' sale transactions that tell of another price than the one to be paid."""
        sealed = [e for e in self._checkout.effects if e.sealed_as and e.status == "applied"]
        now = sale_of(self._checkout).digest if sealed else None
        return [effect for effect in sealed if effect.sealed_as != now]

    async def _take_back(self, effect: Effect, *, patient: bool) -> None:
        """Return a transaction whose sale has changed, so that it is made again at the end."""
        done = effect.done
        for_good = effect.nature.reversibility == "irreversible"
        if for_good or (done is not None and done.binding):
            words = f"{effect.nature.title}: the price has changed since, and it cannot follow"
            self._checkout.open_attention("sale_changed", words, workflow.now(), effect=effect)
            effect.sealed_as = sale_of(self._checkout).digest
            return
        outcome = await self._effects.undo(effect, patient=patient)
        if outcome.status in ("in_doubt", "not_sent"):
            self._effects.undo_later(effect)
            raise Refusal("vendor_unavailable", "the vendor does not answer; try again later")
        self._unsealed(effect.provider)

    def _unsealed(self, provider: str) -> None:
        checkout = self._checkout
        for tender in checkout.tenders:
            if tender.provider == provider and tender.planned and tender.pays:
                tender.status = "planned"
        for offer in checkout.counting_offers():
            if offer.provider == provider and offer.sealed_by_sale:
                offer.status = "applied"
        checkout.earned = [earned for earned in checkout.earned if earned.provider != provider]

    def _runs_at_ready(self, sealed: SealStep) -> bool:
        operation = sealed.step.operation
        if operation == "post_transaction":
            return spends_points_only(self._checkout, sealed.provider)
        return operation in WITH_THE_BASKET

    def _is_open(self, sealed: SealStep) -> bool:
        step = sealed.step
        effect = self._checkout.effect(step.operation, sealed.provider, step.subject)
        return effect is None or not effect.sealed or effect.status in ("refused", "reversed")

    async def _run(self, sealed: SealStep) -> None:
        step = sealed.step
        latest = self._checkout.effect(step.operation, sealed.provider, step.subject)
        unknown = latest is not None and latest.status == "manual"
        # A run that is gone may have left it unknown: then nothing is sent under a key of its own.
        effect = (
            latest if latest and unknown else self._checkout.start_effect(sealed.provider, step)
        )
        effect.sealed = True
        sale = None if sealed.offer_id else sale_of(self._checkout)
        effect.sealed_as = sale.digest if sale else None
        outcome = await self._outcome(effect, sale)
        if outcome.status == "applied" and outcome.done is not None:
            await self._sealed(sealed, outcome.done)
        else:
            await self._lost(sealed, effect, outcome)

    async def _outcome(self, effect: Effect, sale: Sale | None) -> Outcome:
        outcome = await self._effects.do(effect, sale=sale)
        return await self._doubts.decide(effect, outcome, sale)

    async def _sealed(self, sealed: SealStep, done: Done) -> None:
        offer = self._offer(sealed)
        if offer is not None:
            await self._redeemed(offer, done)
            return
        for tender in self._charging(sealed.provider):
            tender.status = "charged"
        for spent in self._spent(sealed.provider, earning=True):
            spent.status = "redeemed"
        if done.points is not None or done.points_after is not None:
            earned = Earned(
                provider=sealed.provider, points=done.points, balance_after=done.points_after
            )
            self._checkout.earned.append(earned)

    async def _redeemed(self, offer: Offer, done: Done) -> None:
        offer.status = "redeemed"
        redeemed = done.data.get("quantity")
        if isinstance(redeemed, int) and redeemed < offer.quantity:
            words = f"only {redeemed} of {offer.quantity} of {offer.title} could be redeemed"
            offer.quantity, offer.refusal = redeemed, Refusing(code="offer_lost", detail=words)
            await self._lose_the_rest()
            self._checkout.reprice()
            raise Refusal("offer_lost", words)

    async def _lost(self, sealed: SealStep, effect: Effect, outcome: Outcome) -> None:
        if outcome.status == "not_sent":
            self._effects.undo_later(effect)
        refusing = _why(outcome)
        code = refusing.code if refusing.code in ASK_AGAIN else "offer_lost"
        offer = self._offer(sealed)
        if offer is not None:
            offer.status, offer.refusal = "lost", refusing
        elif effect.status == "refused":
            await self._lose_what_is_to_blame(sealed.provider, refusing)
        else:
            self._lose_all_of(sealed.provider, refusing)
        await self._lose_the_rest()
        self._checkout.reprice()
        raise Refusal(code, f"{effect.nature.title} at {sealed.provider}: {refusing.detail}")

    async def _lose_the_rest(self) -> None:
        """A store may want all of its offers or none."""
        if self._checkout.terms.offers == "all_or_none":
            await self._offers.lose_all("another offer of this sale was lost")

    async def _lose_what_is_to_blame(self, provider: str, refusing: Refusing) -> None:
        """Nothing was spent: keep what still stands, and free what does not for other tills."""
        tenders = self._charging(provider)
        offers = self._spent(provider, earning=True)
        if refusing.code not in ABOUT_MONEY or not tenders:
            gone = await self._offers.lose_gone(offers)
            if gone:
                return
            if not tenders:
                for offer in self._spent(provider):
                    await self._offers.lose(offer, refusing)
        for tender in tenders:
            await self._tenders.refuse(tender)

    def _lose_all_of(self, provider: str, refusing: Refusing) -> None:
        """Nobody knows what was spent, so it is not free for other tills either."""
        for offer in self._spent(provider):
            offer.status, offer.refusal = "lost", refusing
        for tender in self._charging(provider):
            tender.status = "refused"

    def _charging(self, provider: str) -> list[Tender]:
        tenders = (t for t in self._checkout.tenders if t.provider == provider and t.planned)
        return [tender for tender in tenders if tender.pays and not tender.honoured]

    def _offer(self, sealed: SealStep) -> Offer | None:
        return self._checkout.offer(sealed.offer_id) if sealed.offer_id else None

    def _spent(self, provider: str, *, earning: bool = False) -> list[Offer]:
        mine = [o for o in self._checkout.counting_offers() if o.provider == provider]
        spent = [o for o in mine if o.sealed_by_sale or (earning and o.earns_only)]
        return [offer for offer in spent if not offer.honoured]


def _why(outcome: Outcome) -> Refusing:
    """Say why a step of the seal did not happen."""
    if outcome.status == "not_sent":
        return Refusing(code="vendor_unavailable", detail="the vendor does not answer")
    return Refusing(
        code=outcome.code or "offer_lost", detail=outcome.detail or "the vendor refused"
    )
