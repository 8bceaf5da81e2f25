"""Claims: a message to the workflow `Claim` of a finished checkout, however old it is."""

from dataclasses import replace

from starlette.responses import Response

from api import ended, reading, starting
from api.delivery import converse, letter_of
from api.dependencies import Place
from api.idempotency import Call, claim
from api.problems import problem
from api.services import Services
from tillsaga.domain.checkout import ALLOWED, Status
from tillsaga.domain.messages import ClaimPoints
from tillsaga.errors import Refusal


async def claim_points(
    services: Services, call: Call, place: Place, message: ClaimPoints
) -> Response:
    """Bring a claim to its workflow, and answer the till.

    A checkout that is not finished yet is no use of the key: the same request may succeed later.

    Raises:
        Refusal: `checkout_not_found`, `store_not_found`, or that the checkout cannot be read.
    """
    bill = await services.checkouts.find(place.checkout_id)
    store = services.stores.store(place.store_id)
    if store is None:
        raise Refusal("store_not_found", "the store is configured no longer")
    if bill is None or not ended.is_ended(bill):
        return await _too_early(services, call, place)
    start = starting.claim_start(store, bill, call.request_id)
    letter = replace(
        letter_of(call, bill.checkout_id, "claim", message),
        start=start,
        to=f"claim-{bill.checkout_id}",
    )
    with services.in_hand.hold(bill.checkout_id, call.update_id):
        claimed = await claim(services.keys, call, bill.checkout_id)
        return await converse(services, claimed, letter, place.deadline, store.id)


async def _too_early(services: Services, call: Call, place: Place) -> Response:
    seen = await reading.read(services, place)
    status: Status = next(status for status in ALLOWED if status == seen.view["status"])
    code, detail = "state_conflict", f"not possible while the checkout is {status}"
    if status == "completed":
        code, detail = "claim_too_early", "the sale is still being reported; claim it again soon"
    return problem(
        code,
        detail,
        request_id=call.request_id,
        checkout_id=place.checkout_id,
        current_status=status,
        allowed_actions=list(ALLOWED[status]),
    )
