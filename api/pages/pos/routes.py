"""The addresses of the till in the browser. A form answers with the parts that have changed."""

from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from api.dependencies import ServicesDep
from api.pages.frame import is_part, render
from api.pages.pos import sandbox
from api.pages.pos.desk import Desk
from api.pages.pos.forms import Fields
from api.pages.pos.scene import Scene, show, was_shown
from api.pages.pos.serving import serve, serve_nobody, serve_scan
from api.pages.signing import PageRoute, TillVisitor


class TillRoute(PageRoute):
    """Says trouble beside the till, which stays on the page as it was."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap the route."""
        serve_page = super().get_route_handler()

        async def handle(request: Request) -> Response:
            answer = await serve_page(request)
            if answer.status_code >= 400 and not was_shown(request):
                answer.headers["HX-Retarget"] = "#trouble"
                answer.headers["HX-Reswap"] = "innerHTML"
            return answer

        return handle


router = APIRouter(route_class=TillRoute, include_in_schema=False)


async def _desk(services: ServicesDep, visitor: TillVisitor) -> Desk:
    return Desk(services, visitor)


DeskDep = Annotated[Desk, Depends(_desk)]


async def _fields(request: Request, desk: DeskDep) -> Fields:
    """Read the form, once it is known to come from a page of whoever is signed in."""
    return _read(await request.form())


def _read(form: FormData) -> Fields:
    repeated: dict[str, list[str]] = {}
    for name, value in form.multi_items():
        if isinstance(value, str):
            repeated.setdefault(name, []).append(value)
    return Fields({name: values[-1] for name, values in repeated.items()}, repeated)


FieldsDep = Annotated[Fields, Depends(_fields)]


@router.get("/pos", operation_id="showTill")
async def show_till(
    request: Request,
    desk: DeskDep,
    store: str | None = None,
    terminal: str | None = None,
) -> Response:
    """Wait for the next customer."""
    return await _answer(request, desk, Scene(desk.place(store, terminal)))


@router.post("/pos/do/{action}", operation_id="openAtTill")
async def open_bill(request: Request, desk: DeskDep, fields: FieldsDep, action: str) -> Response:
    """Open a bill for what is sold first."""
    return await _answer(request, desk, await serve_nobody(desk, fields, action))


@router.post("/pos/scan", operation_id="scanAtTill")
async def scan(request: Request, desk: DeskDep, fields: FieldsDep) -> Response:
    """Take what the scanner read."""
    return await _answer(request, desk, await serve_scan(desk, fields))


@router.post("/pos/sandbox/codes", operation_id="makeSandboxCodes")
async def make_codes(request: Request, desk: DeskDep, fields: FieldsDep) -> Response:
    """Have the sandbox make codes that live ten minutes from now."""
    store = desk.place(fields.optional("store"), None).store
    codes = await sandbox.fresh_codes(store)
    return render(request, "pos/codes.html", language=store.language, codes=codes)


@router.get("/pos/{checkout_id}", operation_id="showBill")
async def show_bill(
    request: Request,
    desk: DeskDep,
    checkout_id: str,
    refund: Annotated[str, Query(max_length=64)] = "",
    version: int | None = None,
) -> Response:
    """Show a bill; nothing (204) to a page that has this version of it already."""
    bill = await desk.bill(checkout_id)
    known = await desk.refund(refund) if refund else None
    if version == bill.version and (known is None or known["status"] == "pending"):
        return Response(status_code=204)
    return await _answer(request, desk, Scene(desk.place_of(bill), bill, refund=known))


@router.post("/pos/{checkout_id}/do/{action}", operation_id="actAtTill")
async def act(
    request: Request, desk: DeskDep, fields: FieldsDep, checkout_id: str, action: str
) -> Response:
    """Do what the cashier wants, and show the bill as it is then."""
    bill = await desk.bill(checkout_id)
    return await _answer(request, desk, await serve(desk, bill, fields, action))


async def _answer(request: Request, desk: Desk, scene: Scene) -> Response:
    """Show the scene, with what the payment would set in motion."""
    if scene.opened and not is_part(request):
        return RedirectResponse(scene.address, 303)
    if scene.bill is not None:
        scene.plan = await desk.plan(scene.bill)
    return show(request, scene)
