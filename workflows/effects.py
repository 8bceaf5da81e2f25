"""The saga: effects are registered before they are done, and taken back newest first."""

import asyncio
from collections.abc import Collection, Coroutine, Iterable
from typing import Any

from temporalio import workflow
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from tillsaga.domain.checkout import Checkout
    from tillsaga.domain.effects import Effect, EffectOrder, EffectStatus, Outcome, OutcomeStatus
    from tillsaga.domain.money import formatted
    from tillsaga.domain.sale import Sale
    from tillsaga.domain.settling import serves

from workflows import queues

_STATUS: dict[OutcomeStatus, EffectStatus] = {
    "applied": "applied",
    "refused": "refused",
    "in_doubt": "in_doubt",
    "not_sent": "pending",
    "reversed": "reversed",
    "manual": "manual",
}


class Effects:
    """Does and undoes the effects of one checkout, and remembers those still in doubt."""

    def __init__(self, checkout: Checkout) -> None:
        """Take the checkout whose effects these are."""
        self._checkout = checkout
        self._background: set[asyncio.Task[None]] = set()
        self._broken: BaseException | None = None
        self.before_end = False
        """Whether this run knows of no end of the checkout: then it may be one left behind."""
        self.changed = False
        """Something has moved that the till has not been shown yet."""
        self.begun = False
        """The next step has begun: this workflow task leaves an event anyway."""

    @property
    def unsettled(self) -> bool:
        """Whether something still runs that no till waits for."""
        if self._broken is not None:
            raise self._broken
        return bool(self._background)

    def later(self, work: Coroutine[Any, Any, None]) -> None:
        """Let work go on beside the till's messages."""
        task = asyncio.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._ended)

    def undo_later(self, effect: Effect) -> None:
        """Take an effect back while the till goes on."""
        self.later(self._undo_quietly(effect))

    async def _undo_quietly(self, effect: Effect) -> None:
        await self.undo(effect)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._background.discard(task)
        self.changed = True
        # A bug must stop the workflow where somebody sees it, not vanish with its task.
        self._broken = self._broken or task.exception()

    async def do(
        self, effect: Effect, *, patient: bool = False, sale: Sale | None = None
    ) -> Outcome:
        """Make an effect happen; a waiting till rather hears `in_doubt` than nothing."""
        order = self._order_for(effect, patient=patient)
        if sale is not None:
            order = order.model_copy(update={"sale": sale})
        outcome = await self._run(effect, effect.operation, order.patient, order)
        if effect.status not in ("reversed", "manual"):
            self._remember(effect, outcome)
        return outcome

    def _order_for(self, effect: Effect, *, patient: bool) -> EffectOrder:
        order = self._checkout.order_for(effect, patient=patient)
        run_id = workflow.info().run_id
        return order.model_copy(update={"before_end": self.before_end, "run_id": run_id})

    async def undo(self, effect: Effect, *, patient: bool = True) -> Outcome:
        """Take an effect back; harmless when there is nothing to take back."""
        effect.wanted = False
        order = self._order_for(effect, patient=patient)
        undo = effect.nature.undo or "settle_effect"
        outcome = await self._run(effect, undo, patient, order)
        if outcome.status in ("in_doubt", "not_sent"):
            assert not patient, "who is patient hears how it ended"
            return outcome
        self._remember(effect, outcome)
        if outcome.status == "manual":
            self.needs_a_person(effect, outcome)
        return outcome

    async def undo_all(self, effects: Iterable[Effect]) -> None:
        """Take effects back: of one vendor object newest first, different objects side by side."""
        by_object: dict[tuple[str, str], list[Effect]] = {}
        for effect in effects:
            by_object.setdefault((effect.provider, effect.subject), []).append(effect)
        await asyncio.gather(*(self._undo_in_turn(group) for group in by_object.values()))

    async def _undo_in_turn(self, effects: list[Effect]) -> None:
        for effect in reversed(effects):
            await self.undo(effect)

    async def settle(self, effect: Effect) -> Outcome:
        """Ask until it is known whether an effect happened, without sending it again."""
        order = self._checkout.order_for(effect, patient=True)
        outcome = await self._run(effect, "settle_effect", True, order)
        if effect.status not in ("reversed", "manual"):
            self._remember(effect, outcome)
        return outcome

    def needs_a_person(self, effect: Effect, outcome: Outcome) -> None:
        """Open a case for what no machine can settle."""
        words = f"{effect.nature.title}: {outcome.detail or outcome.code or 'refused'}"
        code = "undo_failed" if not effect.wanted else "effect_unknown"
        self._checkout.open_attention(code, words, workflow.now(), effect=effect)

    def name_the_unknown(self, in_hand: Collection[str]) -> None:
        """Open the cases that a run which is gone had not saved: the records know of them."""
        checkout = self._checkout
        cases = [*checkout.attention, *(settled.case for settled in checkout.settled)]
        named = {case.effect_id for case in cases} | {*in_hand}
        for effect in [e for e in checkout.effects if e.status == "manual" and e.id not in named]:
            stands = effect.done is not None
            if stands and serves(checkout, effect):
                effect.status, effect.wanted = "applied", True  # a vendor that keeps it serves us
            else:
                effect.wanted = not stands
                self.needs_a_person(effect, effect.outcome or Outcome(status="manual"))

    def _remember(self, effect: Effect, outcome: Outcome) -> None:
        self.changed = True
        effect.status = _STATUS[outcome.status]
        effect.outcome = outcome
        effect.attempts = max(effect.attempts, outcome.attempts)
        effect.reversed_by = outcome.reversed_by
        for concern in outcome.concerns:
            self._checkout.raise_concern(effect, concern, workflow.now())

    async def _run(self, effect: Effect, activity: str, patient: bool, order: object) -> Outcome:
        self.begun = True
        try:
            outcome: Outcome = await workflow.execute_activity(
                activity,
                order,
                result_type=Outcome,
                task_queue=queues.vendor_queue(effect.kind),
                start_to_close_timeout=queues.ATTEMPT,
                heartbeat_timeout=queues.SILENCE,
                retry_policy=queues.FOR_DAYS if patient else queues.WHILE_THE_TILL_WAITS,
                summary=self._summary(effect),
            )
            return outcome
        except ActivityError as failed:
            if not patient:
                # A till's patience has ended: it is unknown until somebody asks.
                return Outcome(status="in_doubt", detail="no answer while the till was waiting")
            # Temporal retries what may still be known: this is for a person, not for silence.
            workflow.logger.error("effect %s: %s: %r", effect.id, failed.retry_state, failed.cause)
            return Outcome(status="manual", code="unexpected", detail=str(failed.cause))

    def _summary(self, effect: Effect) -> str:
        words = f"{effect.provider}: {effect.nature.title}"
        if effect.amount is None:
            return words
        currency = self._checkout.currency
        return f"{words}, {formatted(effect.amount, currency)} {currency}"
