"""Who tries codes that nobody knows; for support."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import JSONResponse, Response

from api import documented
from api.dependencies import ServicesDep, enter
from api.schemas import GuessList
from api.support import SupportHolder
from tillsaga.records.database import utc_now

router = APIRouter(prefix="/v1/guesses", tags=["support"])


@router.get(
    "",
    operation_id="listGuesses",
    summary="List who tried codes that nobody knows",
    response_class=JSONResponse,
    responses=documented.question(
        documented.good("Latest first", GuessList, "GUESSES"),
        *documented.AT_THE_DOOR,
        "invalid_request",
        "store_not_found",
        "service_unavailable",
    ),
)
async def list_guesses(
    request: Request,
    services: ServicesDep,
    holder: SupportHolder,
    store_id: Annotated[str | None, Query(max_length=255)] = None,
) -> Response:
    """List the API keys with which wrong codes were tried, and which of them pause now.

    `failures` counts since `since`; `strikes` is how often there were too many. Codes are kept
    nowhere. `tillsaga guesses lift` ends a pause.
    """
    stores = holder.stores
    if store_id is not None:
        stores = (enter(request, services, holder, store_id).id,)
    now, found = utc_now(), await services.guesses.list_all(stores)
    data = [{**one.model_dump(mode="json"), "pauses": one.pauses_at(now)} for one in found]
    return JSONResponse({"data": data, "next_cursor": None})
