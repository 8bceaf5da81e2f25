"""Reading a checkout: from its run while there is one, else from the records."""

from typing import NamedTuple

from api import ended
from api.dependencies import Place
from api.services import Services
from api.temporal import Gone, NoAnswer, Unreachable
from tillsaga.domain.checkout import Checkout
from tillsaga.domain.model import Json
from tillsaga.domain.plan import plan
from tillsaga.domain.ports import Facts
from tillsaga.domain.refund_receipt import refund_receipt
from tillsaga.domain.refunds import Refund
from tillsaga.domain.view import refund_view
from tillsaga.errors import Refusal

# Where the archive keeps the receipt: beside the state, in the same document.
_RECEIPT = "receipt"
_UNPAID = ("open", "ready")


class Seen(NamedTuple):
    """A view, and whether it may be older than the checkout."""

    view: Json
    is_stale: bool = False


async def read(services: Services, place: Place) -> Seen:
    """Read the checkout as it is, or as it was last seen while Temporal is down.

    Raises:
        Refusal: `checkout_not_found` if it was never opened; `service_unavailable` if nobody
            can say.
    """
    bill = await services.checkouts.find(place.checkout_id)
    if bill is not None and ended.is_ended(bill) and bill.view is not None:
        return Seen(bill.view)
    remembered = bill.view if bill is not None else None
    try:
        view = await services.gateway.query(place.checkout_id, "checkout", place.deadline.left)
        assert isinstance(view, dict), "the checkout's view is an object"
        return Seen(view)
    except Gone as gone:
        if remembered is None:
            raise Refusal("checkout_not_found", "the checkout was never opened") from gone
        return Seen(remembered)
    except (NoAnswer, Unreachable) as down:
        if remembered is None:
            raise Refusal("service_unavailable", "nobody can answer for it now") from down
        return Seen(remembered, is_stale=True)


async def read_plan(services: Services, place: Place) -> list[Json]:
    """Read what payment would set in motion.

    Raises:
        Refusal: `service_unavailable`.
    """
    state = await _archived(services, place)
    if state is not None:
        state.pop(_RECEIPT, None)
        return plan(Checkout.model_validate(state))
    answer = await _ask(services, place, "plan")
    return [step for step in answer if isinstance(step, dict)] if isinstance(answer, list) else []


async def read_receipt(services: Services, place: Place) -> Json:
    """Read the receipt's facts; before the payment those of the bill, if it carries a slip.

    Raises:
        Refusal: `receipt_not_ready` before the sale is complete; `service_unavailable`.
    """
    seen = await read(services, place)
    if seen.view["status"] in _UNPAID:
        bill = await _ask(services, place, _RECEIPT)
        if isinstance(bill, dict) and bill.get("slip"):
            return bill
    if seen.view["status"] != "completed":
        raise Refusal("receipt_not_ready", "the sale is not complete")
    archived = await _archived(services, place)
    receipt = archived.get(_RECEIPT) if archived else await _ask(services, place, _RECEIPT)
    if not isinstance(receipt, dict):
        raise Refusal("receipt_not_ready", "the receipt is not kept any more")
    return receipt


async def read_refund(services: Services, place: Place, refund_id: str) -> Json:
    """Read one refund: from the saved state, which is written before its first vendor call.

    Raises:
        Refusal: `refund_not_found`: it was asked for and refused.
    """
    facts = await services.checkouts.facts(place.checkout_id)
    return refund_view(*_refund(facts, refund_id))


async def read_refunds(services: Services, place: Place) -> list[Json]:
    """Read all refunds of a checkout, from the saved state; none where nothing was saved yet."""
    checkout = _saved(await services.checkouts.facts(place.checkout_id))
    return [refund_view(checkout, refund) for refund in checkout.refunds] if checkout else []


async def read_refund_receipt(services: Services, place: Place, refund_id: str) -> Json:
    """Read a refund's receipt, as far as the vendors have answered.

    Raises:
        Refusal: `refund_not_found`: it was asked for and refused.
    """
    facts = await services.checkouts.facts(place.checkout_id)
    return refund_receipt(*_refund(facts, refund_id), facts.effects)


def _refund(facts: Facts, refund_id: str) -> tuple[Checkout, Refund]:
    checkout = _saved(facts)
    refunds = checkout.refunds if checkout else []
    found = next((refund for refund in refunds if refund.refund_id == refund_id), None)
    if checkout is None or found is None:
        raise Refusal("refund_not_found", "it was not accepted")
    return checkout, found


def _saved(facts: Facts) -> Checkout | None:
    known = {k: v for k, v in (facts.state or {}).items() if k in Checkout.model_fields}
    return Checkout.model_validate(known) if known else None


async def _archived(services: Services, place: Place) -> Json | None:
    bill = await services.checkouts.find(place.checkout_id)
    if bill is None or not ended.is_ended(bill):
        return None
    return (await services.checkouts.facts(place.checkout_id)).state


async def _ask(services: Services, place: Place, name: str) -> object:
    try:
        return await services.gateway.query(place.checkout_id, name, place.deadline.left)
    except (Gone, NoAnswer, Unreachable) as down:
        raise Refusal("service_unavailable", "nobody can answer for it now") from down
