"""What a person has to settle."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Body, Path, Query, Request
from starlette.responses import JSONResponse, Response

from api import attention, documented, examples
from api.bodies import Ownership, Resolution
from api.delivery import deliver
from api.dependencies import ServicesDep, enter
from api.schemas import CaseDocument, CaseList
from api.support import SupportCall, SupportHolder, SupportPlace
from tillsaga.domain.messages import AssignAttention, ResolveAttention
from tillsaga.durations import parse_duration
from tillsaga.errors import Refusal

router = APIRouter(prefix="/v1", tags=["attention"])

Item = Annotated[
    str,
    Path(min_length=1, max_length=64, description="The item's `id`.", examples=["att_1"]),
]


@router.get(
    "/attention",
    operation_id="listAttention",
    summary="List what waits for a person",
    response_class=JSONResponse,
    responses=documented.question(
        documented.good("A page, oldest first", CaseList, "CASES"),
        *documented.AT_THE_DOOR,
        "invalid_request",
        "store_not_found",
        "service_unavailable",
    ),
)
async def list_attention(
    request: Request,
    services: ServicesDep,
    holder: SupportHolder,
    store_id: Annotated[str | None, Query(max_length=255)] = None,
    code: Annotated[str | None, Query(max_length=64)] = None,
    owner: Annotated[str | None, Query(max_length=100)] = None,
    provider: Annotated[str | None, Query(max_length=255)] = None,
    older_than: Annotated[
        str | None, Query(max_length=32, description="A duration: 30m, 2h, 1d.", examples=["2h"])
    ] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
    cursor: Annotated[str | None, Query(max_length=255)] = None,
) -> Response:
    """List the open cases of the key's stores, with what was asked and answered."""
    stores = holder.stores
    if store_id is not None:
        stores = (enter(request, services, holder, store_id).id,)
    wanted = attention.CaseFilter(
        code=code, owner=owner, provider=provider, older_than=_duration(older_than)
    )
    return await attention.page(services, stores, wanted, limit, cursor)


def _duration(text: str | None) -> timedelta | None:
    if text is None:
        return None
    try:
        return parse_duration(text)
    except ValueError as wrong:
        raise Refusal("invalid_request", f"older_than {wrong}") from wrong


@router.get(
    "/checkouts/{checkout_id}/attention/{item}",
    operation_id="getAttention",
    summary="Read a case with its evidence",
    response_class=JSONResponse,
    responses=documented.question(
        documented.good("The case", CaseDocument, "CASE"),
        *documented.READ,
        "attention_not_found",
        "service_unavailable",
    ),
)
async def get_attention(
    services: ServicesDep,
    place: SupportPlace,
    item: Item,
    books: Annotated[bool, Query(description="Whether the vendor is asked.")] = True,
) -> Response:
    """Read an open case, and ask the vendor what its books say now; that changes nothing there.

    `books` is null for a case that is about no effect, and with `books=false`. A vendor that is
    down, or that has no way to be asked, is `unreadable`, with the reason.
    """
    return JSONResponse(await attention.read_one(services, place, item, books=books))


@router.post(
    "/checkouts/{checkout_id}/attention/{item}/resolve",
    operation_id="resolveAttention",
    summary="Settle a case",
    response_class=JSONResponse,
    responses=documented.change("attention_not_found", "attention_settled", "action_not_allowed"),
)
async def resolve_attention(
    services: ServicesDep,
    place: SupportPlace,
    call: SupportCall,
    item: Item,
    said: Annotated[Resolution, Body(examples=[examples.RESOLUTION])],
) -> Response:
    """Settle a case by one of its `allowed_actions`; it leaves `attention` and is kept for audit.

    `retry` does the work again, patiently: 202 while it goes on, and a new case if it fails once
    more. `accept_loss`: the store bears it. `settled_by_hand`: a person has put the vendor's books
    right. Neither sends anything. The same action again is harmless. Works on a checkout in any
    status, and for as long as the archive keeps it.
    """
    message = ResolveAttention(item=item, **said.model_dump())
    return await deliver(services, call, place, "resolve_attention", message)


@router.post(
    "/checkouts/{checkout_id}/attention/{item}/owner",
    operation_id="assignAttention",
    summary="Take a case on",
    response_class=JSONResponse,
    responses=documented.change("attention_not_found", "attention_settled"),
)
async def assign_attention(
    services: ServicesDep,
    place: SupportPlace,
    call: SupportCall,
    item: Item,
    said: Annotated[Ownership, Body(examples=[examples.OWNERSHIP])],
) -> Response:
    """Say who looks after a case; null gives it back to the queue."""
    message = AssignAttention(item=item, owner=said.owner)
    return await deliver(services, call, place, "assign_attention", message)
