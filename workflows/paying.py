"""The payment and what follows: commit forward, or give everything back."""

import asyncio
from collections.abc import Collection, Sequence

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from tillsaga.domain.checkout import Checkout, Earned, GiveBack, Payment, Status
    from tillsaga.domain.corrections import (
        forget_unmatched,
        replace_facts,
        require_own_reference,
        review_sale,
    )
    from tillsaga.domain.effects import Effect, Outcome, Step, reservation
    from tillsaga.domain.goods_back import return_effect
    from tillsaga.domain.goodwill import not_restored, open_goodwill, serve_after_all, spent_by
    from tillsaga.domain.messages import CorrectPayment, PaymentReport
    from tillsaga.domain.offers import Identifier, Offer, Tender
    from tillsaga.domain.payments import Judgement, instruction_for, judge
    from tillsaga.domain.plan import (
        Planned,
        delivery_steps,
        earn_steps,
        earning_amount,
        offer_steps,
        sale_of,
    )
    from tillsaga.domain.refund_amounts import is_all_back
    from tillsaga.errors import Refusal

from workflows.effects import Effects
from workflows.goods_back import GoodsBack
from workflows.lost import lose, why
from workflows.offers import Offers
from workflows.sealing import Sealing
from workflows.tenders import Tenders
from workflows.vendors import Vendors


