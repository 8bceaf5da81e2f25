"""A sealed step whose answer was lost: waited for, decided by policy, and followed up."""

import asyncio

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from tillsaga.domain.checkout import Checkout, Earned
    from tillsaga.domain.effects import Done, Effect, Outcome, Step
    from tillsaga.domain.goodwill import Item, open_goodwill, spent_by
    from tillsaga.domain.plan import sale_of
    from tillsaga.domain.sale import Sale

from workflows.effects import Effects

_CONTRADICTIONS = frozenset({"key_reused", "transaction_reused"})
"""A person looks at these too, but nobody doubts whether this sale was sold: it was not."""
_SOLD = ("completing", "completed")
_GIVEN_UP = ("cancelling", "cancelled", "expired")


class Doubts:
    """Decides what a till is told while nobody knows whether a sealed step happened."""

    def __init__(self, checkout: Checkout, effects: Effects) -> None:
        """Take the checkout and its effects."""
        self._checkout = checkout
        self._effects = effects
        self.waits = False
        """A lost answer is asked for: the till had better wait."""

    async def decide(self, effect: Effect, outcome: Outcome, sale: Sale | None) -> Outcome:
        """Wait for a lost answer as long as the store allows, then follow its policy."""
        if outcome.status == "in_doubt":
            outcome = await self._wait_out(effect, sale)
        if outcome.status != "manual":
            return outcome
        self._effects.needs_a_person(effect, outcome)
        return outcome if outcome.code in _CONTRADICTIONS else self._by_policy()

    async def _wait_out(self, effect: Effect, sale: Sale | None) -> Outcome:
        checkout = self._checkout
        self.waits = self._effects.changed = True
        settling = asyncio.create_task(self._clear_up(effect, sale))
        patience = checkout.terms.in_doubt_after.total_seconds()
        done, _ = await workflow.wait([settling], timeout=patience)
        self.waits = False
        if done:
            return settling.result()
        # Written down now: what a refusal gives up no longer counts when it is known at last.
        spent = spent_by(checkout, effect)
        self._effects.later(self._follow(settling, effect, spent))
        words = f"{effect.nature.title}: the vendor's answer was lost and it cannot say yet"
        checkout.open_attention("effect_in_doubt", words, workflow.now(), effect=effect)
        return self._by_policy()

    async def _clear_up(self, effect: Effect, sale: Sale | None) -> Outcome:
        """Find out what became of it; what a vendor keeps to one is rather sent again."""
        if effect.nature.repeatable and self._checkout.terms.in_doubt == "honour":
            return await self._effects.do(effect, patient=True, sale=sale)
        return await self._effects.settle(effect)

    def _by_policy(self) -> Outcome:
        if self._checkout.terms.in_doubt == "honour":
            return Outcome(status="applied", done=Done())
        return Outcome(status="refused", code="vendor_unavailable", detail="still in doubt")

    # --- when it is known at last ---------------------------------------------------------------

    def follow_up(self, effect: Effect) -> None:
        """Go on asking for a run that is gone: its sale was sold on what nobody knew yet."""
        settling = asyncio.create_task(self._effects.settle(effect))
        self._effects.later(self._follow(settling, effect, spent_by(self._checkout, effect)))

    async def _follow(
        self, settling: asyncio.Task[Outcome], effect: Effect, spent: list[Item]
    ) -> None:
        """The till was answered long ago: make the vendor's books and the sale agree."""
        outcome = await settling
        if effect.wanted and outcome.status == "manual":
            return  # the case stays: a person has to say
        if self._is_settled_by_person(effect):
            return  # what is known now stands in the effect; they have dealt with it
        self._is_known(effect)
        await self.act_upon(effect, outcome, spent)

    async def act_upon(self, effect: Effect, outcome: Outcome, spent: list[Item]) -> None:
        """Send again what an honoured sale lacks, take back what no sale stands on."""
        if not effect.wanted:
            return  # an undo is on its way, and says how that ends
        # A charge or hold that the till was refused serves nobody, whatever the store honours.
        honoured = effect.sealed and self._checkout.terms.in_doubt == "honour"
        status = self._checkout.status
        if outcome.status == "refused" and status in _SOLD and effect.sealed:
            await self.send_again(effect, spent)
        elif outcome.status == "applied" and (not honoured or status in _GIVEN_UP):
            await self._take_back(effect, spent)
        elif outcome.status == "applied" and outcome.done is not None:
            self._tell(effect, outcome.done)

    async def _take_back(self, effect: Effect, spent: list[Item]) -> None:
        """The sale went on without it; the vendor's own cases say what it does not give back."""
        if effect.nature.reversibility == "reversible":
            await self._effects.undo(effect)
        else:
            open_goodwill(self._checkout, effect, workflow.now(), spent)

    def _tell(self, effect: Effect, done: Done) -> None:
        if done.points is not None or done.points_after is not None:
            earned = Earned(
                provider=effect.provider, points=done.points, balance_after=done.points_after
            )
            self._checkout.earned.append(earned)

    def _is_settled_by_person(self, effect: Effect) -> bool:
        settled = ((s.case.code, s.case.effect_id) for s in self._checkout.settled)
        return ("effect_in_doubt", effect.id) in settled

    def _is_known(self, effect: Effect) -> None:
        case = ("effect_in_doubt", effect.id)
        kept = [a for a in self._checkout.attention if (a.code, a.effect_id) != case]
        self._checkout.attention = kept

    async def send_again(self, effect: Effect, spent: list[Item]) -> None:
        """It did not happen, and the customer has paid: the vendor is told, for days if need be."""
        step = Step(operation=effect.operation, subject=effect.subject, request=effect.request)
        again = self._checkout.start_effect(effect.provider, step, amount=effect.amount)
        sale = sale_of(self._checkout) if effect.sealed_as else None
        again.sealed, again.sealed_as = True, sale.digest if sale else None
        outcome = await self._effects.do(again, patient=True, sale=sale)
        if outcome.status == "applied" and outcome.done is not None:
            self._tell(again, outcome.done)
            return
        for what, amount in spent or [(again.nature.title, None)]:
            words = f"{what}: {again.provider} refused it after the payment: {outcome.detail}"
            self._checkout.open_attention(
                "commit_failed", words, workflow.now(), effect=again, amount=amount, again=True
            )
