"""Returns without a sale: the goods are back and paid for, now everybody hears of it."""

import asyncio

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from tillsaga.domain.checkout import BY_HAND, Checkout
    from tillsaga.domain.goods_back import goods_of, reversal_for, step_for, take_back
    from tillsaga.domain.messages import ReturnGoods
    from tillsaga.domain.refunds import Refund, Reversal
    from tillsaga.errors import Refusal

from workflows.effects import Effects
from workflows.goods_back import GoodsBack


class Returning:
    """The one return that a checkout carries."""

    def __init__(self, checkout: Checkout, effects: Effects) -> None:
        """Take the checkout and its effects."""
        self._checkout = checkout
        self._effects = effects
        self._goods = GoodsBack(checkout, effects)
        self._turn: asyncio.Task[None] | None = None

    def take(self, said: ReturnGoods) -> tuple[Refund, bool]:
        """Write the return down, or meet it again; answers whether it is new.

        Raises:
            Refusal: `refund_exists`: the id stands for another return.
        """
        known = self._checkout.returned
        if known is None:
            return take_back(self._checkout, said, workflow.now()), True
        if known.digest != said.digest:
            raise Refusal("refund_exists", "this refund_id stands for another return")
        return self._checkout.refunds[0], False

    def go_on(self) -> asyncio.Task[None] | None:
        """Carry out what is not done yet; a run before may have begun."""
        pending = [refund for refund in self._checkout.refunds if refund.status == "pending"]
        if pending and self._turn is None:
            self._turn = asyncio.create_task(self._carry_out(pending[0]))
            self._effects.later(self._ended(self._turn))
        return self._turn

    async def _ended(self, turn: asyncio.Task[None]) -> None:
        await turn

    async def _carry_out(self, refund: Refund) -> None:
        checkout = self._checkout
        begun = [e.provider for e in checkout.effects]
        providers = dict.fromkeys([*checkout.absent, *begun])
        await asyncio.gather(*(self._at(provider, refund) for provider in providers))
        self._miss_the_unknown()
        refund.settle()
        if checkout.attention:
            refund.status = "attention"
        self._effects.changed = True

    async def _at(self, provider: str, refund: Refund) -> None:
        effect = await self._goods.effect_at(provider)
        if effect is None:
            return
        reversal = reversal_for(self._checkout, effect, refund)
        reversal.status = "pending"
        taken = await self._goods.take(effect)
        reversal.status = "reversed" if taken else "manual"
        if taken and effect.done is not None:
            reversal.points = effect.done.points or None

    def _miss_the_unknown(self) -> None:
        checkout = self._checkout
        named = checkout.returned is not None and checkout.returned.named
        if named and not (checkout.members or checkout.effects or checkout.attention):
            words = "no vendor knows the customer: no points were taken back"
            checkout.open_attention("member_not_found", words, workflow.now(), actions=BY_HAND)

    # --- beforehand -----------------------------------------------------------------------------

    async def dry_run(self, said: ReturnGoods) -> Refund:
        """Say what it would do; the checkout that is asked is not kept."""
        refund = take_back(self._checkout, said, workflow.now())
        found = await asyncio.gather(*(self._foreseen(p) for p in list(self._checkout.absent)))
        refund.reversals = [reversal for reversal in found if reversal is not None]
        return refund

    async def _foreseen(self, provider: str) -> Reversal | None:
        answer = await self._goods.weigh(provider, patient=False)
        if answer.member is None or answer.weighed is None or answer.weighed.points <= 0:
            return None
        step = step_for(self._checkout, answer.member, answer.weighed)
        points = step.request["points"]
        return Reversal(
            way="give_back_part",
            provider=provider,
            operation=step.operation,
            effect_id="",
            amount=goods_of(self._checkout).total_amount,
            points=-points if isinstance(points, int) and points else None,
        )
