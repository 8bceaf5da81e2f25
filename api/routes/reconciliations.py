"""A business day against the vendors' books, as it was compared last."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request

from api import documented
from api.dependencies import Holder, ServicesDep, enter
from api.queries import QueryDay
from api.schemas import Reconciliations
from tillsaga.records.apikeys import KeyHolder

router = APIRouter(prefix="/v1", tags=["operations"])


@router.get(
    "/reconciliations",
    operation_id="listReconciliations",
    summary="Read how a day agreed with the vendors' books",
    responses=documented.question(
        documented.good("One result per vendor", Reconciliations, "RECONCILIATIONS"),
        *documented.AT_THE_DOOR,
        "invalid_request",
        "store_not_found",
        "service_unavailable",
    ),
)
async def list_reconciliations(
    request: Request,
    services: ServicesDep,
    holder: Annotated[KeyHolder, Depends(Holder("support", "audit"))],
    store_id: Annotated[str, Query(examples=["ams-1"], max_length=64)],
    day: Annotated[QueryDay, Query(alias="date", description="A business day.")],
) -> Reconciliations:
    """Answer the last comparison, with both sides' proof of every difference.

    It is made every night, or by `tillsaga reconcile`; a day that was never compared is empty.
    """
    store = enter(request, services, holder, store_id)
    return Reconciliations(data=await services.reconciliations.read(store.id, day))
