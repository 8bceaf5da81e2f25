"""Lists of checkouts, from the records."""

from collections.abc import Sequence
from datetime import datetime

from fastapi import Request
from starlette.responses import JSONResponse, Response

from api import reading, views
from api.dependencies import Place, deadline_of
from api.idempotency import parse_key
from api.services import Services
from tillsaga.domain.model import Json
from tillsaga.errors import Refusal
from tillsaga.records.apikeys import KeyHolder
from tillsaga.records.bill_rows import BillFilter


def wanted(
    status: str | None, attention: bool | None, from_: datetime | None, to: datetime | None
) -> BillFilter:
    """Say which checkouts."""
    return BillFilter(status=status, attention=attention, from_=from_, to=to)


async def page(
    services: Services, stores: Sequence[str], filter_: BillFilter, limit: int, cursor: str | None
) -> Response:
    """Answer one page. A bill whose checkout has never answered has nothing to show."""
    found = await services.checkouts.page(stores, filter_, limit=limit, cursor=cursor)
    data = [views.with_links(services, bill.view) for bill in found.bills if bill.view is not None]
    return JSONResponse({"data": data, "next_cursor": found.next_cursor})


async def of_request(
    request: Request, services: Services, holder: KeyHolder, header: str
) -> Response:
    """Answer what became of a request: its checkout as it is now, or nothing."""
    record = await services.keys.find(holder.caller, _key(header))
    if record is None:
        return JSONResponse({"data": [], "next_cursor": None})
    received_at = record.model_dump(mode="json", include={"created_at"})["created_at"]
    return JSONResponse(
        {
            "data": await _checkouts(request, services, holder, record.checkout_id),
            "next_cursor": None,
            "request": {"route": record.route, "received_at": received_at},
        }
    )


def _key(asked: str) -> str:
    """Read the key that is asked about; unlike in the header of a change it is only input here."""
    try:
        return parse_key(asked)
    except Refusal as no:
        raise Refusal("invalid_request", f"idempotency_key: {no.detail}") from no


async def _checkouts(
    request: Request, services: Services, holder: KeyHolder, checkout_id: str | None
) -> list[Json]:
    if checkout_id is None:
        return []
    try:
        store_id = await services.places.store_of(holder, checkout_id)
        place = Place(checkout_id, store_id, deadline_of(request, services, store_id))
        seen = await reading.read(services, place)
    except Refusal as refusal:
        if refusal.code in ("checkout_not_found", "checkout_not_restored"):
            return []  # the key was used, but nothing was opened with it yet
        raise
    stale: Json = {"retryable": True} if seen.is_stale else {}
    return [views.with_links(services, {**seen.view, **stale})]
