"""Refunds of a completed sale, and returns without one."""

from typing import Annotated

from fastapi import APIRouter, Body, Header, Path, Request
from starlette.responses import JSONResponse, Response

from api import documented, examples, reading, refund_receipts
from api.accepting import best
from api.delivery import deliver
from api.dependencies import (
    Place,
    ReadingHolder,
    ReadingPlace,
    ServicesDep,
    TillCall,
    TillHolder,
    TillPlace,
    concern,
    deadline_of,
    enter,
    place_of,
)
from api.returning import Returning
from api.schemas import RefundDocument, RefundList, RefundReceiptDocument
from api.services import Services
from tillsaga.domain.messages import RefundSale, ReturnGoods
from tillsaga.domain.returns import ReturnRequest
from tillsaga.errors import Refusal
from tillsaga.records.apikeys import KeyHolder

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
        **documented.change(
            "refund_exceeds_sale",
            "refund_exists",
            "line_not_found",
            "line_not_divisible",
            "sold_value_spent",
            "vendor_unavailable",
        ),
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


@router.post(
    "/refunds",
    operation_id="returnGoods",
    summary="Take goods back without their sale",
    status_code=201,
    response_class=JSONResponse,
    responses={
        **documented.change(
            "store_not_found",
            "return_not_allowed",
            "return_limit_exceeded",
            "refund_exists",
            "currency_mismatch",
            "provider_unknown",
            created=True,
        ),
        200: documented.good("What it would do (`dry_run`)", RefundDocument, "RETURN_PLANNED"),
        201: documented.good("The refund", RefundDocument, "RETURN"),
    },
)
async def return_goods(
    request: Request,
    services: ServicesDep,
    holder: TillHolder,
    call: TillCall,
    message: Annotated[ReturnRequest, Body(examples=[examples.RETURN_ASKED])],
) -> Response:
    """Take goods back whose sale nobody finds: limited by the store's policy, and kept for audit.

    `give_back` is what the till hands out. The points that such goods earn today are taken from the
    customer, where one is named and the vendor has a way; what no vendor takes is in `attention`.
    `refund_id` is its identity: the same again answers the first. `checkout_id` is the record that
    carries it. Limits are `returns_without_sale` in the store's policy; without them nothing is
    taken back (403). A return that waits for a vendor is `pending`, and goes on by itself.
    """
    store = enter(request, services, holder, message.store_id)
    said = ReturnGoods.model_validate(message.model_dump())
    deadline = deadline_of(request, services, store.id)
    returning = Returning(services, call, store, holder, said, deadline)
    concern(request, returning.checkout_id)
    return await returning.answer()


@router.get(
    "/checkouts/{checkout_id}/refunds",
    operation_id="listRefunds",
    summary="List a sale's refunds",
    response_class=JSONResponse,
    responses=documented.question(
        documented.good("The refunds, oldest first", RefundList, "REFUNDS"), *documented.READ
    ),
)
async def list_refunds(services: ServicesDep, place: ReadingPlace) -> Response:
    """List what of a sale came back, and how each refund stands. All are on one page."""
    found = await reading.read_refunds(services, place)
    return JSONResponse({"data": found, "next_cursor": None})


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
    place = await _place(request, services, holder, refund_id)
    return JSONResponse(await reading.read_refund(services, place, refund_id))


_JSON, _TEXT = "application/json", "text/plain"
_FORMS = {
    "model": RefundReceiptDocument,
    "description": "The receipt",
    "content": {
        _JSON: {"examples": {"default": {"$ref": "#/components/examples/REFUND_RECEIPT"}}},
        _TEXT: {
            "schema": {"type": "string"},
            "example": refund_receipts.as_text(examples.REFUND_RECEIPT),
        },
    },
}


@router.get(
    "/refunds/{refund_id}/receipt",
    operation_id="getRefundReceipt",
    summary="Read a refund's receipt",
    response_class=JSONResponse,
    responses=documented.question(
        _FORMS,
        *documented.AT_THE_DOOR,
        "invalid_request",
        "refund_not_found",
        "not_acceptable",
        "service_unavailable",
    ),
)
async def get_refund_receipt(
    request: Request,
    services: ServicesDep,
    holder: ReadingHolder,
    refund_id: RefundId,
    accept: Annotated[str, Header(description="JSON or plain text.")] = _JSON,
) -> Response:
    """Answer JSON, or text of 40 columns.

    While a vendor has still to answer it says so, and names what is known by then.
    """
    place = await _place(request, services, holder, refund_id)
    receipt = await reading.read_refund_receipt(services, place, refund_id)
    headers = {"Vary": "Accept"}
    match best(accept, (_JSON, _TEXT)):
        case "application/json":
            return JSONResponse(receipt, headers=headers)
        case "text/plain":
            text = refund_receipts.as_text(receipt, services.stores.zone(place.store_id))
            return Response(text, media_type=_TEXT, headers=headers)
    raise Refusal("not_acceptable", f"this receipt can be had as {_JSON}, {_TEXT}")


async def _place(request: Request, services: Services, holder: KeyHolder, refund_id: str) -> Place:
    """Find the checkout that keeps a refund.

    Raises:
        Refusal: `refund_not_found`.
    """
    checkout_id = await services.refunds.checkout_of(holder.stores, refund_id)
    if checkout_id is None:
        raise Refusal("refund_not_found", "no refund of your stores has this id")
    return await place_of(request, services, holder, checkout_id)
