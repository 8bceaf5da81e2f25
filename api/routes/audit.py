"""What was said, decided and sent for a checkout, and whether that was changed since."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import JSONResponse, Response

from api import auditing, documented
from api.dependencies import CheckoutId, Holder, Place, ServicesDep, place_of
from api.schemas import AuditPage
from tillsaga.records.apikeys import KeyHolder

router = APIRouter(prefix="/v1/checkouts", tags=["operations"])

AuditHolder = Annotated[KeyHolder, Depends(Holder("audit"))]


async def _audit_place(
    request: Request, services: ServicesDep, holder: AuditHolder, checkout_id: CheckoutId
) -> Place:
    return await place_of(request, services, holder, checkout_id)


@router.get(
    "/{checkout_id}/audit",
    operation_id="getCheckoutAudit",
    summary="Read the audit of a checkout",
    response_class=JSONResponse,
    responses=documented.question(
        documented.good("A page of entries, in their order", AuditPage, "AUDIT"),
        *documented.READ,
        "service_unavailable",
    ),
)
async def get_audit(
    services: ServicesDep,
    place: Annotated[Place, Depends(_audit_place)],
    after: Annotated[int, Query(ge=0, le=2**31 - 1, description="Entries behind this one.")] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> Response:
    """List every till message, decision, vendor call, undo and support action, in order.

    Each entry's `hash` covers it and the entry before. `verified` says whether the whole chain, of
    which this is a page, is as it was written and as the daily roots saw it; `findings` names each
    entry that is not. No customer is named: effects go by their number.
    """
    return JSONResponse(await auditing.page(services, place, after, limit))
