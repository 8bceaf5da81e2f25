"""Opening, reading and listing checkouts."""

from typing import Annotated

from fastapi import APIRouter, Body, Header, Query, Request
from starlette.responses import JSONResponse, Response

from api import closed_bills, documented, examples, listing, reading, views
from api.checkout_schema import CheckoutDocument
from api.dependencies import (
    ReadingHolder,
    ReadingPlace,
    ServicesDep,
    TillCall,
    TillHolder,
    concern,
    deadline_of,
    enter,
)
from api.opening import Opening
from api.problems import RETRY_AFTER_SECONDS
from api.queries import QueryTime
from api.schemas import CheckoutList, Plan
from tillsaga.domain.checkout import Status
from tillsaga.domain.limits import check_basket
from tillsaga.domain.messages import OpenCheckout
from tillsaga.records.database import utc_now

router = APIRouter(prefix="/v1/checkouts", tags=["checkouts"])

OpenBody = Annotated[
    OpenCheckout, Body(examples=[examples.OPEN, examples.OPEN_WITH_CODES, examples.CLOSED_BILL])
]
NoneMatch = Annotated[
    str | None, Header(alias="If-None-Match", description="304 if nothing has changed.")
]


@router.post(
    "",
    operation_id="openCheckout",
    summary="Open a checkout",
    status_code=201,
    response_class=JSONResponse,
    responses=documented.change(
        "store_not_found",
        "currency_mismatch",
        "basket_mismatch",
        "line_not_sellable",
        "limit_exceeded",
        "too_many_guesses",
        "basket_frozen",
        "card_not_found",
        "card_already_sold",
        "card_refused",
        "tender_exceeds_total",
        "tender_refused",
        "member_not_found",
        "member_required",
        "provider_unknown",
        "vendor_unavailable",
        created=True,
    ),
)
async def open_checkout(
    request: Request,
    services: ServicesDep,
    holder: TillHolder,
    call: TillCall,
    message: OpenBody,
) -> Response:
    """Open a checkout for a basket, or meet the one that exists for it (200).

    A `cancelled` or `expired` one is followed by a new checkout under a new key.

    `codes` are classified like scans. A card identifies its customer and an offer is applied; a
    stored value is not charged, since only a tender says how much. A code that is unknown, refused
    or ambiguous never fails the opening: it is shown as an offer with the status `refused` and its
    `refusal`.

    `mode: closed_bill` reports a bill that is paid already: after an outage, or from a till without
    a loyalty dialogue. It is refused only when it is malformed. `payments` are facts, and without
    them the bill counts as paid in full. `offers` are what the till has given, at its own
    `discount_amount`: each is found by its code and used up at its vendor. What a vendor refuses
    follows the store's policy `late_offers`; every other problem, such as sums that do not add up,
    becomes `attention`. The checkout ends as `completed`; 202 `completing` while a vendor that must
    answer is down. The same bill again, under any key and from any till, answers 200 with the
    checkout that exists; if it says something else, that is put before a person.

    A closed bill for a checkout that is still `open` or `ready` commits that one: a till went
    offline in the middle. Its basket and payments are the ones that count, whoever was identified
    stays, and what the checkout holds and has charged stays too; `offers` adds to it.
    """
    store = enter(request, services, holder, message.store_id)
    message.basket.check(store.currency)
    if not message.closes:
        check_basket(message.basket, store.policy.limits)
    closed_bills.check(message, utc_now())
    deadline = deadline_of(request, services, store.id)
    opening = Opening(services, call, store, message, deadline)
    try:
        async with services.guessing.watch(store.id, call.api_key_id, message) as watch:
            return watch.saw_checkout(await opening.answer())
    finally:
        concern(request, opening.checkout_id)


@router.get(
    "",
    operation_id="listCheckouts",
    summary="List checkouts, or find what became of a request",
    response_class=JSONResponse,
    responses=documented.question(
        documented.good("A page", CheckoutList, "CHECKOUTS"),
        *documented.AT_THE_DOOR,
        "invalid_request",
        "store_not_found",
        "service_unavailable",
    ),
)
async def list_checkouts(
    request: Request,
    services: ServicesDep,
    holder: ReadingHolder,
    store_id: Annotated[str | None, Query(max_length=255)] = None,
    status: Annotated[Status | None, Query()] = None,
    attention: Annotated[bool | None, Query(description="Whether a person is needed.")] = None,
    from_: Annotated[QueryTime | None, Query(alias="from", description="Opened since.")] = None,
    to: Annotated[QueryTime | None, Query(description="Opened before.")] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
    cursor: Annotated[str | None, Query(max_length=255)] = None,
    idempotency_key: Annotated[
        str | None, Query(description="The key of a request of yours whose answer was lost.")
    ] = None,
) -> Response:
    """List the checkouts of the key's stores, newest first.

    With `idempotency_key`: the checkout of that request, or nothing if it never arrived.
    """
    if idempotency_key is not None:
        return await listing.of_request(request, services, holder, idempotency_key)
    stores = holder.stores
    if store_id is not None:
        stores = (enter(request, services, holder, store_id).id,)
    wanted = listing.wanted(status, attention, from_, to)
    return await listing.page(services, stores, wanted, limit, cursor)


@router.get(
    "/{checkout_id}",
    operation_id="getCheckout",
    summary="Read a checkout",
    response_class=JSONResponse,
    responses={
        **documented.question(
            documented.good("The checkout", CheckoutDocument, "CHECKOUT"),
            *documented.READ,
            "service_unavailable",
        ),
        304: {"description": "Nothing has changed"},
    },
)
async def get_checkout(
    services: ServicesDep, place: ReadingPlace, none_match: NoneMatch = None
) -> Response:
    """Read the checkout as it is; while Temporal is down as last seen, with `retryable`: true."""
    seen = await reading.read(services, place)
    if seen.is_stale:
        stale = {**seen.view, "retryable": True}
        headers = {"Retry-After": RETRY_AFTER_SECONDS}
        return views.show(services, stale, headers=headers, remember=False)
    tag = views.etag(seen.view)
    if none_match is not None and tag in (word.strip() for word in none_match.split(",")):
        return Response(status_code=304, headers={"ETag": tag})
    return views.show(services, seen.view, remember=False)


@router.get(
    "/{checkout_id}/plan",
    operation_id="getCheckoutPlan",
    summary="Read what payment would set in motion",
    response_class=JSONResponse,
    responses=documented.question(
        documented.good("The plan", Plan, "PLAN"), *documented.READ, "service_unavailable"
    ),
)
async def get_plan(services: ServicesDep, place: ReadingPlace) -> Response:
    """List the effects that are done and those that payment would run, with reversibility."""
    steps = await reading.read_plan(services, place)
    return JSONResponse({"data": steps, "next_cursor": None})
