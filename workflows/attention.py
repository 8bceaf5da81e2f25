"""A person's decisions: cases are closed at once, and what shall be done again goes on patiently.

Nothing is sent that may have happened: a record that waits for a person is put back in doubt, so
that its vendor is asked first; what surely did not happen is sent under the next generation.
"""

import asyncio
from collections.abc import Sequence

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from tillsaga.domain.attention import SettledCase
    from tillsaga.domain.checkout import Checkout
    from tillsaga.domain.effects import Effect, Outcome, Stage, Step
    from tillsaga.domain.goodwill import spent_by
    from tillsaga.domain.messages import AssignAttention, ResolveAttention
    from tillsaga.domain.settling import (
        assign,
        conclude_refunds,
        effect_of,
        paying,
        reversed_by,
        serves,
        settle,
    )

from workflows import memory
from workflows.doubts import Doubts
from workflows.effects import Effects
from workflows.paying import Paying
from workflows.refunding import Refunding

Cases = Sequence[SettledCase]


class Attending:
    """The cases of one checkout in a person's hands."""

    def __init__(
        self, checkout: Checkout, effects: Effects, paying: Paying, refunding: Refunding
    ) -> None:
        """Take the checkout and those who do the work again."""
        self._checkout = checkout
        self._effects = effects
        self._paying = paying
        self._refunding = refunding
        self._doubts = Doubts(checkout, effects)
        self._work: dict[str, asyncio.Task[None]] = {}

    def assign(self, message: AssignAttention) -> None:
        """Note who takes a case on; see `settling.assign`."""
        assign(self._checkout, message)

    def settle(self, message: ResolveAttention) -> list[SettledCase]:
        """Close cases as a person says; see `settling.settle`."""
        return settle(self._checkout, message, workflow.now())

    async def carry_out(self, settled: Cases) -> None:
        """Set in motion what was decided, once that is saved."""
        if settled[0].action == "retry":
            self._start(settled)
        elif self._checkout.is_final and settled[0].case.effect_id is not None:
            # Nobody waits for it any more, so what it held must not stay locked.
            await memory.end_settled_claim(self._checkout.id, settled[0].case.effect_id)

    def work_on(self, item: str) -> asyncio.Task[None] | None:
        """What is being done again for a case, if that goes on."""
        task = self._work.get(item)
        return task if task is not None and not task.done() else None

    @property
    def in_hand(self) -> set[str]:
        """The effects that are asked about or done again here, and by nobody else."""
        cases = [settled.case for settled in self._checkout.settled if settled.retrying]
        return {effect_of(self._checkout, case).id for case in cases}

    def go_on(self) -> None:
        """Do what a run that is gone had begun; the records know what is done of it."""
        by_work: dict[tuple[str, str | None], list[SettledCase]] = {}
        for settled in self._checkout.settled:
            if settled.retrying:
                work = (settled.case.code, settled.case.effect_id)
                by_work.setdefault(work, []).append(settled)
        for together in by_work.values():
            self._start(together)

    def _start(self, settled: Cases) -> None:
        work = asyncio.create_task(self._do_again(settled))
        self._effects.later(self._ended(work))
        for each in settled:
            self._work[each.case.id] = work

    async def _ended(self, work: asyncio.Task[None]) -> None:
        await work

    async def _do_again(self, settled: Cases) -> None:
        """Do the work of some cases again; what fails once more is a new case of the same owner."""
        before = self._checkout.cases
        effect = effect_of(self._checkout, settled[0].case)
        if settled[0].case.code == "undo_failed":
            await self._undo(effect)
        else:
            await self._forward(settled, effect)
        for each in settled:
            each.retrying = False
        self._hand_on(settled[0].case.owner, effect, before)
        conclude_refunds(self._checkout)

    async def _forward(self, settled: Cases, effect: Effect) -> None:
        spent = spent_by(self._checkout, effect)
        outcome = await self._find_out(effect)
        if outcome is not None and outcome.status == "manual":
            self._open_again(settled, effect, outcome)
            return
        match settled[0].case.code:
            case "effect_unknown":
                # A till may have met it again meanwhile: then it serves the sale after all.
                if outcome is not None and (effect.sealed or not serves(self._checkout, effect)):
                    await self._doubts.act_upon(effect, outcome, spent)
            case "commit_failed":
                await self._doubts.send_again(effect, spent)
            case "refund_failed":
                await self._give_back(effect)
            case "earning_failed":
                await self._paying.earn_again(effect)
            case "delivery_failed" if effect.nature.stage is Stage.EARN:
                await self._paying.earn_again(effect)
            case "delivery_failed":
                await self._paying.deliver_again(effect)
            case _:
                await self._spend(settled, effect)

    async def _find_out(self, effect: Effect) -> Outcome | None:
        """Ask about what is not known, without sending it; None: it was a definite no."""
        if effect.status not in ("manual", "in_doubt"):
            return None
        if await memory.reopen_effect(self._checkout.id, effect.id):
            effect.status = "in_doubt"
        return await self._effects.settle(effect)

    # --- giving back ----------------------------------------------------------------------------

    async def _undo(self, effect: Effect) -> None:
        await memory.reopen_effect(self._checkout.id, effect.id)
        if reversed_by(self._checkout, effect.id) is not None:
            await self._give_back(effect)
            return
        await self._effects.undo(effect)
        self._paying.note_what_went_back()
        self._bear_what_late_sale_counted_on(effect)

    def _bear_what_late_sale_counted_on(self, effect: Effect) -> None:
        """A late payment has overtaken the taking back: the sale stands, its tender is gone."""
        checkout = self._checkout
        if effect.status != "reversed" or not checkout.captured:
            return
        for tender in paying(checkout):
            if checkout.tender_effect(tender) is effect:
                tender.honoured = True
                words = f"a {tender.type} was given back while the late payment arrived"
                checkout.open_attention(
                    "tender_lost", words, workflow.now(), effect=effect, amount=tender.amount
                )

    async def _give_back(self, effect: Effect) -> None:
        """Carry a refund on; a part that was refused is asked for under its next generation."""
        refund = reversed_by(self._checkout, effect.id)
        if refund is None:
            return
        if effect.status == "refused":
            step = Step(operation=effect.operation, subject=effect.subject, request=effect.request)
            self._checkout.start_effect(effect.provider, step, amount=effect.amount)
        await self._refunding.again(refund, effect)

    # --- carrying forward -----------------------------------------------------------------------

    async def _spend(self, settled: Cases, effect: Effect) -> None:
        """Use up an offer, or charge a tender, that the store has borne until now.

        It stays honoured: the sale was told to its vendors without it, and is not told anew.
        """
        step = Step(operation=effect.operation, subject=effect.subject, request=effect.request)
        again = self._checkout.start_effect(effect.provider, step, amount=effect.amount)
        again.sealed = effect.sealed
        outcome = await self._effects.do(again, patient=True)
        if outcome.status != "applied":
            self._open_again(settled, again, outcome)
            return
        for offer in self._checkout.offers:
            commit = offer.commit
            if commit and offer.provider == again.provider and _is_of(commit, again):
                offer.status, offer.refusal = "redeemed", None
        for tender in self._checkout.tenders:
            if tender.honoured and self._checkout.tender_effect(tender) is again:
                tender.status = "charged"

    def _open_again(self, settled: Cases, effect: Effect, outcome: Outcome) -> None:
        words = f"{effect.nature.title}, again: {outcome.detail or outcome.code or 'refused'}"
        for each in settled:
            case = each.case
            self._checkout.open_attention(
                case.code, words, workflow.now(), effect=effect, amount=case.amount, again=True
            )

    def _hand_on(self, owner: str | None, effect: Effect, before: int) -> None:
        """Who had it try again also has what came of that, in whatever generation."""
        same = effect.id.rpartition("#")[0]
        for number, case in enumerate(self._checkout.attention):
            new = int(case.id.removeprefix("att_")) > before
            if new and case.effect_id is not None and case.effect_id.rpartition("#")[0] == same:
                self._checkout.attention[number] = case.model_copy(update={"owner": owner})


def _is_of(step: Step, effect: Effect) -> bool:
    return (step.operation, step.subject) == (effect.operation, effect.subject)
