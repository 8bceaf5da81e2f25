"""The checkout as an HTTP answer: links, entity tag, and the view kept for bad times."""

from collections.abc import Mapping

import structlog
from starlette.background import BackgroundTask
from starlette.responses import JSONResponse, Response

from api.services import Services
from tillsaga.domain.model import Json
from tillsaga.errors import Unavailable

_log = structlog.get_logger("tillsaga.api")


def with_links(services: Services, view: Json) -> Json:
    """Add the addresses of everything else about the checkout."""
    me = f"/v1/checkouts/{view['id']}"
    workflow = f"{services.temporal_ui}/namespaces/{services.namespace}/workflows/{view['id']}"
    links: Json = {
        "self": me,
        "events": f"{me}/events",
        "receipt": f"{me}/receipt",
        "audit": f"{me}/audit",
        "workflow": workflow,
    }
    return {**view, "links": links}


def etag(view: Json) -> str:
    """The entity tag is the version."""
    return f'"{view["version"]}"'


def show(
    services: Services,
    view: Json,
    status: int = 200,
    *,
    headers: Mapping[str, str] | None = None,
    remember: bool = True,
) -> Response:
    """Answer with the checkout; after the answer it is kept, for GET while Temporal is down."""
    background = BackgroundTask(remember_view, services, view) if remember else None
    sent = {"ETag": etag(view), **(headers or {})}
    return JSONResponse(with_links(services, view), status, sent, background=background)


async def remember_view(services: Services, view: Json) -> None:
    """Keep the view in the records. The till has its answer: trouble here is only logged."""
    try:
        await services.checkouts.remember_view(str(view["id"]), view)
    except Unavailable:
        _log.warning("view_not_remembered", checkout_id=view["id"])
