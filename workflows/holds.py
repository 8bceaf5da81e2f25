"""Holds that support frees: taken back as the till would, with the reason kept."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from tillsaga.domain.checkout import Checkout
    from tillsaga.domain.effects import Effect
    from tillsaga.domain.holds import Release, is_hold, refused_release
    from tillsaga.domain.messages import ReleaseHold, RemoveOffer, RemoveTender
    from tillsaga.domain.offers import Offer, Refusing, Tender
    from tillsaga.errors import Refusal

from workflows.customer_codes import CustomerCodes
from workflows.effects import Effects
from workflows.sealing import Sealing


class Holds:
    """The holds of one checkout, as support may let go of them."""

    def __init__(
        self, checkout: Checkout, effects: Effects, codes: CustomerCodes, sealing: Sealing
    ) -> None:
        """Take the checkout, and the till's own ways to let go of something."""
        self._checkout = checkout
        self._effects = effects
        self._codes = codes
        self._sealing = sealing

    async def release(self, message: ReleaseHold) -> bool:
        """Free a hold; answers whether there was anything to free. Repeating it is harmless.

        Raises:
            Refusal: `hold_not_found`; `state_conflict`: what to do instead; or what the vendor
                says to a till that lets go.
        """
        effect = self._held(message.effect_id)
        gone = not effect.may_stand and effect.status != "manual"
        if gone or self._checkout.status == "cancelling":
            return False
        self._require_releasable(effect)
        if not effect.wanted:
            return False  # it is on its way back already
        await self._let_go(effect, message.reason)
        self._note(message)
        return True

    def _held(self, effect_id: str) -> Effect:
        effect = next((e for e in self._checkout.effects if e.id == effect_id), None)
        if effect is None or not is_hold(effect.nature):
            raise Refusal("hold_not_found", "the checkout has no such hold")
        return effect

    def _require_releasable(self, effect: Effect) -> None:
        checkout = self._checkout
        item = next((a.id for a in checkout.attention if a.effect_id == effect.id), None)
        manual = effect.status == "manual"
        why = refused_release(checkout.status, checkout.paid_something, manual, item)
        if why is not None:
            raise Refusal("state_conflict", why)

    async def _let_go(self, effect: Effect, reason: str) -> None:
        """Let go of what the effect holds: an offer, a tender, or something nobody uses."""
        offer, tender = self._offer(effect), self._tender(effect)
        self._require_unsold(effect)
        if offer is not None or tender is not None:
            self._reopen()
        if offer is not None:
            await self._codes.remove(RemoveOffer(offer_id=offer.id))
            offer.refusal = Refusing(code="hold_released", detail=f"support: {reason}")
        elif tender is not None:
            await self._codes.take_back(RemoveTender(tender_id=tender.id))
        else:
            await self._undo(effect)

    async def _undo(self, effect: Effect) -> None:
        outcome = await self._effects.undo(effect, patient=False)
        if outcome.status in ("in_doubt", "not_sent"):
            self._effects.undo_later(effect)

    def _reopen(self) -> None:
        if self._checkout.status == "ready":
            self._sealing.require_openable()
            self._checkout.status = "open"

    def _offer(self, effect: Effect) -> Offer | None:
        mine = (o for o in self._checkout.counting_offers() if o.provider == effect.provider)
        held = (effect.operation, effect.subject)
        steps = ((offer, step) for offer in mine for step in offer.holding)
        return next((o for o, step in steps if (step.operation, step.subject) == held), None)

    def _tender(self, effect: Effect) -> Tender | None:
        for tender in self._checkout.tenders:
            operation = "reserve" if tender.planned else tender.operation
            charged = (operation, tender.provider, tender.subject)
            if tender.pays and charged == (effect.operation, effect.provider, effect.subject):
                return tender
        return None

    def _require_unsold(self, effect: Effect) -> None:
        sold = {sale.subject for sale in self._checkout.sales.values()}
        if effect.operation == "reserve" and effect.subject in sold:
            words = "the basket sells it: take its line out of the basket, or cancel the checkout"
            raise Refusal("state_conflict", words)

    def _note(self, message: ReleaseHold) -> None:
        self._checkout.releases.append(
            Release(
                effect_id=message.effect_id,
                actor=message.actor,
                reason=message.reason,
                at=workflow.now(),
            )
        )
