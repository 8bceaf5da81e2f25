"""What support sets going again: stuck holds, and webhook deliveries that failed."""

from typing import Annotated, Literal
from urllib.parse import quote

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import Response

from api.dependencies import ServicesDep
from api.pages.desk import Result, insist, listed, query, refused, show
from api.pages.signing import PageRoute, SupportVisitor, Visitor
from api.services import Services
from tillsaga.domain.effects import OPERATIONS
from tillsaga.domain.model import Model

router = APIRouter(prefix="/attention", route_class=PageRoute, include_in_schema=False)

Text = Annotated[str, Form()]
AGES = ("", "15m", "1h", "4h", "1d")
STATUSES = ("failed", "pending", "delivered", "")


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
        deliveries=listed(page),
        wanted=wanted,
        statuses=STATUSES,
        next_page=query(**wanted.model_dump() | {"cursor": more}) if more else None,
    )
