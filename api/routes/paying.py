"""From the frozen basket to the payment, and out of it."""

from typing import Annotated

from fastapi import APIRouter, Body, Path
from starlette.responses import JSONResponse, Response

from api import documented, examples
from api.bodies import Correction
from api.delivery import deliver
from api.dependencies import ServicesDep, TillCall, TillPlace
from api.heartbeats import keep_alive
from tillsaga.domain.messages import (
    Cancel,
    CorrectPayment,
    Heartbeat,
    MakeReady,
    PaymentReport,
    Reopen,
)

router = APIRouter(prefix="/v1/checkouts/{checkout_id}")

PaymentId = Annotated[
    str, Path(min_length=1, max_length=255, description="The payment's `id`.", examples=["pay_1"])
]

# An empty body says the same as `{}`.
_READY, _REOPEN, _HEARTBEAT = MakeReady(), Reopen(), Heartbeat()


@router.post(
    "/ready",
    operation_id="makeReady",
    summary="Freeze the basket and fix what is due",
    tags=["paying"],
    response_class=JSONResponse,
    responses=documented.change(
        "offer_lost",
        "code_expired",
        "card_already_sold",
        "tender_exceeds_total",
        "tender_in_doubt",
        "tender_refused",
        "vendor_unavailable",
        "limit_exceeded",
    ),
)
async def make_ready(
    services: ServicesDep,
    place: TillPlace,
    call: TillCall,
    message: Annotated[MakeReady, Body(examples=[examples.READY])] = _READY,
) -> Response:
    """Re-check every offer and tender; with `one_step` the irreversible steps run here."""
    return await deliver(services, call, place, "ready", message)


@router.post(
    "/reopen",
    operation_id="reopenCheckout",
    summary="Go back to building",
    tags=["paying"],
    response_class=JSONResponse,
    responses=documented.change(),
)
async def reopen(
    services: ServicesDep,
    place: TillPlace,
    call: TillCall,
    message: Annotated[Reopen, Body(examples=[examples.NOTHING])] = _REOPEN,
) -> Response:
    """Reopen while nothing is authorised or captured; holds and tenders stay."""
    return await deliver(services, call, place, "reopen", message)


@router.post(
    "/payments",
    operation_id="reportPayment",
    summary="Report the till's own payment",
    tags=["paying"],
    response_class=JSONResponse,
    responses=documented.change("payment_mismatch", "offer_lost", "vendor_unavailable"),
)
async def report_payment(
    services: ServicesDep,
    place: TillPlace,
    call: TillCall,
    message: Annotated[PaymentReport, Body(examples=[examples.PAYMENT])],
) -> Response:
    """Report a fact. It is recorded before it is answered; `captured` is never lost."""
    return await deliver(services, call, place, "payment", message)


@router.post(
    "/payments/{payment_id}/correct",
    operation_id="correctPayment",
    summary="Correct a payment that was reported wrong",
    tags=["paying"],
    response_class=JSONResponse,
    responses=documented.change("payment_not_found", "payment_mismatch"),
)
async def correct_payment(
    services: ServicesDep,
    place: TillPlace,
    call: TillCall,
    payment_id: PaymentId,
    correction: Annotated[Correction, Body(examples=[examples.CORRECTION])],
) -> Response:
    """Replace the facts of a payment, with the reason."""
    message = CorrectPayment(payment_id=payment_id, **dict(correction))
    return await deliver(services, call, place, "correct_payment", message)


@router.post(
    "/cancel",
    operation_id="cancelCheckout",
    summary="Give the checkout up",
    tags=["paying"],
    response_class=JSONResponse,
    responses=documented.change("already_committed"),
)
async def cancel(
    services: ServicesDep,
    place: TillPlace,
    call: TillCall,
    message: Annotated[Cancel, Body(examples=[examples.CANCEL])],
) -> Response:
    """Reverse everything reversible; the rest becomes attention."""
    return await deliver(services, call, place, "cancel", message)


@router.post(
    "/heartbeat",
    operation_id="sendHeartbeat",
    summary="Keep the checkout open",
    tags=["paying"],
    response_class=JSONResponse,
    responses=documented.change(),
)
async def heartbeat(
    services: ServicesDep,
    place: TillPlace,
    call: TillCall,
    message: Annotated[Heartbeat, Body(examples=[examples.NOTHING])] = _HEARTBEAT,
) -> Response:
    """Say that the till is still there; forwarded at most once a minute."""
    return await keep_alive(services, call, place)
