"""The workflow's memory outside its own history."""

from temporalio import activity

from tillsaga.domain.audit import Heard
from tillsaga.domain.messages import PaymentReport
from tillsaga.domain.model import Json, Model
from tillsaga.domain.ports import CheckoutBook, Facts


class NotePayment(Model):
    """A payment message, and what the checkout made of it."""

    checkout_id: str
    report: PaymentReport
    verdict: str


class SaveCheckout(Model):
    """The state to go on from, the view for tills, and whether the checkout has ended.

    `before_end`: from a run that knows of no end; once there is one it was left behind.
    `knows`: the keys of its effects, where it is to end. `heard` is what was said and answered
    since the last one, for the audit.
    """

    checkout_id: str
    state: Json
    view: Json
    ended: bool
    before_end: bool = False
    knows: tuple[str, ...] | None = None
    heard: tuple[Heard, ...] = ()


class RecordActivities:
    """Facts in, facts out: a row each, durable before the till hears of it."""

    def __init__(self, checkouts: CheckoutBook) -> None:
        """Take the records."""
        self._checkouts = checkouts

    @activity.defn(name="read_facts")
    async def read_facts(self, checkout_id: str) -> Facts:
        """Read what is known of the checkout from before this run."""
        return await self._checkouts.facts(checkout_id)

    @activity.defn(name="note_payment")
    async def note_payment(self, order: NotePayment) -> bool:
        """Write a payment fact; answers whether the checkout has ended before."""
        return await self._checkouts.note_payment(order.checkout_id, order.report, order.verdict)

    @activity.defn(name="end_claims")
    async def end_claims(self, checkout_id: str) -> None:
        """Let others have what this checkout has spent its part of."""
        await self._checkouts.end_claims(checkout_id)

    @activity.defn(name="save_checkout")
    async def save(self, order: SaveCheckout) -> list[str]:
        """Save the state, or archive it; answers the keys of effects that keep it from ending."""
        return await self._checkouts.save(
            order.checkout_id,
            order.state,
            order.view,
            order.ended,
            before_end=order.before_end,
            run_id=activity.info().workflow_run_id,
            knows=order.knows,
            heard=order.heard,
        )
