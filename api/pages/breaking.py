"""Break it yourself: faults of the vendors' sandbox, armed from the till's page."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from api.dependencies import ServicesDep
from api.pages.frame import render
from api.pages.saga_chips import VENDORS
from api.pages.sandboxes import Sandbox, sandbox_of
from api.pages.signing import PageRoute, TillVisitor, Visitor
from api.services import Services
from tillsaga.errors import Refusal
from tillsaga.stores import Store

router = APIRouter(prefix="/pos/breaking", route_class=PageRoute, include_in_schema=False)

KILLABLE = ("worker", "temporal")
_MOST_TIMES = 1000


@router.get("/drawer", operation_id="showBreaking")
async def drawer(request: Request, services: ServicesDep, visitor: TillVisitor) -> Response:
    """Show the drawer; nothing where a store's vendors are real."""
    stores = _stores(services, visitor)
    sandbox = sandbox_of(stores)
    if sandbox is None:
        return Response(status_code=204)
    kinds = {provider.kind for store in stores for provider in store.providers}
    vendors = await sandbox.vendors()
    declared = (await sandbox.kinds())["kinds"]
    return render(
        request,
        "breaking/panel.html",
        language=stores[0].language,
        vendors={
            kind: _operations(vendors[kind]) for kind in VENDORS if kind in kinds & set(vendors)
        },
        looks=VENDORS,
        kinds=declared,
        fields=await _fields(sandbox, declared[0]["name"]),
        armed=await sandbox.armed(),
        said="",
        wrong="",
        killable=KILLABLE if services.dev_control is not None and visitor.may("admin") else (),
    )


@router.get("/fields", operation_id="showFaultFields")
async def fields(
    request: Request, services: ServicesDep, visitor: TillVisitor, kind: str
) -> Response:
    """Show what a kind of fault asks for besides what all of them do."""
    found = await _fields(_sandbox(services, visitor), kind)
    language = _language(services, visitor)
    return render(request, "breaking/fields.html", language=language, fields=found)


@router.get("/armed", operation_id="showArmedFaults")
async def armed(request: Request, services: ServicesDep, visitor: TillVisitor) -> Response:
    """Show what is armed, and how often it has struck."""
    return await _armed(request, services, visitor)


@router.post("/faults", operation_id="armFault")
async def arm(
    request: Request,
    services: ServicesDep,
    visitor: TillVisitor,
    at: Annotated[str, Form(max_length=200)],
    kind: Annotated[str, Form(max_length=50)],
    times: Annotated[int, Form(ge=0, le=_MOST_TIMES)] = 1,
) -> Response:
    """Arm a fault. `at` is a vendor and one of its operations, `leat:voucher.lock`; 0: for ever."""
    vendor, _, operation = at.partition(":")
    rule: dict[str, Any] = {"vendor": vendor, "kind": kind, "times": times or None}
    rule |= {"operation": operation} if operation else {}
    rule |= {name: value for name, value in await _extras(request) if value != ""}
    try:
        await _sandbox(services, visitor).arm(rule)
    except Refusal as refused:
        return await _armed(request, services, visitor, wrong=refused.detail)
    return await _armed(request, services, visitor, "It is armed. Go on at the till and watch.")


@router.post("/faults/clear", operation_id="clearFaults")
async def clear(request: Request, services: ServicesDep, visitor: TillVisitor) -> Response:
    """Let nothing go wrong any more."""
    await _sandbox(services, visitor).disarm()
    return await _armed(request, services, visitor, "Nothing is armed any more.")


@router.post("/faults/{rule_id}/drop", operation_id="dropFault")
async def drop(
    request: Request, services: ServicesDep, visitor: TillVisitor, rule_id: str
) -> Response:
    """Take one fault away."""
    await _sandbox(services, visitor).disarm(rule_id)
    return await _armed(request, services, visitor, "It is taken away.")


async def _armed(
    request: Request, services: Services, visitor: Visitor, said: str = "", wrong: str = ""
) -> Response:
    return render(
        request,
        "breaking/armed.html",
        status=422 if wrong else 200,
        armed=await _sandbox(services, visitor).armed(),
        said=said,
        wrong=wrong,
        looks=VENDORS,
        language=_language(services, visitor),
    )


async def _extras(request: Request) -> list[tuple[str, str | int]]:
    """What the kind asked for: its fields are named so that they meet no other."""
    form = await request.form()
    given = [(n.removeprefix("rule."), v) for n, v in form.items() if n.startswith("rule.")]
    return [(name, _typed(name, value.strip())) for name, value in given if isinstance(value, str)]


def _typed(name: str, value: str) -> str | int:
    """A vendor's code may be a number or a word; what is said with it is always words."""
    return int(value) if value.isdecimal() and name != "message" else value


async def _fields(sandbox: Sandbox, kind: str) -> list[dict[str, Any]]:
    """Describe a kind's own fields as its schema does; what is no single value is left out."""
    declared = await sandbox.kinds()
    known = next((one for one in declared["kinds"] if one["name"] == kind), None)
    if known is None:
        raise Refusal("not_found", "the sandbox knows no such kind of fault")
    properties: Mapping[str, Any] = declared["rule"]["properties"]
    wanted = [(name, properties[name]) for name in known["fields"]]
    return [_field(name, about) for name, about in wanted if not _is_object(about)]


def _field(name: str, about: Mapping[str, Any]) -> dict[str, Any]:
    suggested = {"delay_ms": 3000}.get(name, about.get("default"))
    return {
        "name": name,
        "choices": about.get("enum", ()),
        "is_number": about.get("type") == "integer",
        "default": "" if suggested is None else suggested,
        "least": about.get("minimum"),
        "most": about.get("maximum"),
    }


def _is_object(about: Mapping[str, Any]) -> bool:
    return any(one.get("type") == "object" for one in (about, *about.get("anyOf", ())))


def _operations(vendor: Mapping[str, Any]) -> list[str]:
    return sorted({operation["name"] for operation in vendor["operations"]})


def _stores(services: Services, visitor: Visitor) -> list[Store]:
    found = (services.stores.store(store_id) for store_id in visitor.holder.stores)
    return [store for store in found if store is not None]


def _sandbox(services: Services, visitor: Visitor) -> Sandbox:
    sandbox = sandbox_of(_stores(services, visitor))
    if sandbox is None:
        raise Refusal("not_found", "the vendors of these stores are not the sandbox")
    return sandbox


def _language(services: Services, visitor: Visitor) -> str:
    stores = _stores(services, visitor)
    return stores[0].language if stores else "en"
