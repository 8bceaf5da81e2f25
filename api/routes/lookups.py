"""Questions to the vendors that change nothing."""

from typing import Annotated

from fastapi import APIRouter, Body, Request
from starlette.responses import JSONResponse, Response

from api import documented, examples, looking
from api.bodies import LookUpRequest, PortalRequest, ScanRequest, StoreScanRequest
from api.dependencies import ServicesDep, TillHolder, TillPlace, deadline_of, enter
from api.schemas import LookedUp, PortalSession, Scanned

router = APIRouter(prefix="/v1", tags=["lookups"])

_NO_WISH = PortalRequest()


@router.post(
    "/lookups",
    operation_id="lookUp",
    summary="Look a member, gift card or voucher up",
    response_class=JSONResponse,
    responses=documented.question(
        documented.good("What a vendor knows", LookedUp, "LOOKED_UP"),
        *documented.ASKED,
        "store_not_found",
        "provider_unknown",
        "member_not_found",
        "card_not_found",
        "code_unknown",
        "vendor_unavailable",
        "too_many_guesses",
    ),
)
async def look_up(
    request: Request,
    services: ServicesDep,
    holder: TillHolder,
    question: Annotated[LookUpRequest, Body(examples=[examples.LOOK_UP])],
) -> Response:
    """Ask the store's vendors without a checkout; needs no Idempotency-Key."""
    store = enter(request, services, holder, question.store_id)
    deadline = deadline_of(request, services, store.id)
    order = looking.order(store, question)
    async with services.guessing.watch(store.id, holder.caller) as watch:
        return watch.saw(await looking.ask(request, services, order, deadline))


_SCANNED = documented.question(
    documented.good("Whose it may be", Scanned, "SCANNED"),
    *documented.ASKED,
    "checkout_not_found",
    "store_not_found",
    "code_unknown",
    "vendor_unavailable",
    "too_many_guesses",
)


@router.post(
    "/scans",
    operation_id="scanAtStore",
    summary="Find whose a scanned code is",
    response_class=JSONResponse,
    responses=_SCANNED,
)
async def scan_at_store(
    request: Request,
    services: ServicesDep,
    holder: TillHolder,
    scanned: Annotated[StoreScanRequest, Body(examples=[examples.STORE_SCAN])],
) -> Response:
    """Ask every vendor of the store, without an effect; needs no Idempotency-Key."""
    store = enter(request, services, holder, scanned.store_id)
    deadline = deadline_of(request, services, store.id)
    order = looking.store_scan_order(store, scanned.value)
    async with services.guessing.watch(store.id, holder.caller):
        return await looking.scan(services, order, deadline)


@router.post(
    "/checkouts/{checkout_id}/scans",
    operation_id="scanAtCheckout",
    summary="Find whose a scanned code is, for a checkout",
    response_class=JSONResponse,
    responses=_SCANNED,
)
async def scan_at_checkout(
    services: ServicesDep,
    holder: TillHolder,
    place: TillPlace,
    scanned: Annotated[ScanRequest, Body(examples=[examples.SCAN])],
) -> Response:
    """Ask every vendor of the store, without an effect; needs no Idempotency-Key."""
    order = await looking.scan_order(services, place, scanned.value)
    async with services.guessing.watch(place.store_id, holder.caller):
        return await looking.scan(services, order, place.deadline)


@router.post(
    "/checkouts/{checkout_id}/portal-session",
    operation_id="openPortalSession",
    summary="Open a vendor's own screens",
    response_class=JSONResponse,
    responses=documented.question(
        documented.good("Where they are", PortalSession, "PORTAL_SESSION"),
        *documented.ASKED,
        "checkout_not_found",
        "provider_unknown",
        "portal_unsupported",
        "vendor_unavailable",
    ),
)
async def open_portal_session(
    request: Request,
    services: ServicesDep,
    place: TillPlace,
    wish: Annotated[PortalRequest, Body(examples=[examples.PORTAL])] = _NO_WISH,
) -> Response:
    """Answer a URL for tills that embed the vendor's screens; needs no Idempotency-Key."""
    order = await looking.portal_order(services, place, wish.provider)
    return await looking.ask(request, services, order, place.deadline)
