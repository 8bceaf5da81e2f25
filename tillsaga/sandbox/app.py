"""The sandbox as an ASGI app: vendors under their names, control under `/_sandbox`.

Started with `python -m tillsaga.sandbox --port 8600 --db PATH`, Leat's base URL is
`http://127.0.0.1:8600/leat`.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.types import Receive, Scope, Send

from tillsaga.sandbox.books import Books, Clock
from tillsaga.sandbox.control import EXPLAINED, Control, explain
from tillsaga.sandbox.endpoint import HANG_UP, VendorEndpoint, hang_up_on
from tillsaga.sandbox.faults import Desk
from tillsaga.sandbox.koupon.vendor import Koupon
from tillsaga.sandbox.leat.vendor import Leat
from tillsaga.sandbox.letstrade.vendor import LetsTrade
from tillsaga.sandbox.loyale.vendor import Loyale
from tillsaga.sandbox.vendor import Vendor
from tillsaga.sandbox.wll.vendor import WhiteLabelLoyalty


class Sandbox(Starlette):
    """A Starlette app that knows, for each request, how to hang up on the client."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Note the way to the connection before anything wraps `send`."""
        if scope["type"] == "http":
            scope[HANG_UP] = hang_up_on(send)
        await super().__call__(scope, receive, send)


def create_app(database: str | Path = ":memory:", *, seed: bool = True) -> Sandbox:
    """Build a sandbox on a database; a database with books in it is carried on.

    Args:
        database: SQLite file, created when missing.
        seed: Put the documented world into empty books.
    """
    clock = Clock()
    books, desk = Books(database, clock), Desk(clock)
    vendors: dict[str, Vendor] = {
        vendor.name: vendor
        for vendor in (
            Leat(books),
            LetsTrade(books),
            Koupon(books),
            Loyale(books),
            WhiteLabelLoyalty(books),
        )
    }
    for vendor in vendors.values():
        if seed and vendor.is_empty():
            vendor.load_world()

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        desk.clear()
        books.close()

    mounts = [Mount(f"/{name}", VendorEndpoint(held, desk)) for name, held in vendors.items()]
    # An app of its own, so that its forgiving error handlers never cover up for a vendor.
    control = Starlette(
        routes=Control(vendors, desk, clock).routes(),
        exception_handlers=dict.fromkeys(EXPLAINED, explain),
    )
    health = [Route(path, is_there) for path in ("/healthz", "/readyz")]
    return Sandbox(routes=[*health, Mount("/_sandbox", control), *mounts], lifespan=lifespan)


async def is_there(_: Request) -> Response:
    """Say, as the API and the worker do, that the process can be used."""
    return JSONResponse({"status": "ok"})


def serve(host: str, port: int, database: str | Path = ":memory:") -> None:
    """Serve until SIGTERM or SIGINT."""
    app = create_app(database)
    # Idle connections stay open for longer than any caller keeps them.
    uvicorn.run(
        app,
        host=host,
        port=port,
        access_log=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=2,
    )
