"""What becomes of members' data."""

from typing import Annotated

from fastapi import APIRouter, Body, Path, Request
from starlette.responses import JSONResponse, Response

from api import documented, erasing, examples
from api.dependencies import ServicesDep, deadline_of
from api.schemas import ErasureDocument
from api.support import AdminCall, AdminHolder
from tillsaga.domain.erasure import EraseMember

router = APIRouter(prefix="/v1/members", tags=["operations"])

ErasureId = Annotated[
    str, Path(max_length=64, description="The erasure's `id`.", examples=["ers_5f0c9d"])
]


@router.post(
    "/erase",
    operation_id="eraseMember",
    summary="Erase a member's data from all records",
    response_class=JSONResponse,
    responses={
        200: documented.good("It is done", ErasureDocument, "ERASED"),
        202: documented.good("It goes on; read it again", ErasureDocument, "ERASING"),
        **documented.problems(
            *documented.CHANGE, "store_not_found", "member_in_use", "idempotency_key_reused"
        ),
    },
)
async def erase_member(
    request: Request,
    services: ServicesDep,
    holder: AdminHolder,
    call: AdminCall,
    order: Annotated[EraseMember, Body(examples=[examples.ERASE])],
) -> Response:
    """Put markers in the place of everything that tells who the member is, in every record.

    Amounts, times and the vendors' transaction ids stay, so the books balance. What names the
    customer to a vendor works no longer: such a part of a later refund is put before a person.
    409 `member_in_use` names running `checkouts`. Asking again is harmless; `left` names checkouts
    that were in use meanwhile, for which to ask again.
    """
    return await erasing.erase(services, call, holder, order, deadline_of(request, services, None))


@router.get(
    "/erasures/{erasure_id}",
    operation_id="getErasure",
    summary="Read how an erasure stands",
    response_class=JSONResponse,
    responses={
        **documented.question(
            documented.good("It is done", ErasureDocument, "ERASED"),
            *documented.AT_THE_DOOR,
            "invalid_request",
            "erasure_not_found",
            "service_unavailable",
        ),
        202: documented.good("It goes on", ErasureDocument, "ERASING"),
    },
)
async def get_erasure(
    services: ServicesDep, holder: AdminHolder, erasure_id: ErasureId
) -> Response:
    """Read what was erased so far."""
    return await erasing.answer(services, erasure_id, holder.stores)
