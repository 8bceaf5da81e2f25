"""The till's side of the workflow: an Update and a Signal of the same name for every message.

The arguments are plain JSON: what support types into the Temporal UI is checked here and answered
with a typed refusal, where a typed argument that does not fit would fail the workflow's task.
"""

from abc import ABC, abstractmethod
from typing import cast

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from pydantic import BaseModel, ValidationError

    from tillsaga.domain import messages as m
    from tillsaga.domain.messages import Context
    from tillsaga.domain.model import Json
    from tillsaga.domain.view import Reply

from workflows.inbox import Letter


class TillMessages(ABC):
    """Posts what the till says to the one loop; an Update also waits for the loop's answer."""

    @abstractmethod
    def _post(self, message: m.TillMessage, context: Context) -> Letter: ...

    @abstractmethod
    def _invalid(self, errors: tuple[dict[str, str], ...]) -> Reply: ...

    async def _ask(self, model: type[BaseModel], message: Json, context: Json | None) -> Reply:
        try:
            letter = self._letter(model, message, context)
        except ValidationError as wrong:
            return self._invalid(field_errors(wrong))
        return await letter.reply

    def _tell(self, model: type[BaseModel], message: Json, context: Json | None) -> None:
        try:
            self._letter(model, message, context)
        except ValidationError as wrong:
            workflow.logger.warning("a signal does not fit: %s", field_errors(wrong))

    def _letter(self, model: type[BaseModel], message: Json, context: Json | None) -> Letter:
        said = cast("m.TillMessage", model.model_validate(message))
        return self._post(said, Context.model_validate(context or {}))

    @workflow.update(name="open")
    async def update_open(self, message: Json, context: Json | None = None) -> Reply:
        """Open the checkout."""
        return await self._ask(m.OpenCheckout, message, context)

    @workflow.update(name="put_basket")
    async def update_put_basket(self, message: Json, context: Json | None = None) -> Reply:
        """Replace the basket."""
        return await self._ask(m.PutBasket, message, context)

    @workflow.update(name="identify")
    async def update_identify(self, message: Json, context: Json | None = None) -> Reply:
        """Attach or change the member."""
        return await self._ask(m.Identify, message, context)

    @workflow.update(name="apply_offer")
    async def update_apply_offer(self, message: Json, context: Json | None = None) -> Reply:
        """Hold an offer."""
        return await self._ask(m.ApplyOffer, message, context)

    @workflow.update(name="remove_offer")
    async def update_remove_offer(self, message: Json, context: Json | None = None) -> Reply:
        """Let an offer go."""
        return await self._ask(m.RemoveOffer, message, context)

    @workflow.update(name="add_tender")
    async def update_add_tender(self, message: Json, context: Json | None = None) -> Reply:
        """Charge a stored value."""
        return await self._ask(m.AddTender, message, context)

    @workflow.update(name="remove_tender")
    async def update_remove_tender(self, message: Json, context: Json | None = None) -> Reply:
        """Reverse a charge."""
        return await self._ask(m.RemoveTender, message, context)

    @workflow.update(name="ready")
    async def update_ready(self, message: Json, context: Json | None = None) -> Reply:
        """Freeze the basket."""
        return await self._ask(m.MakeReady, message, context)

    @workflow.update(name="reopen")
    async def update_reopen(self, message: Json, context: Json | None = None) -> Reply:
        """Go back to building."""
        return await self._ask(m.Reopen, message, context)

    @workflow.update(name="payment")
    async def update_payment(self, message: Json, context: Json | None = None) -> Reply:
        """Take a payment report."""
        return await self._ask(m.PaymentReport, message, context)

    @workflow.update(name="correct_payment")
    async def update_correct_payment(self, message: Json, context: Json | None = None) -> Reply:
        """Take the right facts of a payment."""
        return await self._ask(m.CorrectPayment, message, context)

    @workflow.update(name="cancel")
    async def update_cancel(self, message: Json, context: Json | None = None) -> Reply:
        """Give the checkout up."""
        return await self._ask(m.Cancel, message, context)

    @workflow.update(name="append_offers")
    async def update_append_offers(self, message: Json, context: Json | None = None) -> Reply:
        """Take what a customer picked in a vendor's app."""
        return await self._ask(m.AppendOffers, message, context)

    @workflow.update(name="refund")
    async def update_refund(self, message: Json, context: Json | None = None) -> Reply:
        """Give back a sale or a part of it."""
        return await self._ask(m.RefundSale, message, context)

    @workflow.update(name="release_hold")
    async def update_release_hold(self, message: Json, context: Json | None = None) -> Reply:
        """Free a hold for support."""
        return await self._ask(m.ReleaseHold, message, context)

    @workflow.update(name="return_goods")
    async def update_return_goods(self, message: Json, context: Json | None = None) -> Reply:
        """Take goods back without their sale."""
        return await self._ask(m.ReturnGoods, message, context)

    @workflow.update(name="resolve_attention")
    async def update_resolve_attention(self, message: Json, context: Json | None = None) -> Reply:
        """Settle a case: retry, accept_loss or settled_by_hand."""
        return await self._ask(m.ResolveAttention, message, context)

    @workflow.update(name="assign_attention")
    async def update_assign_attention(self, message: Json, context: Json | None = None) -> Reply:
        """Take a case on, or give it back to the queue."""
        return await self._ask(m.AssignAttention, message, context)

    @workflow.signal(name="put_basket")
    def signal_put_basket(self, message: Json, context: Json | None = None) -> None:
        """Replace the basket."""
        self._tell(m.PutBasket, message, context)

    @workflow.signal(name="identify")
    def signal_identify(self, message: Json, context: Json | None = None) -> None:
        """Attach or change the member."""
        self._tell(m.Identify, message, context)

    @workflow.signal(name="apply_offer")
    def signal_apply_offer(self, message: Json, context: Json | None = None) -> None:
        """Hold an offer."""
        self._tell(m.ApplyOffer, message, context)

    @workflow.signal(name="remove_offer")
    def signal_remove_offer(self, message: Json, context: Json | None = None) -> None:
        """Let an offer go."""
        self._tell(m.RemoveOffer, message, context)

    @workflow.signal(name="add_tender")
    def signal_add_tender(self, message: Json, context: Json | None = None) -> None:
        """Charge a stored value."""
        self._tell(m.AddTender, message, context)

    @workflow.signal(name="remove_tender")
    def signal_remove_tender(self, message: Json, context: Json | None = None) -> None:
        """Reverse a charge."""
        self._tell(m.RemoveTender, message, context)

    @workflow.signal(name="ready")
    def signal_ready(self, message: Json, context: Json | None = None) -> None:
        """Freeze the basket."""
        self._tell(m.MakeReady, message, context)

    @workflow.signal(name="reopen")
    def signal_reopen(self, message: Json, context: Json | None = None) -> None:
        """Go back to building."""
        self._tell(m.Reopen, message, context)

    @workflow.signal(name="payment")
    def signal_payment(self, message: Json, context: Json | None = None) -> None:
        """Take a payment report."""
        self._tell(m.PaymentReport, message, context)

    @workflow.signal(name="correct_payment")
    def signal_correct_payment(self, message: Json, context: Json | None = None) -> None:
        """Take the right facts of a payment."""
        self._tell(m.CorrectPayment, message, context)

    @workflow.signal(name="cancel")
    def signal_cancel(self, message: Json, context: Json | None = None) -> None:
        """Give the checkout up."""
        self._tell(m.Cancel, message, context)

    @workflow.signal(name="refund")
    def signal_refund(self, message: Json, context: Json | None = None) -> None:
        """Give back a sale or a part of it."""
        self._tell(m.RefundSale, message, context)

    @workflow.signal(name="release_hold")
    def signal_release_hold(self, message: Json, context: Json | None = None) -> None:
        """Free a hold for support."""
        self._tell(m.ReleaseHold, message, context)

    @workflow.signal(name="return_goods")
    def signal_return_goods(self, message: Json, context: Json | None = None) -> None:
        """Take goods back without their sale."""
        self._tell(m.ReturnGoods, message, context)

    @workflow.signal(name="resolve_attention")
    def signal_resolve_attention(self, message: Json, context: Json | None = None) -> None:
        """Settle a case: retry, accept_loss or settled_by_hand."""
        self._tell(m.ResolveAttention, message, context)

    @workflow.signal(name="assign_attention")
    def signal_assign_attention(self, message: Json, context: Json | None = None) -> None:
        """Take a case on, or give it back to the queue."""
        self._tell(m.AssignAttention, message, context)

    @workflow.signal(name="open")
    def signal_open(self, message: Json, context: Json | None = None) -> None:
        """Open the checkout."""
        self._tell(m.OpenCheckout, message, context)

    @workflow.signal(name="append_offers")
    def signal_append_offers(self, message: Json, context: Json | None = None) -> None:
        """Take what a customer picked in a vendor's app."""
        self._tell(m.AppendOffers, message, context)

    @workflow.signal(name="heartbeat")
    def signal_heartbeat(self, message: Json, context: Json | None = None) -> None:
        """Say that the till is still there."""
        self._tell(m.Heartbeat, message, context)


def field_errors(wrong: ValidationError) -> tuple[dict[str, str], ...]:
    """Say where and what, never the value: it may be a card code."""
    return tuple(
        {"pointer": "/" + "/".join(map(str, error["loc"])), "detail": error["msg"]}
        for error in wrong.errors(include_input=False, include_url=False)
    )
