"""What a till does while it builds the sale: basket, customer, offers, tenders."""

from typing import Annotated

from fastapi import APIRouter, Body, Path
from starlette.responses import JSONResponse, Response

from api import documented, examples
from api.delivery import deliver
from api.dependencies import ServicesDep, TillCall, TillPlace
from tillsaga.domain.limits import check_basket
from tillsaga.domain.messages import (
    AddTender,
    ApplyOffer,
    Identify,
    PutBasket,
    RemoveOffer,
    RemoveTender,
)

router = APIRouter(prefix="/v1/checkouts/{checkout_id}")

OfferId = Annotated[
    str, Path(min_length=1, max_length=255, description="The offer's `id`.", examples=["leat:v-1"])
]
TenderId = Annotated[
    str, Path(min_length=1, max_length=255, description="The tender's `id`.", examples=["tnd_1"])
]


@router.put(
    "/basket",
    operation_id="putBasket",
    summary="Replace the basket",
    tags=["gathering"],
    response_class=JSONResponse,
    responses=documented.change(
        "basket_frozen",
        "basket_mismatch",
        "currency_mismatch",
        "line_not_sellable",
        "card_not_found",
        "card_already_sold",
        "card_refused",
        "limit_exceeded",
        "too_many_guesses",
        "tender_exceeds_total",
        "tender_refused",
        "vendor_unavailable",
    ),
)
async def put_basket(
    services: ServicesDep,
    place: TillPlace,
    call: TillCall,
    message: Annotated[PutBasket, Body(examples=[{"basket": examples.BASKET}])],
) -> Response:
    """Re-quote. Offers that no longer fit are released and say why."""
    store = services.stores.store(place.store_id)
    if store is not None:
        message.basket.check(store.currency)
        check_basket(message.basket, store.policy.limits)
    return await deliver(services, call, place, "put_basket", message)


@router.post(
    "/identifiers",
    operation_id="identifyMember",
    summary="Attach or change the member",
    tags=["gathering"],
    response_class=JSONResponse,
    responses=documented.change(
        "member_not_found",
        "member_locked",
        "provider_unknown",
        "tender_exceeds_total",
        "tender_refused",
        "vendor_unavailable",
        "too_many_guesses",
    ),
)
async def identify(
    services: ServicesDep,
    place: TillPlace,
    call: TillCall,
    message: Annotated[Identify, Body(examples=[examples.IDENTIFIER])],
) -> Response:
    """Attach the member before commit. Without `consent` nobody is created at a vendor."""
    return await deliver(services, call, place, "identify", message)


@router.post(
    "/offers",
    operation_id="applyOffer",
    summary="Apply an offer or a scanned code",
    tags=["gathering"],
    response_class=JSONResponse,
    responses=documented.change(
        "offer_held",
        "offer_refused",
        "offer_not_found",
        "code_unknown",
        "code_ambiguous",
        "code_expired",
        "discount_unknown",
        "member_required",
        "insufficient_balance",
        "tender_exceeds_total",
        "basket_frozen",
        "limit_exceeded",
        "too_many_guesses",
        "vendor_unavailable",
    ),
)
async def apply_offer(
    services: ServicesDep,
    place: TillPlace,
    call: TillCall,
    message: Annotated[ApplyOffer, Body(examples=[examples.OFFER])],
) -> Response:
    """Hold it at the vendor where a hold exists. Scanned twice, it is held once."""
    return await deliver(services, call, place, "apply_offer", message)


@router.delete(
    "/offers/{offer_id}",
    operation_id="removeOffer",
    summary="Let an offer go",
    tags=["gathering"],
    response_class=JSONResponse,
    responses=documented.change(
        "offer_not_found", "offer_refused", "basket_frozen", "vendor_unavailable"
    ),
)
async def remove_offer(
    services: ServicesDep, place: TillPlace, call: TillCall, offer_id: OfferId
) -> Response:
    """Release the offer; repeating it is harmless."""
    message = RemoveOffer(offer_id=offer_id)
    return await deliver(services, call, place, "remove_offer", message)


@router.post(
    "/tenders",
    operation_id="addTender",
    summary="Pay a part with stored value",
    tags=["gathering"],
    response_class=JSONResponse,
    responses=documented.change(
        "insufficient_balance",
        "card_not_found",
        "member_not_found",
        "nothing_due",
        "tender_exceeds_total",
        "tender_exists",
        "tender_refused",
        "tender_in_doubt",
        "member_required",
        "code_expired",
        "offer_held",
        "vendor_unavailable",
        "limit_exceeded",
        "too_many_guesses",
    ),
)
async def add_tender(
    services: ServicesDep,
    place: TillPlace,
    call: TillCall,
    message: Annotated[AddTender, Body(examples=[examples.TENDER])],
) -> Response:
    """Charge at once where the vendor allows it; without `amount`, as much as is due."""
    return await deliver(services, call, place, "add_tender", message)


@router.delete(
    "/tenders/{tender_id}",
    operation_id="removeTender",
    summary="Take a tender back",
    tags=["gathering"],
    response_class=JSONResponse,
    responses=documented.change(
        "tender_not_found", "tender_in_doubt", "tender_refused", "vendor_unavailable"
    ),
)
async def remove_tender(
    services: ServicesDep, place: TillPlace, call: TillCall, tender_id: TenderId
) -> Response:
    """Reverse the charge."""
    message = RemoveTender(tender_id=tender_id)
    return await deliver(services, call, place, "remove_tender", message)
