"""Taking back the points of goods that came back, at one vendor after its own rules of today.

A vendor says how many points such goods would earn; then that many are taken, once. What no vendor
can say or do is a person's.
"""

from temporalio import workflow
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from tillsaga.domain.checkout import Checkout
    from tillsaga.domain.effects import Effect
    from tillsaga.domain.goods_back import (
        WeighAnswer,
        WeighGoods,
        goods_of,
        is_kept_back,
        return_effect,
        step_for,
    )
    from tillsaga.domain.reads import ReadFailure

from workflows import queues
from workflows.effects import Effects

NOT_TAKEN = "points_not_taken_back"


class GoodsBack:
    """The goods that came back on one checkout."""

    def __init__(self, checkout: Checkout, effects: Effects) -> None:
        """Take the checkout and its effects."""
        self._checkout = checkout
        self._effects = effects

    async def run(self, provider: str) -> None:
        """Take the points back at a vendor, if there are any."""
        effect = await self.effect_at(provider)
        if effect is not None:
            await self.take(effect)

    async def weigh(self, provider: str, *, patient: bool = True) -> WeighAnswer:
        """Ask a vendor, for days if need be unless a till waits."""
        checkout = self._checkout
        kind = checkout.provider_kind(provider)
        asked = WeighGoods(
            checkout_id=checkout.id,
            store_id=checkout.terms.store_id,
            provider=provider,
            kind=kind,
            identifiers=checkout.absent.get(provider, ()),
            member=checkout.members.get(provider),
            goods=goods_of(checkout),
        )
        within = None if patient else queues.patience(checkout.terms.answer_budget)
        try:
            answer: WeighAnswer = await workflow.execute_activity(
                "weigh_goods",
                asked,
                result_type=WeighAnswer,
                task_queue=queues.vendor_queue(kind),
                start_to_close_timeout=queues.ATTEMPT,
                schedule_to_close_timeout=within,
                retry_policy=queues.FOR_DAYS if patient else queues.WHILE_THE_TILL_WAITS,
                summary=f"{provider}: weigh the goods",
            )
            return answer
        except ActivityError as failed:
            if patient:
                workflow.logger.error("weigh at %s: %r", provider, failed.cause)
            failure = ReadFailure(code="vendor_unavailable", detail="the vendor does not answer")
            return WeighAnswer(failure=failure)

    async def effect_at(self, provider: str) -> Effect | None:
        """Prepare what takes the points back; None where there are none, or a person has it."""
        checkout = self._checkout
        known = return_effect(checkout, provider)
        if known is not None:
            return known  # of a run before: how many points it takes is settled
        answer = await self.weigh(provider)
        checkout.absent.pop(provider, None)
        if answer.member is not None:
            checkout.members[provider] = answer.member
        if answer.failure is not None:
            self._leave_to_a_person(provider, answer.failure.detail)
        if answer.member is None or answer.weighed is None or answer.weighed.points <= 0:
            return None
        step = step_for(checkout, answer.member, answer.weighed)
        if is_kept_back(checkout, step):
            balance = answer.weighed.balance
            words = f"{answer.weighed.points} points are to go and {balance} are left"
            self._leave_to_a_person(provider, words, code="points_spent")
        if step.request["points"] == 0:
            return None
        return checkout.start_effect(provider, step, amount=goods_of(checkout).total_amount)

    async def take(self, effect: Effect) -> bool:
        """Take the points, for days if need be; answers whether the vendor did."""
        outcome = await self._effects.do(effect, patient=True, sale=goods_of(self._checkout))
        if outcome.status == "applied":
            return True
        words = f"{effect.nature.title}: {outcome.detail or outcome.code or 'refused'}"
        self._checkout.open_attention("refund_failed", words, workflow.now(), effect=effect)
        return False

    def _leave_to_a_person(self, provider: str, why: str, code: str = NOT_TAKEN) -> None:
        words = f"the points of returned goods at {provider}: {why}"
        known = ((case.code, case.detail) for case in self._checkout.attention)
        if (code, words) not in known:
            self._checkout.open_attention(code, words, workflow.now())
