"""What the records have counted, as plots with their tables; the time is in the address."""

from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from api.dependencies import ServicesDep
from api.pages.desk import insist, listed, own_stores, query, show
from api.pages.desk_plots import (
    MOST_CASES,
    Shown,
    ages_plot,
    compensations_plot,
    outcomes_plot,
    vendors_plot,
    waits_plot,
)
from api.pages.frame import HEADERS
from api.pages.plots import Plot, as_csv, as_svg
from api.pages.signing import PageRoute, SupportVisitor, Visitor
from api.services import Services
from tillsaga.domain.reconcile import BusinessDay
from tillsaga.errors import Refusal
from tillsaga.records.database import utc_now
from tillsaga.records.figures import SqlFigureBook

router = APIRouter(prefix="/attention/figures", route_class=PageRoute, include_in_schema=False)

PLOTS = ("outcomes", "waits", "vendors", "compensations", "ages")
MOST_DAYS = 92


async def shown_days(
    services: ServicesDep,
    visitor: SupportVisitor,
    store_id: str = "",
    first: Annotated[str, Query(alias="from")] = "",
    last: Annotated[str, Query(alias="to")] = "",
) -> Shown:
    """Read the time from the address; today without one.

    Raises:
        Refusal: `store_not_found`; `invalid_request`: no days, or too many.
    """
    stores = own_stores(services, visitor, store_id)
    store = services.stores.store(stores[0]) if stores else None
    timezone = store.timezone if store else "UTC"
    today = BusinessDay.of(utc_now(), timezone).date
    try:
        end = date.fromisoformat(last) if last else today
        start = date.fromisoformat(first) if first else end
    except ValueError as wrong:
        raise Refusal("invalid_request", "a day is written like 2026-03-01") from wrong
    if not 0 <= (end - start).days < MOST_DAYS:
        raise Refusal("invalid_request", f"choose 1 to {MOST_DAYS} days, the first one first")
    return Shown(stores=tuple(stores), store_id=store_id, first=start, last=end, timezone=timezone)


Days = Annotated[Shown, Depends(shown_days)]


@router.get("", operation_id="showFigures")
async def show_figures(
    request: Request,
    services: ServicesDep,
    visitor: SupportVisitor,
    shown: Days,
) -> Response:
    """Show all plots, each with its numbers."""
    today = BusinessDay.of(utc_now(), shown.timezone).date
    presets = [
        (name, query(store_id=shown.store_id, **{"from": today - timedelta(days=n), "to": today}))
        for name, n in (("Today", 0), ("7 days", 6), ("30 days", 29), ("90 days", 89))
    ]
    plots = [await _plot(services, visitor, shown, name) for name in PLOTS]
    return show(
        request,
        services,
        visitor,
        "figures.html",
        shown=shown,
        presets=presets,
        plots=[(plot, as_svg(plot)) for plot in plots],
    )


@router.get("/{name}.csv", operation_id="getFigures")
async def get_figures(
    services: ServicesDep, visitor: SupportVisitor, name: str, shown: Days
) -> Response:
    """Answer one plot's numbers for a spreadsheet."""
    plot = await _plot(services, visitor, shown, name)
    named = f'attachment; filename="{plot.name}-{shown.first}-{shown.last}.csv"'
    sent = {**HEADERS, "Content-Disposition": named}
    return Response(as_csv(plot), media_type="text/csv", headers=sent)


async def _plot(services: Services, visitor: Visitor, shown: Shown, name: str) -> Plot:
    """Count what one plot shows.

    Raises:
        Refusal: `not_found`.
    """
    book, stores, span = SqlFigureBook(services.database), shown.stores, shown.span
    match name:
        case "outcomes":
            return outcomes_plot(shown, await book.outcomes(stores, span))
        case "waits":
            return waits_plot(await book.waits(stores, span))
        case "vendors":
            return vendors_plot(await book.vendor_calls(stores, span))
        case "compensations":
            return compensations_plot(shown, await book.compensations(stores, span))
        case "ages":
            return ages_plot(await _ages(visitor, shown.store_id))
    raise Refusal("not_found", "there is no such plot")


async def _ages(visitor: Visitor, store_id: str) -> list[float]:
    """Ask for the ages of all open cases, page by page."""
    ages: list[float] = []
    cursor: object = ""
    while cursor is not None and len(ages) < MOST_CASES:
        asked = query(store_id=store_id, limit=100, cursor=cursor)
        page = insist(await visitor.api.get(f"/v1/attention{asked}"))
        cursor = page["next_cursor"]
        ages += [float(str(case["age_seconds"])) for case in listed(page)]
    return ages
