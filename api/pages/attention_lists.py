"""The desk's other lists: stuck holds, compared books, wrong codes, webhook deliveries."""

from datetime import date, timedelta
from typing import Annotated, Literal
from urllib.parse import quote

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import Response

from api.dependencies import ServicesDep
from api.pages.desk import Result, insist, own_stores, query, refused, show
from api.pages.signing import PageRoute, SupportVisitor, Visitor
from api.services import Services
from tillsaga.domain.effects import OPERATIONS
from tillsaga.domain.model import Json, Model
from tillsaga.domain.reconcile import BusinessDay, checkout_of
from tillsaga.errors import Refusal
from tillsaga.records.database import utc_now

router = APIRouter(prefix="/attention", route_class=PageRoute, include_in_schema=False)

Text = Annotated[str, Form()]
AGES = ("", "15m", "1h", "4h", "1d")
STATUSES = ("failed", "pending", "delivered", "")
KINDS = {
    "missing": ("Missing at the vendor", "Ask the vendor what became of its id."),
    "extra": ("Only at the vendor", "Reverse it at the vendor, unless a restored backup tells."),
    "wrong_amount": ("Another amount", "Correct it at the vendor: the till was told ours."),
    "wrong_customer": ("Another customer", "Move it at the vendor."),
    "partial": ("Only in part", "Supply the rest by hand."),
    "late": ("At another time", "If our record says refused or withdrawn: take it back."),
}
"""What a difference means and what to do, in short; docs/reconcile.md has it in full."""


class HoldFilter(Model):
    """Which holds are shown, as it stands in the address."""

    older_than: str = ""
    store_id: str = ""
    provider: str = ""
    cursor: str = ""


@router.get("/holds", operation_id="showHolds")
async def show_holds(
    request: Request,
    services: ServicesDep,
    visitor: SupportVisitor,
    wanted: Annotated[HoldFilter, Query()],
) -> Response:
    """List what checkouts hold at vendors, the oldest first."""
    return await _holds(request, services, visitor, wanted)


@router.post("/holds/release", operation_id="freeHold")
async def release(
    request: Request,
    services: ServicesDep,
    visitor: SupportVisitor,
    hold: Text = "",
    reason: Text = "",
    key: Text = "",
) -> Response:
    """Free one; its id is in the form, since a code may be in it."""
    address = f"/v1/holds/{quote(hold or '-', safe='')}/release"
    call = await visitor.api.send("POST", address, {"reason": reason.strip()}, key=key or None)
    if not call.is_ok:
        steps = {"invalid_request": "Say why, in 500 characters at most."}
        return await _holds(
            request,
            services,
            visitor,
            HoldFilter(),
            call.status,
            refused(call, steps),
            failed=hold,
            reason=reason,
        )
    going = Result("busy", "It is being let go.", "Load the page again to see what came of it.")
    done = Result("good", "The hold is free.", f"Checkout {call.body['id']} goes on without it.")
    result = going if call.status == 202 else done
    return await _holds(request, services, visitor, HoldFilter(), call.status, result)


async def _holds(
    request: Request,
    services: Services,
    visitor: Visitor,
    wanted: HoldFilter,
    status: int = 200,
    result: Result | None = None,
    *,
    failed: str = "",
    reason: str = "",
    key: str | None = None,
) -> Response:
    page = insist(await visitor.api.get(f"/v1/holds{query(**wanted.model_dump())}"))
    more = page["next_cursor"]
    return show(
        request,
        services,
        visitor,
        "holds.html",
        status=status,
        result=result,
        holds=page["data"],
        wanted=wanted,
        ages=AGES,
        operations=OPERATIONS,
        next_page=query(**wanted.model_dump() | {"cursor": more}) if more else None,
        failed=failed,
        reason=reason,
        key=key,
    )


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
        results=[each for each in _listed(page) if provider in ("", each["provider"])],
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


def _listed(page: Json) -> list[Json]:
    found = page["data"]
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


@router.get("/guesses", operation_id="showGuesses")
async def show_guesses(
    request: Request, services: ServicesDep, visitor: SupportVisitor, store_id: str = ""
) -> Response:
    """List the API keys with which codes were tried that no vendor knew."""
    page = insist(await visitor.api.get(f"/v1/guesses{query(store_id=store_id)}"))
    return show(
        request, services, visitor, "guesses.html", guesses=_listed(page), store_id=store_id
    )


class DeliveryFilter(Model):
    """Which deliveries are shown, as it stands in the address."""

    status: Literal["failed", "pending", "delivered", ""] = "failed"
    store_id: str = ""
    checkout_id: str = ""
    cursor: str = ""


@router.get("/deliveries", operation_id="showDeliveries")
async def show_deliveries(
    request: Request,
    services: ServicesDep,
    visitor: SupportVisitor,
    wanted: Annotated[DeliveryFilter, Query()],
) -> Response:
    """List webhook deliveries, the newest first; those that failed unless others are asked for."""
    return await _deliveries(request, services, visitor, wanted)


@router.post("/deliveries/redeliver", operation_id="sendDeliveryAgain")
async def redeliver(
    request: Request,
    services: ServicesDep,
    visitor: SupportVisitor,
    delivery: Text = "",
    key: Text = "",
) -> Response:
    """Send one again, under its own id."""
    address = f"/v1/webhook-deliveries/{quote(delivery or '-', safe='')}/redeliver"
    call = await visitor.api.send("POST", address, key=key or None)
    sent = Result("busy", "It is on its way again.", "It is tried for five days like any other.")
    wanted = DeliveryFilter(status="" if call.is_ok else "failed")
    result = sent if call.is_ok else refused(call)
    return await _deliveries(request, services, visitor, wanted, call.status, result)


async def _deliveries(
    request: Request,
    services: Services,
    visitor: Visitor,
    wanted: DeliveryFilter,
    status: int = 200,
    result: Result | None = None,
) -> Response:
    page = insist(await visitor.api.get(f"/v1/webhook-deliveries{query(**wanted.model_dump())}"))
    more = page["next_cursor"]
    return show(
        request,
        services,
        visitor,
        "deliveries.html",
        status=status,
        result=result,
        deliveries=_listed(page),
        wanted=wanted,
        statuses=STATUSES,
        next_page=query(**wanted.model_dump() | {"cursor": more}) if more else None,
    )
