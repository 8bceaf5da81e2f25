"""Refunds: what was sold comes back, line by line, and everybody gets what they paid."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

from temporalio import workflow
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from tillsaga.domain.checkout import Checkout
    from tillsaga.domain.effects import Effect, Outcome
    from tillsaga.domain.plan import sale_of
    from tillsaga.domain.refund_amounts import refund_of, returned_lines
    from tillsaga.domain.refunds import Refund, RefundRequest, Reversal, ReversalStatus
    from tillsaga.domain.reversals import object_of, reversals_of
    from tillsaga.domain.settling import conclude_refunds
    from tillsaga.errors import Refusal

from workflows import queues
from workflows.effects import Effects
from workflows.sold_value import SoldValue

_STATUS: dict[str, ReversalStatus] = {
    "applied": "reversed",
    "reversed": "reversed",
    "refused": "reversed",  # it had not happened, and will not
    "manual": "manual",
}


class Refunding:
    """The refunds of one completed checkout, carried out one after another."""

    def __init__(self, checkout: Checkout, effects: Effects) -> None:
        """Take the checkout and its effects."""
        self._checkout = checkout
        self._effects = effects
        self._sold_value = SoldValue(checkout)
        self._turn: asyncio.Task[None] | None = None

    async def dry_run(self, request: RefundRequest) -> Refund:
        """Say what the refund would do, changing nothing."""
        refund = await self._worked_out(request)
        await asyncio.gather(*(self._foresee(reversal) for reversal in refund.reversals))
        return refund

    async def _foresee(self, reversal: Reversal) -> None:
        """Ask a vendor that works the points out itself, if it can say them beforehand."""
        step = reversal.step
        if step is None or step.operation != "return_lines":
            return
        kind = self._checkout.provider_kind(reversal.provider)
        part = Effect(
            operation=step.operation,
            provider=reversal.provider,
            kind=kind,
            subject=step.subject,
            generation=1,
            amount=reversal.amount,
            request=step.request,
        )
        order = self._checkout.order_for(part, patient=False)
        with suppress(ActivityError):
            points = await workflow.execute_activity(
                "foresee_return",
                order.model_copy(update={"sale": sale_of(self._checkout)}),
                result_type=int | None,  # type: ignore[arg-type]
                task_queue=queues.vendor_queue(kind),
                start_to_close_timeout=queues.READ,
                schedule_to_close_timeout=queues.patience(self._checkout.terms.answer_budget),
                retry_policy=queues.WHILE_THE_TILL_WAITS,
                summary=f"{reversal.provider}: foresee the points",
            )
            reversal.points = points or None

    async def begin(self, request: RefundRequest) -> tuple[Refund, asyncio.Task[None] | None]:
        """Record a refund and start to carry it out; a repeated request meets the first.

        Raises:
            Refusal: `refund_exists`: the id stands for another refund; see also `refund_of`.
        """
        known = next((r for r in self._checkout.refunds if r.refund_id == request.refund_id), None)
        if known is not None:
            if not known.is_same(request):
                raise Refusal("refund_exists", "this refund_id stands for another refund")
            return known, self._turn if known.status == "pending" else None
        refund = await self._worked_out(request)
        self._checkout.refunds.append(refund)
        return refund, self._start(refund)

    @property
    def in_hand(self) -> set[str]:
        """The effects that a pending refund takes back; nobody else may, at the same time."""
        pending = (refund for refund in self._checkout.refunds if refund.status == "pending")
        return {r.effect_id for refund in pending for r in refund.reversals if r.way == "undo"}

    def go_on(self) -> None:
        """Carry out what a run that is gone had begun; the records know what is done of it."""
        for refund in self._checkout.refunds:
            if refund.status == "pending":
                self._start(refund)

    async def again(self, refund: Refund, effect: Effect) -> None:
        """Carry on a refund whose part failed and is to be given back once more."""
        for reversal in refund.reversals:
            if reversal.concerns(effect.id) and reversal.status == "manual":
                reversal.status = "pending"
        refund.settle()
        await self._start(refund)

    async def _worked_out(self, request: RefundRequest) -> Refund:
        before = list(self._checkout.refunds)
        lines = returned_lines(self._checkout, before, request)
        spent = await self._sold_value.spent([line.line_id for line in lines])
        refund = refund_of(self._checkout, before, request, workflow.now(), spent)
        refund.reversals = reversals_of(self._checkout, before, refund)
        return refund

    def _start(self, refund: Refund) -> asyncio.Task[None]:
        self._turn = asyncio.create_task(self._carry_out(refund, after=self._turn))
        self._effects.later(self._ended(self._turn))
        return self._turn

    async def _ended(self, turn: asyncio.Task[None]) -> None:
        await turn

    async def _carry_out(self, refund: Refund, after: asyncio.Task[None] | None) -> None:
        """Run all steps: on one vendor object newest first, on different objects side by side."""
        if after is not None:
            await after
        by_object: dict[tuple[str, str], list[Reversal]] = {}
        for reversal in refund.reversals:
            effect = self._effect(reversal)
            by_object.setdefault((effect.provider, object_of(effect)), []).append(reversal)
        await asyncio.gather(*(self._in_turn(refund, group) for group in by_object.values()))
        refund.settle()
        conclude_refunds(self._checkout)
        self._effects.changed = True

    async def _in_turn(self, refund: Refund, reversals: Sequence[Reversal]) -> None:
        for reversal in sorted(reversals, key=self._age, reverse=True):
            if reversal.status not in ("planned", "pending"):
                continue
            reversal.status = "pending"
            reversal.status = await self._run(refund, reversal)

    def _age(self, reversal: Reversal) -> int:
        return self._checkout.effects.index(self._effect(reversal))

    def _effect(self, reversal: Reversal) -> Effect:
        return next(e for e in self._checkout.effects if e.id == reversal.effect_id)

    async def _run(self, refund: Refund, reversal: Reversal) -> ReversalStatus:
        effect = self._effect(reversal)
        if reversal.missing_amount:
            self._sold_value.put_before_a_person(effect, reversal.missing_amount)
            reversal.needs_a_person = True
        if reversal.way == "goodwill":
            if not reversal.missing_amount:
                self._leave_to_a_person(effect, reversal)
            return "goodwill"
        if reversal.way == "undo":
            return await self._undo(refund, effect, reversal)
        return await self._give_back_part(effect, reversal)

    async def _undo(self, refund: Refund, effect: Effect, reversal: Reversal) -> ReversalStatus:
        outcome = await self._effects.undo(effect)
        if outcome.status == "manual":
            rest = await self._sold_value.left_of_refused(effect, refund)
            if rest is not None:
                reversal.way, reversal.step = rest.way, rest.step
                reversal.amount, reversal.missing_amount = rest.amount, rest.missing_amount
                return await self._run(refund, reversal)
        self._note(reversal, outcome, outcome.undone_points)
        return _STATUS[outcome.status]

    async def _give_back_part(self, effect: Effect, reversal: Reversal) -> ReversalStatus:
        assert reversal.step is not None, "a part is given back by a step"
        step, checkout = reversal.step, self._checkout
        # Only a person's retry begins another generation, never a run that resumes.
        begun = checkout.effect(step.operation, effect.provider, step.subject)
        part = begun or checkout.start_effect(effect.provider, step, amount=reversal.amount)
        outcome = await self._effects.do(part, patient=True, sale=sale_of(checkout))
        if outcome.status == "applied":
            self._note(reversal, outcome, outcome.done.points if outcome.done else None)
            return "reversed"
        self._failed(part, outcome)
        return "manual"

    def _note(self, reversal: Reversal, outcome: Outcome, points: int | None) -> None:
        if points is not None:
            reversal.points = points or None
        reversal.needs_a_person = reversal.needs_a_person or bool(outcome.concerns)

    def _failed(self, part: Effect, outcome: Outcome) -> None:
        words = f"{part.nature.title}: {outcome.detail or outcome.code or 'refused'}"
        self._checkout.open_attention("refund_failed", words, workflow.now(), effect=part)

    def _leave_to_a_person(self, effect: Effect, reversal: Reversal) -> None:
        words = f"{effect.nature.title} at {effect.provider} cannot be taken back by a machine"
        self._checkout.open_attention(
            "goodwill", words, workflow.now(), effect=effect, amount=reversal.amount
        )
