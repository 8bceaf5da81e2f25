"""The way of a mutating request: its key, its message to the checkout, its answer.

The key's row says which request used the key; Temporal itself keeps the first answer, since a
repetition is the same Update. A message without an answer within the budget is 202 only if the
checkout has taken it. Else the till sends it again: the checkout is busy (409), or nobody is there
to read it (503).
"""

import asyncio
from collections.abc import Mapping
from dataclasses import replace

from starlette.responses import JSONResponse, Response

from api import ended, starting, views
from api.deadline import Deadline
from api.dependencies import Place
from api.idempotency import Call, Claimed, claim
from api.problems import problem
from api.services import Services
from api.temporal import Answer, Crowded, Gone, HandlerFailed, Letter, NoAnswer, Unreachable
from tillsaga.domain.messages import Context, CorrectPayment, PaymentReport, TillMessage
from tillsaga.domain.model import Json
from tillsaga.domain.view import RefusalBody
from tillsaga.errors import Refusal


async def deliver(
    services: Services, call: Call, place: Place, name: str, message: TillMessage
) -> Response:
    """Bring a message to its checkout and answer the till."""
    async with services.guessing.watch(place.store_id, call.api_key_id, message) as watch:
        return watch.saw(await _deliver(services, call, place, name, message))


async def _deliver(
    services: Services, call: Call, place: Place, name: str, message: TillMessage
) -> Response:
    with services.in_hand.hold(place.checkout_id, call.update_id):
        claimed = await claim(services.keys, call, place.checkout_id)
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
        answer = await _first_answer(services, claimed, letter, deadline)
        if answer is None:
            answer = await send(services, letter, deadline, store_id)
    except NoAnswer:
        services.metrics.note_miss(letter.name)
        return await _without_answer(services, claimed, letter, deadline)
    except Crowded:
        detail = "too many messages are in hand for this checkout"
        return _refused(claimed, letter.checkout_id, "request_in_progress", detail)
    except Unreachable:
        return _unavailable(claimed, letter.checkout_id)
    except HandlerFailed:
        detail = "the checkout failed on this message"
        return _refused(claimed, letter.checkout_id, "internal_error", detail)
    if answer.status == 202 and answer.refusal is None:
        return await _accepted(services, claimed, letter, answer.checkout, deadline)
    return answered(services, claimed, letter.checkout_id, answer)


async def _first_answer(
    services: Services, claimed: Claimed, letter: Letter, deadline: Deadline
) -> Answer | None:
    """What a run of the checkout answered the same request before, if one did.

    Temporal knows a repetition only in the run that took the first: a later run would carry a
    message out once more, and undo what came in between.
    """
    if claimed.is_new or letter.to is not None:
        return None
    for run_id in await services.checkouts.runs(letter.checkout_id):
        answer = await services.gateway.answered(letter, run_id, deadline.for_answer)
        if answer is not None:
            return answer
    return None


async def send(services: Services, letter: Letter, deadline: Deadline, store_id: str) -> Answer:
    """Send a letter to the checkout that runs, or wake up one that has ended; see `Gateway`."""
    try:
        return await services.gateway.update(letter, deadline.for_answer)
    except Gone:
        pass
    bill = await services.checkouts.find(letter.checkout_id)
    store = services.stores.store(store_id)
    if bill is None or store is None:
        raise Unreachable
    if bill.pruned_at is not None:
        raise Refusal("checkout_not_found", "its record is no longer kept")
    if ended.is_ended(bill):
        archived = await ended.answer(services.checkouts, letter.name, letter.message, bill)
        if archived is not None:
            return archived
    # Terminated, forgotten by Temporal, or paid after its end: go on from the records.
    request_id = letter.context.request_id or ""
    start = letter.start or starting.resumed_start(store, bill, request_id)
    again = replace(letter, start=starting.again(start, letter.name))
    try:
        return await services.gateway.update(again, deadline.for_answer)
    except Gone as gone:
        raise Unreachable from gone


async def _without_answer(
    services: Services, claimed: Claimed, letter: Letter, deadline: Deadline
) -> Response:
    """Answer after the budget: 202 only if the message was taken, else the till sends it again."""
    is_taken, view = await asyncio.gather(
        services.gateway.is_taken(letter, deadline.left),
        _view(services, letter, deadline),
    )
    if view is None:
        return _unavailable(claimed, letter.checkout_id)
    if claimed.may_be_running(deadline.budget):
        detail = "the first request with this key still waits for its answer"
        return _refused(claimed, letter.checkout_id, "request_in_progress", detail)
    if not is_taken:
        detail = "the checkout is busy and has not taken the message; send it again"
        return _refused(claimed, letter.checkout_id, "request_in_progress", detail)
    return await _go_on_without(services, claimed, view)


async def _view(services: Services, letter: Letter, deadline: Deadline) -> Json | None:
    if letter.to is not None:
        # What happens after the end is written into the archive; no run has it.
        bill = await services.checkouts.find(letter.checkout_id)
        return bill.view if bill else None
    try:
        view = await services.gateway.query(letter.checkout_id, "checkout", deadline.left)
    except (NoAnswer, Unreachable, Gone):
        return None
    return view if isinstance(view, dict) else None


async def _accepted(
    services: Services, claimed: Claimed, letter: Letter, view: Json, deadline: Deadline
) -> Response:
    """Answer what the checkout itself could not finish; a repetition gets the current state."""
    if not claimed.record.accepted:
        return await _go_on_without(services, claimed, view)
    now = await _view(services, letter, deadline)
    if now is None:
        return await _go_on_without(services, claimed, view)
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
    if answer.answer is not None:
        return JSONResponse(answer.answer, answer.status, headers=headers)
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
        # Only what the checkout has said is said again; the door's own no stands for one attempt.
        headers=_replay_headers(claimed) if said is not None else None,
        **extra,
    )


def _unavailable(claimed: Claimed, checkout_id: str) -> Response:
    detail = "nobody can answer for the checkout now; send the same request again"
    return _refused(claimed, checkout_id, "service_unavailable", detail)


def _replay_headers(claimed: Claimed) -> dict[str, str]:
    return {} if claimed.is_new else {"Idempotency-Replayed": "true"}
