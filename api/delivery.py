"""The way of a mutating request: its key, its message to the checkout, its answer.

The key's row says which request used the key; Temporal itself keeps the first answer, since a
repetition is the same Update. Whether an Update without an answer has been taken shows in whether
the checkout can be read: without a worker it cannot, and the till is told to come again (503).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from starlette.responses import Response

from api import ended, starting, views
from api.deadline import Deadline
from api.dependencies import Call, Place
from api.problems import problem
from api.services import Services
from api.temporal import Answer, Crowded, Gone, HandlerFailed, Letter, NoAnswer, Unreachable
from tillsaga.domain.messages import Context, CorrectPayment, PaymentReport, TillMessage
from tillsaga.domain.model import Json
from tillsaga.domain.view import RefusalBody
from tillsaga.errors import Refusal
from tillsaga.records.database import utc_now
from tillsaga.records.keys import KeyRecord

# How much longer than its budget a request may live.
_GRACE = timedelta(seconds=1)


@dataclass(frozen=True)
class Claimed:
    """A request whose key is now its own, or was before."""

    call: Call
    record: KeyRecord
    is_new: bool

    def may_be_running(self, budget: float) -> bool:
        """Whether the first request with this key may still wait for the answer."""
        alive_until = self.record.created_at + timedelta(seconds=budget) + _GRACE
        return not self.is_new and not self.record.accepted and utc_now() < alive_until


async def claim(services: Services, call: Call, checkout_id: str) -> Claimed:
    """Use the key for this request.

    Raises:
        Refusal: `idempotency_key_reused`.
    """
    record, is_new = await services.keys.claim(
        call.api_key_id, call.key, call.route, call.fingerprint, checkout_id
    )
    if (record.route, record.fingerprint) != (call.route, call.fingerprint):
        raise Refusal("idempotency_key_reused", "the key was used for another request")
    return Claimed(call, record, is_new)


async def deliver(
    services: Services, call: Call, place: Place, name: str, message: TillMessage
) -> Response:
    """Bring a message to its checkout and answer the till."""
    with services.in_hand.hold(place.checkout_id, call.update_id):
        claimed = await claim(services, call, place.checkout_id)
        is_payment = isinstance(message, PaymentReport) and not isinstance(message, CorrectPayment)
        if is_payment and isinstance(message, PaymentReport):
            # A payment is a fact: it stands in the records before anybody is asked about it.
            await services.checkouts.note_payment(place.checkout_id, message, "received")
        letter = letter_of(call, place.checkout_id, name, message, recorded=is_payment)
        return await converse(services, claimed, letter, place.deadline, place.store_id)


def letter_of(
    call: Call, checkout_id: str, name: str, message: TillMessage, *, recorded: bool = False
) -> Letter:
    """Put a message into its envelope."""
    context = Context(
        request_id=call.request_id, expected_version=call.expected_version, recorded=recorded
    )
    return Letter(checkout_id, name, message, context, call.update_id)


async def converse(
    services: Services, claimed: Claimed, letter: Letter, deadline: Deadline, store_id: str
) -> Response:
    """Send a letter, wait within the budget, and write the till's answer."""
    try:
        answer = await _send(services, letter, deadline, store_id)
    except NoAnswer:
        return await _without_answer(services, claimed, letter.checkout_id, deadline)
    except Crowded:
        detail = "too many messages are in hand for this checkout"
        return _refused(claimed, letter.checkout_id, "request_in_progress", detail)
    except Unreachable:
        return _unavailable(claimed, letter.checkout_id)
    except HandlerFailed:
        detail = "the checkout failed on this message"
        return _refused(claimed, letter.checkout_id, "internal_error", detail)
    if answer.status == 202 and answer.refusal is None:
        return await _accepted(services, claimed, answer.checkout, deadline)
    return answered(services, claimed, letter.checkout_id, answer)


async def _send(services: Services, letter: Letter, deadline: Deadline, store_id: str) -> Answer:
    try:
        return await services.gateway.update(letter, deadline.for_answer)
    except Gone:
        pass
    bill = await services.checkouts.find(letter.checkout_id)
    store = services.stores.store(store_id)
    if bill is None or store is None:
        raise Unreachable
    if ended.is_ended(bill):
        archived = await ended.answer(services.checkouts, letter.message, bill)
        if archived is not None:
            return archived
    # Terminated, forgotten by Temporal, or paid after its end: go on from the records.
    request_id = letter.context.request_id or ""
    start = letter.start or starting.resumed_start(store, bill, request_id)
    again = replace(letter, start=starting.again(start))
    try:
        return await services.gateway.update(again, deadline.for_answer)
    except Gone as gone:
        raise Unreachable from gone


async def _without_answer(
    services: Services, claimed: Claimed, checkout_id: str, deadline: Deadline
) -> Response:
    try:
        view = await services.gateway.query(checkout_id, "checkout", deadline.left)
    except (NoAnswer, Unreachable, Gone):
        return _unavailable(claimed, checkout_id)
    if claimed.may_be_running(deadline.budget):
        detail = "the first request with this key still waits for its answer"
        return _refused(claimed, checkout_id, "request_in_progress", detail)
    assert isinstance(view, dict), "the checkout's view is an object"
    return await _go_on_without(services, claimed, view)


async def _accepted(
    services: Services, claimed: Claimed, view: Json, deadline: Deadline
) -> Response:
    """Answer what the checkout itself could not finish; a repetition gets the current state."""
    if not claimed.record.accepted:
        return await _go_on_without(services, claimed, view)
    try:
        now = await services.gateway.query(str(view["id"]), "checkout", deadline.left)
    except (NoAnswer, Unreachable, Gone):
        return await _go_on_without(services, claimed, view)
    assert isinstance(now, dict), "the checkout's view is an object"
    return answered(services, claimed, str(view["id"]), Answer(200, now))


async def _go_on_without(services: Services, claimed: Claimed, view: Json) -> Response:
    call = claimed.call
    if not claimed.record.accepted:
        await services.keys.mark_accepted(call.api_key_id, call.key)
    headers = {
        "Location": f"/v1/checkouts/{view['id']}",
        "Retry-After": "1",
        **_replay_headers(claimed),
    }
    return views.show(services, view, 202, headers=headers)


def answered(services: Services, claimed: Claimed, checkout_id: str, answer: Answer) -> Response:
    """Write what the checkout said."""
    if answer.refusal is not None:
        said = answer.refusal
        return _refused(claimed, checkout_id, said.code, said.detail, said)
    headers = _replay_headers(claimed)
    if answer.status == 201:
        headers["Location"] = f"/v1/checkouts/{checkout_id}"
    return views.show(services, answer.checkout, answer.status, headers=headers)


def _refused(
    claimed: Claimed, checkout_id: str, code: str, detail: str, said: RefusalBody | None = None
) -> Response:
    extra: Mapping[str, object] = {}
    if said is not None:
        extra = {
            "errors": list(said.errors),
            "current_status": said.current_status,
            "allowed_actions": list(said.allowed_actions),
        }
    return problem(
        code,
        detail,
        request_id=claimed.call.request_id,
        checkout_id=checkout_id,
        headers=_replay_headers(claimed),
        **extra,
    )


def _unavailable(claimed: Claimed, checkout_id: str) -> Response:
    detail = "nobody can answer for the checkout now; send the same request again"
    return _refused(claimed, checkout_id, "service_unavailable", detail)


def _replay_headers(claimed: Claimed) -> dict[str, str]:
    return {} if claimed.is_new else {"Idempotency-Replayed": "true"}
