"""The till's side of the workflow: an Update and a Signal of the same name for every message."""

from abc import ABC, abstractmethod

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from tillsaga.domain import messages as m
    from tillsaga.domain.messages import Context
    from tillsaga.domain.view import Reply

from workflows.inbox import Letter

_PLAIN = Context()


class TillMessages(ABC):
    """Posts what the till says to the one loop; an Update also waits for the loop's answer."""

    @abstractmethod
    def _post(self, message: m.TillMessage, context: Context) -> Letter: ...

    async def _ask(self, message: m.TillMessage, context: Context) -> Reply:
        return await self._post(message, context).reply

    @workflow.update(name="open")
    async def update_open(self, message: m.OpenCheckout, context: Context = _PLAIN) -> Reply:
        """Open the checkout."""
        return await self._ask(message, context)

    @workflow.update(name="put_basket")
    async def update_put_basket(self, message: m.PutBasket, context: Context = _PLAIN) -> Reply:
        """Replace the basket."""
        return await self._ask(message, context)

    @workflow.update(name="identify")
    async def update_identify(self, message: m.Identify, context: Context = _PLAIN) -> Reply:
        """Attach or change the member."""
        return await self._ask(message, context)

    @workflow.update(name="apply_offer")
    async def update_apply_offer(self, message: m.ApplyOffer, context: Context = _PLAIN) -> Reply:
        """Hold an offer."""
        return await self._ask(message, context)

    @workflow.update(name="remove_offer")
    async def update_remove_offer(self, message: m.RemoveOffer, context: Context = _PLAIN) -> Reply:
        """Let an offer go."""
        return await self._ask(message, context)

    @workflow.update(name="add_tender")
    async def update_add_tender(self, message: m.AddTender, context: Context = _PLAIN) -> Reply:
        """Charge a stored value."""
        return await self._ask(message, context)

    @workflow.update(name="remove_tender")
    async def update_remove_tender(
        self, message: m.RemoveTender, context: Context = _PLAIN
    ) -> Reply:
        """Reverse a charge."""
        return await self._ask(message, context)

    @workflow.update(name="ready")
    async def update_ready(self, message: m.MakeReady, context: Context = _PLAIN) -> Reply:
        """Freeze the basket."""
        return await self._ask(message, context)

    @workflow.update(name="reopen")
    async def update_reopen(self, message: m.Reopen, context: Context = _PLAIN) -> Reply:
        """Go back to building."""
        return await self._ask(message, context)

    @workflow.update(name="payment")
    async def update_payment(self, message: m.PaymentReport, context: Context = _PLAIN) -> Reply:
        """Take a payment report."""
        return await self._ask(message, context)

    @workflow.update(name="correct_payment")
    async def update_correct_payment(
        self, message: m.CorrectPayment, context: Context = _PLAIN
    ) -> Reply:
        """Take the right facts of a payment."""
        return await self._ask(message, context)

    @workflow.update(name="cancel")
    async def update_cancel(self, message: m.Cancel, context: Context = _PLAIN) -> Reply:
        """Give the checkout up."""
        return await self._ask(message, context)

    @workflow.signal(name="put_basket")
    def signal_put_basket(self, message: m.PutBasket, context: Context = _PLAIN) -> None:
        """Replace the basket."""
        self._post(message, context)

    @workflow.signal(name="identify")
    def signal_identify(self, message: m.Identify, context: Context = _PLAIN) -> None:
        """Attach or change the member."""
        self._post(message, context)

    @workflow.signal(name="apply_offer")
    def signal_apply_offer(self, message: m.ApplyOffer, context: Context = _PLAIN) -> None:
        """Hold an offer."""
        self._post(message, context)

    @workflow.signal(name="remove_offer")
    def signal_remove_offer(self, message: m.RemoveOffer, context: Context = _PLAIN) -> None:
        """Let an offer go."""
        self._post(message, context)

    @workflow.signal(name="add_tender")
    def signal_add_tender(self, message: m.AddTender, context: Context = _PLAIN) -> None:
        """Charge a stored value."""
        self._post(message, context)

    @workflow.signal(name="remove_tender")
    def signal_remove_tender(self, message: m.RemoveTender, context: Context = _PLAIN) -> None:
        """Reverse a charge."""
        self._post(message, context)

    @workflow.signal(name="ready")
    def signal_ready(self, message: m.MakeReady, context: Context = _PLAIN) -> None:
        """Freeze the basket."""
        self._post(message, context)

    @workflow.signal(name="reopen")
    def signal_reopen(self, message: m.Reopen, context: Context = _PLAIN) -> None:
        """Go back to building."""
        self._post(message, context)

    @workflow.signal(name="payment")
    def signal_payment(self, message: m.PaymentReport, context: Context = _PLAIN) -> None:
        """Take a payment report."""
        self._post(message, context)

    @workflow.signal(name="correct_payment")
    def signal_correct_payment(self, message: m.CorrectPayment, context: Context = _PLAIN) -> None:
        """Take the right facts of a payment."""
        self._post(message, context)

    @workflow.signal(name="cancel")
    def signal_cancel(self, message: m.Cancel, context: Context = _PLAIN) -> None:
        """Give the checkout up."""
        self._post(message, context)

    @workflow.signal(name="open")
    def signal_open(self, message: m.OpenCheckout, context: Context = _PLAIN) -> None:
        """Open the checkout."""
        self._post(message, context)

    @workflow.signal(name="heartbeat")
    def signal_heartbeat(self, message: m.Heartbeat, context: Context = _PLAIN) -> None:
        """Say that the till is still there."""
        self._post(message, context)
