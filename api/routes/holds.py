"""Stuck holds, for support."""

from typing import Annotated

from fastapi import APIRouter, Body, Path, Query, Request
from starlette.responses import JSONResponse, Response

from api import documented, examples, holding
from api.bodies import Reason
from api.dependencies import ServicesDep, enter, place_of
from api.schemas import HoldList
from api.support import SupportCall, SupportHolder
from tillsaga.records.database import utc_now
from tillsaga.records.holds import SqlHoldBook

router = APIRouter(prefix="/v1/holds", tags=["support"])

HoldId = Annotated[
    str,
    Path(
        max_length=700,
        description="The `id` of the list, percent-encoded; or an `effect_id`, where only one "
        "checkout of your stores holds it.",
        examples=["chk_9T3M2K7QW4RB5X8Z:lock_voucher:leat:v-1#1"],
    ),
]


@router.get(
    "",
    operation_id="listHolds",
    summary="List what checkouts hold, oldest first",
    response_class=JSONResponse,
    responses=documented.question(
        documented.good("A page", HoldList, "HOLDS"),
        *documented.AT_THE_DOOR,
        "invalid_request",
        "store_not_found",
        "service_unavailable",
    ),
)
async def list_holds(
    request: Request,
    services: ServicesDep,
    holder: SupportHolder,
    older_than: Annotated[
        str | None, Query(description="A duration such as `15m` or `1h`.", examples=["1h"])
    ] = None,
    store_id: Annotated[str | None, Query(max_length=255)] = None,
    provider: Annotated[str | None, Query(max_length=255)] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
    cursor: Annotated[str | None, Query(max_length=255)] = None,
) -> Response:
    """List what is held, or may be, by checkouts that are not completed.

    `state`: `held` stands, of `in_doubt` nobody knows yet, `undo_failed` was not taken back.
    """
    stores = holder.stores
    if store_id is not None:
        stores = (enter(request, services, holder, store_id).id,)
    now = utc_now()
    wanted = holding.wanted(older_than, provider, now)
    page = await SqlHoldBook(services.database).page(stores, wanted, limit=limit, cursor=cursor)
    return JSONResponse(holding.shown(page, services, now))


@router.post(
    "/{effect_id:path}/release",
    operation_id="releaseHold",
    summary="Free a hold",
    response_class=JSONResponse,
    responses=documented.change(
        "hold_not_found",
        "hold_ambiguous",
        "offer_refused",
        "tender_refused",
        "vendor_unavailable",
    ),
)
async def release_hold(
    request: Request,
    services: ServicesDep,
    holder: SupportHolder,
    call: SupportCall,
    effect_id: HoldId,
    body: Annotated[Reason, Body(examples=[examples.RELEASE])],
) -> Response:
    """Let go of an offer, a tender or a claim as the till would; the price follows.

    A `ready` checkout is reopened, one that lost its workflow is woken. Once a payment has begun
    it is 409 `state_conflict`, which says what to do instead. Repeating it is harmless. Who did it
    and why is kept.
    """
    checkout_id, own_id = await holding.find(services, call, holder.stores, effect_id)
    place = await place_of(request, services, holder, checkout_id)
    return await holding.release(services, call, place, own_id, body.reason, holder.name)
