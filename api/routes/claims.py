"""Points for who forgot their card."""

from typing import Annotated

from fastapi import APIRouter, Body
from starlette.responses import JSONResponse, Response

from api import documented, examples
from api.claiming import claim_points
from api.dependencies import ServicesDep, TillCall, TillPlace
from tillsaga.domain.messages import ClaimPoints

router = APIRouter(prefix="/v1/checkouts/{checkout_id}")


@router.post(
    "/claims",
    operation_id="claimPoints",
    summary="Earn the points of a finished sale",
    tags=["receipts"],
    response_class=JSONResponse,
    responses=documented.change(
        "claim_too_early",
        "claim_not_possible",
        "already_claimed",
        "too_many_guesses",
        "already_refunded",
        "member_not_found",
        "provider_unknown",
        "store_not_found",
        "vendor_refused",
        "vendor_unavailable",
    ),
)
async def claim(
    services: ServicesDep,
    place: TillPlace,
    call: TillCall,
    message: Annotated[ClaimPoints, Body(examples=[examples.CLAIM])],
) -> Response:
    """Give a customer who forgot their card the points of their sale: once, after the payment.

    Every vendor of the store that knows the customer, and was not told of the sale before, gives
    its points. The same customer again: 200, the checkout as it is; another one:
    `already_claimed`. Vendors that want every sale reported (Let'sTrade, White Label Loyalty)
    have it as nobody's by then and cannot add a customer; Koupon gives no points:
    `claim_not_possible`. Without `consent` nobody is created at a vendor. After a 202 the claim
    goes on, for days if a vendor is down, and the checkout says how it ended.

    A claim link that was printed for this sale is not shown any more, but Leat still takes the
    printed one: it does not know that link and order are the same sale. Take the receipt with
    the link back before you claim.
    """
    return await claim_points(services, call, place, message)
