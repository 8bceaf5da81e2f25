"""Addresses that vendors call."""

from typing import Annotated

from fastapi import APIRouter, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.responses import JSONResponse, Response

from api import callbacks, documented
from api.dependencies import ServicesDep
from api.schemas import AppendedVouchers

router = APIRouter(prefix="/v1/callbacks", tags=["callbacks"])

_secret = HTTPBearer(
    scheme_name="callbackSecret",
    description="The provider's `callback_secret` from the stores file.",
    auto_error=False,
)
_BODY = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {"$ref": "#/components/schemas/PickedVouchers"},
            "examples": {"default": {"$ref": "#/components/examples/PICKED"}},
        }
    },
}


@router.post(
    "/letstrade/append-vouchers",
    operation_id="appendVouchers",
    summary="Put what a customer picked in the app on the bill",
    response_class=JSONResponse,
    openapi_extra={"requestBody": _BODY},
    responses=documented.question(
        documented.good("The vouchers are on the bill", AppendedVouchers, "APPENDED"),
        "malformed_request",
        "unauthorized",
        "checkout_not_found",
        "state_conflict",
        "tender_exceeds_total",
        "payload_too_large",
        "headers_too_large",
        "request_timeout",
        "unsupported_media_type",
        "basket_mismatch",
        "rate_limited",
        "internal_error",
        "service_unavailable",
    ),
)
async def append_vouchers(
    request: Request,
    services: ServicesDep,
    shown: Annotated[HTTPAuthorizationCredentials | None, Security(_secret)],
) -> Response:
    """Take a selection made in Let'sTrade's app; it replaces the one before, an empty one too.

    `store_id` is the vendor's, `transaction_id` the basket's id. The same body again changes
    nothing. Unknown fields are ignored; no Idempotency-Key is needed. Refusals carry the vendor's
    envelope (`success`, `message`, `content`) beside the problem's members: 404 unknown bill, 409
    a bill that is not `open` (a `ready` one is not) or another store's, 422 sums.
    """
    secret = shown.credentials if shown is not None else None
    return await callbacks.append_vouchers(request, services, secret)
