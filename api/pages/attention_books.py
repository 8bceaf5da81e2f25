"""What support looks into: a day against the vendors' books, and who tries wrong codes."""

from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api.dependencies import ServicesDep
from api.pages.desk import insist, listed, own_stores, query, show
from api.pages.signing import PageRoute, SupportVisitor
from api.services import Services
from tillsaga.domain.reconcile import BusinessDay, checkout_of
from tillsaga.errors import Refusal
from tillsaga.records.database import utc_now

router = APIRouter(prefix="/attention", route_class=PageRoute, include_in_schema=False)

KINDS = {
    "missing": ("Missing at the vendor", "Ask the vendor what became of its id."),
    "extra": ("Only at the vendor", "Reverse it at the vendor, unless a restored backup tells."),
    "wrong_amount": ("Another amount", "Correct it at the vendor: the till was told ours."),
    "wrong_customer": ("Another customer", "Move it at the vendor."),
    "partial": ("Only in part", "Supply the rest by hand."),
    "late": ("At another time", "If our record says refused or withdrawn: take it back."),
}
"""What a difference means and what to do, in short; docs/reconcile.md has it in full."""


@router.get("/reconciliations", operation_id="showReconciliations")
async def show_reconciliations(
    request: Request,
    services: ServicesDep,
    visitor: SupportVisitor,
    store_id: str = "",
    day: Annotated[str, Query(alias="date")] = "",
    provider: str = "",
) -> Response:
    """Show how a day agreed with the vendors' books, and both sides of what did not."""
    store_id = (own_stores(services, visitor, store_id) or [""])[0]
    chosen = _day(services, store_id, day)
    asked = query(store_id=store_id, date=chosen.isoformat())
    page = insist(await visitor.api.get(f"/v1/reconciliations{asked}"))
    return show(
        request,
        services,
        visitor,
        "reconciliations.html",
        results=[each for each in listed(page) if provider in ("", each["provider"])],
        store_id=store_id,
        provider=provider,
        day=chosen,
        before=chosen - timedelta(days=1),
        after=chosen + timedelta(days=1),
        kinds=KINDS,
        checkout_of=checkout_of,
    )


def _day(services: Services, store_id: str, day: str) -> date:
    """Read the day; without one it is the store's last that is over."""
    store = services.stores.store(store_id)
    if not day and store is not None:
        return BusinessDay.of(utc_now(), store.timezone).date - timedelta(days=1)
    try:
        return date.fromisoformat(day)
    except ValueError as wrong:
        raise Refusal("invalid_request", "the date must be a day such as 2026-03-01") from wrong


@router.get("/guesses", operation_id="showGuesses")
async def show_guesses(
    request: Request, services: ServicesDep, visitor: SupportVisitor, store_id: str = ""
) -> Response:
    """List the API keys with which codes were tried that no vendor knew."""
    page = insist(await visitor.api.get(f"/v1/guesses{query(store_id=store_id)}"))
    return show(request, services, visitor, "guesses.html", guesses=listed(page), store_id=store_id)