class Paying:
    """What the till's payment reports set in motion."""

    def __init__(
        self,
        checkout: Checkout,
        effects: Effects,
        vendors: Vendors,
        offers: Offers,
        tenders: Tenders,
    ) -> None:
        """Take the checkout, its effects, vendors, offers and tenders."""
        self._checkout = checkout
        self._effects = effects
        self._vendors = vendors
        self._offers = offers
        self._goods_back = GoodsBack(checkout, effects)
        self.sealing = Sealing(checkout, effects, offers, tenders)

    # --- reports --------------------------------------------------------------------------------

    def report(self, report: PaymentReport) -> Judgement:
        """Record a payment report and say what it means.

        Raises:
            Refusal: `payment_mismatch` or `state_conflict`; a captured payment is kept all the
                same, as `unmatched`, for a person.
        """
        checkout = self._checkout
        judgement = judge(checkout, report)
        if judgement.meaning in ("mismatch", "too_early"):
            self._refuse(report, judgement)
        if judgement.meaning != "repeat":
            payment = checkout.record_payment(report)
            forget_unmatched(checkout, payment)
            if checkout.status == "completed":
                review_sale(checkout, f"payment {payment.id}", workflow.now())
        checkout.instruction = instruction_for(checkout)
        return judgement

    def _refuse(self, report: PaymentReport, judgement: Judgement) -> None:
        if report.status == "captured":
            self._keep_unmatched(report, judgement.detail)
            raise Refusal("payment_mismatch", judgement.detail)
        code = "payment_mismatch" if judgement.meaning == "mismatch" else "state_conflict"
        raise Refusal(code, judgement.detail)

    def _keep_unmatched(self, report: PaymentReport, detail: str) -> None:
        checkout = self._checkout
        known = checkout.payment(report.reference)
        if known is not None and known.status == "unmatched" and known.amount == report.amount:
            return
        if known is not None and known.status == "captured":
            words = f"payment {known.id}: {detail}"
        else:
            payment = checkout.record_payment(report)
            payment.status = "unmatched"
            words = f"payment {payment.id}: {detail}"
        self._attend("payment_unmatched", words, report.amount)

    def note_sold_late(self, report: PaymentReport) -> None:
        """Remember for whose sake a sale stands, so that its repetition is no news."""
        payment = self._checkout.payment(report.reference)
        if payment is not None:
            payment.sold_late = True

    def correct(self, message: CorrectPayment) -> Judgement:
        """Replace the facts of a payment that was reported wrong.

        Raises:
            Refusal: `payment_not_found`, or as `report`.
        """
        checkout, payment = self._checkout, self.payment_of(message)
        report = PaymentReport.model_validate(message.model_dump(exclude={"payment_id", "reason"}))
        require_own_reference(checkout, payment, report.reference)
        if checkout.status in ("open", "ready"):
            return self._correct_before_commit(payment, report)
        before = payment.amount if payment.status == "captured" else 0
        unmatched = payment.status == "unmatched"
        replace_facts(checkout, payment, report)
        forget_unmatched(checkout, payment)
        after = payment.amount if payment.status == "captured" else 0
        words = f"payment {payment.id} corrected from {before} to {after}: {message.reason}"
        if before != after or (unmatched and checkout.status == "completed"):
            # A sale that stands for money that did not fit may be left without any now.
            self._review(words, abs(after - before))
        checkout.instruction = instruction_for(checkout)
        return Judgement(meaning="noted")

    def payment_of(self, message: CorrectPayment) -> Payment:
        """Find the payment that was reported wrong.

        Raises:
            Refusal: `payment_not_found`.
        """
        found = (p for p in self._checkout.payments if p.id == message.payment_id)
        payment = next(found, None)
        if payment is None:
            raise Refusal("payment_not_found", "the checkout has no such payment")
        return payment

    def _review(self, words: str, difference: int) -> None:
        """Money came or went that the books and the customer were told otherwise about."""
        if self._checkout.status in ("completing", "completed"):
            review_sale(self._checkout, words, workflow.now())
            return
        self._list_payments_to_give_back()
        self._attend("payment_corrected", words, difference)

    def _correct_before_commit(self, payment: Payment, report: PaymentReport) -> Judgement:
        """Weigh the right facts as if the wrong ones had never been said."""
        checkout = self._checkout
        as_known = report.model_copy(update={"reference": payment.reference})
        others = [p for p in checkout.payments if p is not payment]
        judgement = judge(checkout.model_copy(update={"payments": others}), as_known)
        no_money = report.status not in ("authorized", "captured")
        if judgement.meaning == "too_early" and no_money:
            judgement = Judgement(meaning="noted")  # an open basket owes nothing yet
        if judgement.meaning in ("mismatch", "too_early"):
            self._refuse(as_known, judgement)
        replace_facts(checkout, payment, report)
        forget_unmatched(checkout, payment)
        checkout.instruction = instruction_for(checkout)
        return judgement

    # --- forward --------------------------------------------------------------------------------

    async def seal_before_capture(self) -> None:
        """Run the irreversible steps on an authorised payment; then the till may capture."""
        checkout = self._checkout
        try:
            await self.sealing.seal()
        except Refusal:
            # It cannot be sold as planned: the till voids, and builds on what is left.
            checkout.status = "open"
        checkout.instruction = instruction_for(checkout)

    async def complete(self, *, late: bool = False) -> None:
        """Carry a paid sale forward, from the seal if nobody authorised it before.

        What is lost there the till collects; of a `late` payment's sale the store bears it. Where
        the other offers make up for it, nobody does.
        """
        checkout = self._checkout
        offers = [(offer, offer.quantity) for offer in checkout.counting_offers()]
        tenders = [tender for tender in checkout.tenders if tender.pays]
        try:
            await self.sealing.seal(paid=True)
        except Refusal as lost:
            if not late and checkout.covered_amount < checkout.payable_amount:
                checkout.status, checkout.instruction = "ready", "collect"
                return
            fewer = [(o, n) for o, n in offers if not o.counts or o.quantity < n]
            uncharged = [tender for tender in tenders if not tender.pays]
            if late:
                self._bear(fewer, uncharged, lost.detail)
            if fewer or uncharged:
                await self.complete(late=late)
                return
        await self.commit()

    def _bear(
        self, fewer: Sequence[tuple[Offer, int]], uncharged: Sequence[Tender], why: str
    ) -> None:
        """Count all the same what the seal of a late payment's sale has lost.

        Offers come with how often they counted before.
        """
        saved = [offer.saving_amount if offer.counts else 0 for offer, _ in fewer]
        for offer, times in fewer:
            offer.honoured = not offer.counts
            offer.quantity = times
        self._checkout.reprice()
        words = "was gone when the late payment arrived"
        for (offer, _), left in zip(fewer, saved, strict=True):
            detail = f"{offer.title} {words}: {why}"
            lost = offer.saving_amount - left
            self._attend("offer_lost_after_payment", detail, lost)
        for tender in uncharged:
            tender.honoured = True
            self._attend("tender_lost", f"a {tender.type} {words}: {why}", tender.amount)

    async def commit(self) -> None:
        """Carry the paid sale forward: redeem, deliver, then what may wait for days.

        Returns when all that can be refused has answered; earning may go on in the background.
        """
        checkout = self._checkout
        checkout.status = "completing"
        checkout.instruction = None
        checkout.paid_at = checkout.paid_at or workflow.now()
        await asyncio.gather(
            *(self._redeem(offer, step) for offer, step in offer_steps(checkout)),
            *(self._deliver(steps) for steps in delivery_steps(checkout)),
        )
        for offer in checkout.counting_offers():
            offer.status = "lost" if offer.honoured else "redeemed"
        for provider in self._await_the_absent():
            self._effects.later(self._earn_when_back(provider))
        await asyncio.gather(*(self._earn(planned) for planned in earn_steps(checkout)))
        if not checkout.members and checkout.claim_link is None:
            amount = earning_amount(checkout)
            checkout.claim_link = await self._vendors.claim_link(amount, checkout.paid_at)
        for provider in list(checkout.members):
            self._take_points_back(provider)
        checkout.instruction = "refund" if checkout.money_back else None
        checkout.status = "completed"

    def _take_points_back(self, provider: str) -> None:
        """Goods that are worth more than what is sold for them take their points with them."""
        if sale_of(self._checkout).returns_more:
            self._effects.later(self._goods_back.run(provider))

    async def _redeem(self, offer: Offer, step: Step) -> None:
        effect = self._checkout.start_effect(offer.provider, step)
        outcome = await self._effects.do(effect, patient=True)
        if outcome.status == "applied":
            offer.status = "redeemed"
            return
        words = f"{offer.title} could not be redeemed after the payment: {outcome.detail}"
        lose(self._checkout, offer, why(outcome), words, effect)

    async def _deliver(self, steps: Sequence[Planned]) -> None:
        """Deliver one sold card or top-up; later steps need the earlier ones' answers."""
        for provider, step, amount in steps:
            effect = self._checkout.start_effect(provider, step, amount=amount)
            outcome = await self._effects.do(effect, patient=True)
            if outcome.status != "applied":
                words = f"{effect.nature.title} failed after the payment: {outcome.detail}"
                self._attend("delivery_failed", words, amount, effect)
                return

    async def _earn(self, planned: Planned) -> None:
        provider, step, _ = planned
        sale = sale_of(self._checkout)
        effect = self._checkout.start_effect(provider, step)
        outcome = await self._effects.do(effect, sale=sale)
        if outcome.status in ("in_doubt", "not_sent"):
            self._effects.later(self._earn_later(effect))
        else:
            self._earned(effect, outcome)

    async def _earn_later(self, effect: Effect) -> None:
        outcome = await self._effects.do(effect, patient=True, sale=sale_of(self._checkout))
        self._earned(effect, outcome)

    def go_on_earning(self, in_hand: Collection[str]) -> None:
        """Tell vendors of a completed sale that a run which is gone has not told them of."""
        checkout = self._checkout
        for provider in self._await_the_absent():
            self._effects.later(self._earn_when_back(provider))
        for provider, step, _ in earn_steps(checkout):
            effect = checkout.effect(step.operation, provider, step.subject)
            if effect is None and not checkout.refunds:
                effect = checkout.start_effect(provider, step)
            if effect is not None and _is_to_be_done(effect) and effect.id not in in_hand:
                self._effects.later(self._earn_later(effect))
        for provider in list(checkout.members):
            taken = return_effect(checkout, provider)
            if taken is None or _is_to_be_done(taken):
                self._take_points_back(provider)

    async def earn_again(self, effect: Effect) -> None:
        """Tell a vendor once more of the sale that it has refused."""
        step = Step(operation=effect.operation, subject=effect.subject, request=effect.request)
        await self._earn_later(self._checkout.start_effect(effect.provider, step))

    async def deliver_again(self, effect: Effect) -> None:
        """Deliver once more what was sold, from the step that has failed."""
        for steps in delivery_steps(self._checkout):
            names = [(provider, step.operation, step.subject) for provider, step, _ in steps]
            if (effect.provider, effect.operation, effect.subject) in names:
                await self._deliver(steps)

    async def _earn_when_back(self, provider: str) -> None:
        """Tell a vendor that was absent of the sale, for days if need be, and of whose it was."""
        checkout = self._checkout
        answer = await self._vendors.visit_when_back(provider)
        shown = checkout.absent.pop(provider)
        if answer.failure is not None:
            words = f"{provider} did not take the sale: {answer.failure.detail}"
            self._attend("earning_failed", words, None)
            return
        checkout.degraded = [each for each in checkout.degraded if each.provider != provider]
        if checkout.refunds:
            self._leave_unreported(provider)
            return
        identified = answer.identified
        if identified and identified.member:
            checkout.members[provider] = identified.member
        elif identified and identified.create and any(i.consent for i in shown):
            await self._create_when_back(provider, identified.create)
            return
        if answer.quote is not None and answer.quote.earn is not None:
            checkout.earning[provider] = answer.quote.earn
            await self._earn_later(checkout.start_effect(provider, answer.quote.earn))
        if provider in checkout.members:
            self._take_points_back(provider)

    def _leave_unreported(self, provider: str) -> None:
        """A sale that came back before its vendor did is no news; a part of it is a person's."""
        if not is_all_back(self._checkout, self._checkout.refunds):
            words = f"a part of the sale came back before {provider} did: it was not reported"
            self._attend("earning_failed", words, None)

    async def _create_when_back(self, provider: str, step: Step) -> None:
        effect = self._checkout.start_effect(provider, step)
        outcome = await self._effects.do(effect, patient=True)
        if outcome.status != "applied" or outcome.done is None:
            words = f"{provider} did not create the customer: {outcome.detail}"
            self._attend("earning_failed", words, None, effect)
            return
        created = outcome.done.reference or step.subject
        identifier = Identifier(type="member_id", value=created, provider=provider)
        self._checkout.absent[provider] = (identifier,)
        await self._earn_when_back(provider)

    def _await_the_absent(self) -> list[str]:
        """The vendors that hear of the sale only when they are back, as they know whose it was."""
        checkout = self._checkout
        waiting = []
        for provider, shown in checkout.absent.items():
            effect = checkout.sale_effect(provider)
            if effect is not None or (provider in checkout.earning and not shown):
                continue  # it is told without another question
            checkout.earning.pop(provider, None)
            waiting.append(provider)
        return waiting

    def _earned(self, effect: Effect, outcome: Outcome) -> None:
        if not effect.wanted:
            if outcome.status == "applied":
                # A call under way has overtaken the refund that withdrew it.
                self._effects.undo_later(effect)
            return
        if outcome.status != "applied" or outcome.done is None:
            words = f"{effect.nature.title} failed after the payment: {outcome.detail}"
            mail = effect.operation == "send_giftcard"
            self._attend("delivery_failed" if mail else "earning_failed", words, None, effect)
            return
        done = outcome.done
        if done.points is not None or done.points_after is not None:
            self._checkout.earned.append(
                Earned(
                    provider=effect.provider, points=done.points, balance_after=done.points_after
                )
            )

    # --- backward -------------------------------------------------------------------------------

    async def give_back(self, end_as: Status) -> None:
        """Take everything back that can be, list what the till must give back, and end."""
        checkout = self._checkout
        checkout.status = "cancelling"
        checkout.instruction = None
        await self._effects.undo_all([e for e in checkout.effects if self._goes_back(e)])
        self._open_goodwill_cases()
        self._mark_given_back()
        self._unearn()
        self._list_payments_to_give_back()
        checkout.status = end_as

    async def let_go_of(self, effect: Effect) -> None:
        """Take back what a run that was left behind has done: no part of how the checkout ended."""
        await self._effects.undo(effect)
        if effect.status == "applied":
            checkout = self._checkout
            open_goodwill(checkout, effect, workflow.now(), spent_by(checkout, effect))

    def name_what_stands(self) -> None:
        """Tell a person of what was spent for good, once it is known, although the sale failed."""
        if self._checkout.status in ("cancelling", "cancelled", "expired"):
            self._open_goodwill_cases()

    def _goes_back(self, effect: Effect) -> bool:
        keep = self._checkout.terms.pre_redeemed_on_failure == "keep"
        kept = keep and effect.operation == "pre_redeem_reward" and effect.status == "applied"
        return effect.may_stand and effect.nature.undo is not None and not kept

    def _open_goodwill_cases(self) -> None:
        """What was spent for good although the sale failed: a person makes it good, per item."""
        checkout = self._checkout
        for effect in checkout.effects:
            if effect.nature.reversibility == "irreversible" and self._stands_for_good(effect):
                open_goodwill(checkout, effect, workflow.now(), spent_by(checkout, effect))

    def _stands_for_good(self, effect: Effect) -> bool:
        """Done, and not taken back; that the vendor did no favour is no case of its own."""
        case = ("undo_failed", effect.id)
        kept = [a for a in self._checkout.attention if (a.code, a.effect_id) != case]
        no_favour = len(kept) < len(self._checkout.attention) and effect.done is not None
        if no_favour:
            self._checkout.attention = kept
        return effect.status == "applied" or no_favour

    def _unearn(self) -> None:
        """No points are earned by a sale that failed, unless the vendor keeps it."""
        checkout = self._checkout
        effects = {e.provider: checkout.sale_effect(e.provider) for e in checkout.earned}
        kept = {provider for provider, effect in effects.items() if effect and effect.done}
        checkout.earned = [earned for earned in checkout.earned if earned.provider in kept]

    def note_what_went_back(self) -> None:
        """Show what was taken back at last, although the checkout had ended without it."""
        if self._checkout.status in ("cancelled", "expired"):
            self._mark_given_back()

    def _mark_given_back(self) -> None:
        left = {name for effect in self._checkout.effects for name in not_restored(effect)}
        for offer in self._checkout.offers:
            if self._is_spent(offer) or (offer.counts and offer.id in left):
                offer.status = "redeemed"
            elif offer.counts:
                step = offer.hold
                effect = (
                    self._checkout.effect(step.operation, offer.provider, step.subject)
                    if step
                    else None
                )
                money = effect is not None and effect.nature.money
                offer.status = "reversed" if money and effect and effect.reversed_by else "released"
                offer.hold_expires_at = None
        for tender in self._checkout.tenders:
            effect = self._checkout.tender_effect(tender)
            never_charged = tender.planned and effect is None
            reversed_ = effect is not None and effect.status == "reversed"
            if tender.subject in left:
                continue
            if tender.pays and (reversed_ or never_charged):
                tender.status = "reversed"
            elif tender.pays and effect is not None and effect.status == "refused":
                tender.status = "refused"
            elif tender.planned and effect is not None and effect.status == "irreversible":
                tender.status = "charged"
        self._checkout.reprice()

    def _is_spent(self, offer: Offer) -> bool:
        """Whether it counted and is gone for good, sale or no sale."""
        step = offer.commit
        effect = (
            self._checkout.effect(step.operation, offer.provider, step.subject)
            if step
            else self._checkout.sale_effect(offer.provider)
        )
        for_good = effect is not None and effect.status == "irreversible"
        return for_good and offer.counts and (offer.sealed_by_sale or offer.status == "redeemed")

    def _list_payments_to_give_back(self) -> None:
        checkout = self._checkout
        captured = [p for p in checkout.payments if p.status == "captured"]
        checkout.give_back = [
            GiveBack(payment_id=p.id, type=p.type, amount=p.amount + p.tip_amount) for p in captured
        ]
        if captured:
            checkout.instruction = "refund"
        elif any(p.status == "authorized" for p in checkout.payments):
            checkout.instruction = "void"

    # --- again ----------------------------------------------------------------------------------

    async def take_again(self) -> None:
        """The customer has paid after the checkout had ended: take the effects again.

        What is gone meanwhile becomes attention; the sale stands.
        """
        checkout = self._checkout
        checkout.generation += 1
        checkout.give_back = []
        serve_after_all(checkout)
        checkout.instruction = None
        checkout.status = "ready"
        for offer in checkout.offers:
            if offer.sequence is not None and offer.status in ("released", "reversed"):
                await self._hold_again(offer)
        for tender in [t for t in checkout.tenders if t.sequence and t.status == "reversed"]:
            step = Step(operation=tender.operation, subject=tender.subject, request=tender.request)
            amount: int | None = tender.amount
            if tender.planned:
                step, amount = reservation(tender.subject), None
            effect = checkout.start_effect(tender.provider, step, amount=amount)
            outcome = await self._effects.do(effect, patient=True)
            if outcome.status == "applied":
                tender.status = "planned" if tender.planned else "charged"
                self._note_charged(tender, effect)
            else:
                tender.status, tender.honoured = "refused", True
                words = f"a {tender.type} could not be charged again: {outcome.detail}"
                self._attend("tender_lost", words, tender.amount, effect)
        checkout.reprice()

    def _note_charged(self, tender: Tender, effect: Effect) -> None:
        if not tender.planned and effect.done is not None:
            tender.effect_id = effect.id
            tender.balance_after_amount = effect.done.balance_after_amount

    async def _hold_again(self, offer: Offer) -> None:
        effect, outcome = await self._offers.secure(offer)
        if outcome.status != "applied":
            words = f"{offer.title} was gone when the late payment arrived: {outcome.detail}"
            lose(self._checkout, offer, why(outcome), words, effect)

    def _attend(
        self, code: str, words: str, amount: int | None, effect: Effect | None = None
    ) -> None:
        self._checkout.open_attention(code, words, workflow.now(), effect=effect, amount=amount)


def _is_to_be_done(effect: Effect) -> bool:
    return effect.wanted and effect.status in ("pending", "in_doubt")
