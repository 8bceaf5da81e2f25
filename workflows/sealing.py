"""The seal: what cannot be undone, or needs the final price, just before the till captures.

What may still change the price runs first, one after another; the vendors' own sale transactions
follow at the price that is then final. A refusal leaves everything before it as it is.
"""

import asyncio

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from tillsaga.domain.checkout import Checkout, Earned
    from tillsaga.domain.effects import Done, Effect, Outcome
    from tillsaga.domain.offers import Offer, Refusing
    from tillsaga.domain.plan import SealStep, sale_of, seal_steps, spends_points_only
    from tillsaga.domain.sale import Sale
    from tillsaga.errors import Refusal

from workflows.effects import Effects
from workflows.offers import Offers

WITH_THE_BASKET = frozenset({"redeem_coupon", "burn_voucher"})
"""A one-step till cannot wait for an authorisation, so these run when its basket is ready."""


class Sealing:
    """The irreversible steps of one checkout."""

    def __init__(self, checkout: Checkout, effects: Effects, offers: Offers) -> None:
        """Take the checkout, its effects and its offers."""
        self._checkout = checkout
        self._effects = effects
        self._offers = offers

    def is_due(self) -> bool:
        """Whether anything is left to seal, or sealed for a sale that has changed since."""
        steps = seal_steps(self._checkout)
        return any(self._is_open(sealed) for sealed in steps) or bool(self._outdated())

    async def seal(self, *, at_ready: bool = False) -> None:
        """Run the steps in their order; at `ready` only those that a one-step till needs there.

        Raises:
            Refusal: `offer_lost`, `code_expired` or `vendor_unavailable`: something was refused,
                and the price is another one now.
        """
        for effect in self._outdated():
            await self._take_back(effect)
        for sealed in seal_steps(self._checkout):
            if self._is_open(sealed) and (not at_ready or self._runs_at_ready(sealed)):
                await self._run(sealed)

    def require_openable(self) -> None:
        """Refuse to build on a sale that a vendor has closed for good.

        Raises:
            Refusal: `state_conflict`.
        """
        for effect in self._checkout.effects:
            whole = effect.sealed_as is not None and effect.nature.reversibility == "irreversible"
            if whole and effect.may_stand:
                words = f"{effect.provider} has closed the bill for good; pay it or cancel it"
                raise Refusal("state_conflict", words)

    def _outdated(self) -> list[Effect]:
        """The vendors' sale transactions that tell of another price than the one to be paid."""
        sealed = [e for e in self._checkout.effects if e.sealed_as and e.status == "applied"]
        now = sale_of(self._checkout).digest if sealed else None
        return [effect for effect in sealed if effect.sealed_as != now]

    async def _take_back(self, effect: Effect) -> None:
        """Return a transaction whose sale has changed, so that it is made again at the end."""
        done = effect.done
        if effect.nature.undo is None or (done is not None and done.binding):
            words = f"{effect.nature.title}: the price has changed since, and it cannot follow"
            self._checkout.open_attention("sale_changed", words, workflow.now(), effect=effect)
            effect.sealed_as = sale_of(self._checkout).digest
            return
        outcome = await self._effects.undo(effect, patient=False)
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
        effect = self._checkout.start_effect(sealed.provider, sealed.step)
        effect.sealed = True
        sale = None if sealed.offer_id else sale_of(self._checkout)
        effect.sealed_as = sale.digest if sale else None
        outcome = await self._effects.do(effect, sale=sale)
        if outcome.status == "in_doubt":
            outcome = await self._wait_out(effect, sale)
        if outcome.status == "applied" and outcome.done is not None:
            self._sealed(sealed, outcome.done)
        else:
            await self._lost(sealed, effect, outcome)

    async def _wait_out(self, effect: Effect, sale: Sale | None) -> Outcome:
        """Wait for a lost answer as long as the store allows, then follow its policy."""
        checkout = self._checkout
        checkout.instruction = "wait"
        settling = asyncio.create_task(self._clear_up(effect, sale))
        patience = checkout.terms.in_doubt_after.total_seconds()
        done, _ = await workflow.wait([settling], timeout=patience)
        checkout.instruction = None
        if done:
            return settling.result()
        self._effects.later(self._settled(settling))
        words = f"{effect.nature.title}: the vendor's answer was lost and it cannot say yet"
        checkout.open_attention("effect_in_doubt", words, workflow.now(), effect=effect)
        if checkout.terms.in_doubt == "honour":
            return Outcome(status="applied", done=Done())
        return Outcome(status="refused", code="vendor_unavailable", detail="still in doubt")

    async def _clear_up(self, effect: Effect, sale: Sale | None) -> Outcome:
        """Find out what became of it; what a vendor keeps to one is rather sent again."""
        if effect.nature.repeatable and self._checkout.terms.in_doubt == "honour":
            return await self._effects.do(effect, patient=True, sale=sale)
        return await self._effects.settle(effect)

    async def _settled(self, settling: asyncio.Task[Outcome]) -> None:
        await settling

    def _sealed(self, sealed: SealStep, done: Done) -> None:
        offer = self._offer(sealed)
        if offer is not None:
            self._redeemed(offer, done)
            return
        for tender in self._checkout.tenders:
            if tender.provider == sealed.provider and tender.planned and tender.pays:
                tender.status = "charged"
        for spent in self._spent(sealed.provider):
            spent.status = "redeemed"
        if done.points is not None or done.points_after is not None:
            earned = Earned(
                provider=sealed.provider, points=done.points, balance_after=done.points_after
            )
            self._checkout.earned.append(earned)

    def _redeemed(self, offer: Offer, done: Done) -> None:
        offer.status = "redeemed"
        redeemed = done.data.get("quantity")
        if isinstance(redeemed, int) and redeemed < offer.quantity:
            offer.quantity = redeemed
            self._checkout.reprice()
            raise Refusal("offer_lost", f"only {redeemed} of {offer.title} could be redeemed")

    async def _lost(self, sealed: SealStep, effect: Effect, outcome: Outcome) -> None:
        if outcome.status == "not_sent":
            self._effects.undo_later(effect)
        if outcome.status == "manual":
            self._effects.needs_a_person(effect, outcome)
        detail = outcome.detail or "the vendor refused"
        code = outcome.code if outcome.code == "code_expired" else "offer_lost"
        offer = self._offer(sealed)
        for lost in [offer] if offer is not None else self._spent(sealed.provider):
            lost.status = "lost"
            lost.refusal = Refusing(code=outcome.code or "offer_lost", detail=detail)
        for tender in self._checkout.tenders if offer is None else ():
            if tender.provider == sealed.provider and tender.planned and tender.pays:
                tender.status = "refused"
        if self._checkout.terms.offers == "all_or_none":
            await self._offers.lose_all("another offer of this sale was lost")
        self._checkout.reprice()
        raise Refusal(code, f"{effect.nature.title} at {sealed.provider}: {detail}")

    def _offer(self, sealed: SealStep) -> Offer | None:
        return self._checkout.offer(sealed.offer_id) if sealed.offer_id else None

    def _spent(self, provider: str) -> list[Offer]:
        counting = self._checkout.counting_offers()
        return [o for o in counting if o.provider == provider and o.sealed_by_sale]
