"""The application: routes, errors, the outermost layer."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI

from api import openapi, problems
from api.codec import CodecEndpoint
from api.middleware import Door
from api.pages import attention as desk
from api.pages import audit as audit_pages
from api.pages import breaking, killing, saga, sign_in
from api.pages import receipts as receipt_pages
from api.pages.frame import ASSETS, Assets
from api.pages.pos import routes as pos
from api.routes import (
    attention,
    audit,
    callbacks,
    checkouts,
    claims,
    docs,
    events,
    gathering,
    guesses,
    health,
    holds,
    lookups,
    members,
    paying,
    receipts,
    reconciliations,
    refunds,
    webhooks,
)
from api.services import Services

_ROUTERS = (
    checkouts,
    events,
    gathering,
    paying,
    claims,
    receipts,
    refunds,
    attention,
    lookups,
    callbacks,
    holds,
    guesses,
    members,
    reconciliations,
    webhooks,
    audit,
    health,
    docs,
)
_PAGES = (sign_in, pos, breaking, saga, receipt_pages, audit_pages, desk)


def create_app(services: Services) -> FastAPI:
    """Build the application. The caller opens and closes what the services stand on."""
    app = FastAPI(
        title="Tillsaga",
        version=version("tillsaga"),
        # Their pages load from foreign hosts, which a store's network has not.
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=_lifespan,
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.services = services
    problems.install(app)
    for module in _ROUTERS:
        app.include_router(module.router)
    for page in _PAGES:
        app.include_router(page.router)
    if services.dev_control is not None:
        app.include_router(killing.router)
    app.mount(ASSETS, Assets())
    openapi.install(app)
    if services.codec is not None:
        endpoint = CodecEndpoint(
            services.codec, services.access, services.temporal_ui, services.codec_token
        )
        app.mount("/codec", endpoint.app())
    app.add_middleware(Door, metrics=services.metrics, draining=services.draining)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    app.openapi()  # made now, so that no till waits for it
    yield
    services: Services = app.state.services
    services.stopping.set()
