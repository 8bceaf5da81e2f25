"""Sold gift cards and top-ups that come back: what is left on them is the vendor's to say."""

from collections.abc import Sequence

from temporalio import workflow
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from tillsaga.domain.checkout import BY_HAND, Checkout
    from tillsaga.domain.effects import Effect
    from tillsaga.domain.money import formatted
    from tillsaga.domain.ports import StoredValue
    from tillsaga.domain.refunds import Refund, Reversal
    from tillsaga.domain.reversals import what_is_left
    from tillsaga.domain.spent_value import SOLD_VALUE, loaded_by
    from tillsaga.errors import Refusal

from workflows import queues


class SoldValue:
    """Reads balances before a refund, and once more when a vendor refuses to take value back."""

    def __init__(self, checkout: Checkout) -> None:
        """Take the checkout."""
        self._checkout = checkout

    async def spent(self, line_ids: Sequence[str]) -> dict[str, tuple[int, int]]:
        """Say what is missing of what these lines have loaded: (missing, loaded) by line id.

        Raises:
            Refusal: `vendor_unavailable`, unless the store leaves to a person what is missing.
        """
        spent: dict[str, tuple[int, int]] = {}
        taken: dict[tuple[str, str], int] = {}
        for line_id, effect in loaded_by(self._checkout, line_ids):
            held = await self._held(effect) if effect.done else None
            if held is None or not effect.amount:
                continue
            account = (effect.provider, held.account)
            left = min(effect.amount, max(0, held.balance_amount - taken.get(account, 0)))
            taken[account] = taken.get(account, 0) + left
            if left < effect.amount:
                spent[line_id] = (effect.amount - left, effect.amount)
        return spent

    async def _held(self, effect: Effect) -> StoredValue | None:
        try:
            return await self._read(effect)
        except ActivityError as silent:
            if self._checkout.terms.spent_value_on_refund == "review":
                return None
            words = f"{effect.provider} does not say what is left of what it loaded"
            raise Refusal("vendor_unavailable", words) from silent

    async def _read(self, effect: Effect, *, patient: bool = False) -> StoredValue | None:
        budget = queues.patience(self._checkout.terms.answer_budget)
        held: StoredValue | None = await workflow.execute_activity(
            "read_stored_value",
            self._checkout.order_for(effect, patient=patient),
            result_type=StoredValue | None,  # type: ignore[arg-type]
            task_queue=queues.vendor_queue(effect.kind),
            start_to_close_timeout=queues.READ,
            schedule_to_close_timeout=None if patient else budget,
            retry_policy=queues.FOR_DAYS if patient else queues.WHILE_THE_TILL_WAITS,
            summary=f"{effect.provider}: what is left of what was sold",
        )
        return held

    async def left_of_refused(self, effect: Effect, refund: Refund) -> Reversal | None:
        """Work out what can be taken although the whole cannot; None: it is no matter of that.

        It was spent between our look and the vendor's no, and the till has its answer already.
        """
        if effect.operation not in SOLD_VALUE or not effect.amount:
            return None
        left = await self._left(effect, refund)
        if left is None or left >= effect.amount:
            return None  # the vendor's no stands as it is
        self._forget_the_refusal(effect)
        return what_is_left(effect, refund, left, effect.amount - left)

    async def _left(self, effect: Effect, refund: Refund) -> int | None:
        whole = what_is_left(effect, refund, effect.amount or 0, 0)
        begun = whole.step and self._checkout.effect(
            whole.step.operation, effect.provider, whole.step.subject
        )
        if begun:
            return begun.amount  # a run that is gone had seen it, and may have taken it
        try:
            held = await self._read(effect, patient=True)
        except ActivityError:
            return None
        return max(0, held.balance_amount) if held else None

    def _forget_the_refusal(self, effect: Effect) -> None:
        case = ("undo_failed", effect.id)
        kept = [a for a in self._checkout.attention if (a.code, a.effect_id) != case]
        self._checkout.attention = kept

    def put_before_a_person(self, effect: Effect, missing: int) -> None:
        """The customer has their money back, and the store misses what they had spent."""
        amount = formatted(missing, self._checkout.currency)
        words = f"{effect.nature.title}: {amount} of it had been spent when it was taken back"
        self._checkout.open_attention(
            "sold_value_spent",
            words,
            workflow.now(),
            effect=effect,
            amount=missing,
            actions=BY_HAND,
        )
