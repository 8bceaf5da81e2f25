"""The customer's receipt, in the form that the till asks for."""

from typing import Annotated

from fastapi import APIRouter, Header
from starlette.responses import JSONResponse, Response

from api import documented, examples, receipts
from api.accepting import best
from api.dependencies import ReadingHolder, ReadingPlace, ServicesDep
from api.looking import with_card_codes
from api.reading import read_receipt
from api.schemas import ReceiptDocument
from tillsaga.errors import Refusal

router = APIRouter(prefix="/v1/checkouts/{checkout_id}", tags=["receipts"])

_JSON, _TEXT, _QR = "application/json", "text/plain", "image/svg+xml"
_HAND_OVER = {"pos", "support"}
"""Who gives a customer the gift card that was bought; an auditor has no use for its code."""
_FORMS = {
    "model": ReceiptDocument,
    "description": "The receipt",
    "content": {
        _JSON: {"examples": {"default": {"$ref": "#/components/examples/RECEIPT"}}},
        _TEXT: {
            "schema": {"type": "string"},
            "example": receipts.as_text(examples.RECEIPT),
        },
        _QR: {"schema": {"type": "string"}, "example": "<svg/>"},
    },
}


@router.get(
    "/receipt",
    operation_id="getReceipt",
    summary="Read the receipt",
    response_class=JSONResponse,
    responses=documented.question(
        _FORMS, *documented.READ, "receipt_not_ready", "not_acceptable", "service_unavailable"
    ),
)
async def get_receipt(
    services: ServicesDep,
    place: ReadingPlace,
    holder: ReadingHolder,
    accept: Annotated[str, Header(description="JSON, plain text, or the QR code alone.")] = _JSON,
) -> Response:
    """Answer JSON, text of 40 columns, or the QR code if there is one.

    Before the payment it is the bill, where a vendor's app finds that by its `slip`: the QR code
    that the customer scans to use vouchers. On a receipt the QR code is the claim link. The code of
    a digital gift card that was sold is in no receipt for a key with the scope `audit` alone.
    """
    receipt = await read_receipt(services, place)
    if _HAND_OVER.intersection(holder.scopes):
        receipt = await with_card_codes(services, place, receipt)
    code = receipts.to_scan(receipt)
    offered = (_JSON, _TEXT, _QR) if code else (_JSON, _TEXT)
    headers = {"Vary": "Accept"}
    match best(accept, offered):
        case "application/json":
            return JSONResponse(receipt, headers=headers)
        case "text/plain":
            return Response(
                receipts.as_text(receipt, services.stores.zone(place.store_id)),
                media_type=_TEXT,
                headers=headers,
            )
        case "image/svg+xml" if code:
            return Response(receipts.as_qr(code[1]), media_type=_QR, headers=headers)
    raise Refusal("not_acceptable", f"this receipt can be had as {', '.join(offered)}")
