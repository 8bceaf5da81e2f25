"""Refunds of a completed sale."""

from typing import Annotated

from fastapi import APIRouter, Body, Path, Request
from starlette.responses import JSONResponse, Response

from api import documented, examples, reading
from api.delivery import deliver
from api.dependencies import (
    Place,
    ReadingHolder,
    ServicesDep,
    TillCall,
    TillPlace,
    deadline_of,
)
from api.schemas import RefundDocument
from tillsaga.domain.messages import RefundSale
from tillsaga.errors import Refusal

router = APIRouter(prefix="/v1", tags=["refunds"])

RefundId = Annotated[
    str, Path(min_length=1, max_length=64, description="The till's own id.", examples=["rfd-17"])
]


@router.post(
    "/checkouts/{checkout_id}/refunds",
    operation_id="refundCheckout",
    summary="Give back a sale, or a part of it",
    status_code=201,
    response_class=JSONResponse,
    responses={
        **documented.change("refund_exceeds_sale", "refund_exists", "line_not_found"),
        200: documented.good("What it would do (`dry_run`)", RefundDocument, "REFUND_PLANNED"),
        201: documented.good("The refund", RefundDocument, "REFUND"),
    },
)
async def refund_checkout(
    services: ServicesDep,
    place: TillPlace,
    call: TillCall,
    message: Annotated[RefundSale, Body(examples=[examples.REFUND_ASKED])],
) -> Response:
    """Refund all that is left, or the named lines. Works for as long as the archive keeps the sale.

    `refund_id` is its identity: the same again answers the first. `give_back` is the till's part.
    A refund that waits for a vendor is `pending`, and goes on by itself.
    """
    if not message.dry_run:
        await services.refunds.note(place.store_id, message.refund_id, place.checkout_id)
    return await deliver(services, call, place, "refund", message)


@router.get(
    "/refunds/{refund_id}",
    operation_id="getRefund",
    summary="Read a refund",
    response_class=JSONResponse,
    responses=documented.question(
        documented.good("The refund", RefundDocument, "REFUND"),
        *documented.AT_THE_DOOR,
        "invalid_request",
        "refund_not_found",
        "service_unavailable",
    ),
)
async def get_refund(
    request: Request, services: ServicesDep, holder: ReadingHolder, refund_id: RefundId
) -> Response:
    """Read how a refund stands."""
    checkout_id = await services.refunds.checkout_of(holder.stores, refund_id)
    if checkout_id is None:
        raise Refusal("refund_not_found", "no refund of your stores has this id")
    store_id = await services.places.store_of(holder, checkout_id)
    request.state.checkout_id = checkout_id
    place = Place(checkout_id, store_id, deadline_of(request, services, store_id))
    return JSONResponse(await reading.read_refund(services, place, refund_id))
