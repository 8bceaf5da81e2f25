"""How a page is written: templates, the words of a store's language, and what a page may load."""

from collections.abc import Callable, Mapping
from pathlib import Path

from fastapi import Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from api.pages.words import translator
from tillsaga.domain.money import formatted
from tillsaga.records.sessions import Session

HERE = Path(__file__).parent
ASSETS = "/assets"
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
}
"""A page loads nothing from elsewhere and runs no script that stands in it."""

_environment = Environment(
    loader=FileSystemLoader(HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.filters["money"] = formatted


def render(
    request: Request,
    template: str,
    *,
    status: int = 200,
    language: str = "en",
    headers: Mapping[str, str] | None = None,
    **context: object,
) -> Response:
    """Answer with a page, or with a part of one.

    A template knows `t` (a text in the page's language), `session` (None before the sign-in),
    `language` and `path` besides what it is given.
    """
    html = rendered(request, template, language=language, **context)
    return HTMLResponse(html, status, {**HEADERS, **(headers or {})})


def rendered(request: Request, template: str, *, language: str = "en", **context: object) -> str:
    """Write a page, or a part of one, that does not go out as an answer of its own."""
    said: Callable[[str], str] = translator(language)
    session: Session | None = getattr(request.state, "session", None)
    return _environment.get_template(template).render(
        t=said, session=session, language=language, path=request.url.path, **context
    )


def is_part(request: Request) -> bool:
    """Whether htmx asks for a part of the page that is there already."""
    return "hx-request" in request.headers


class Assets(StaticFiles):
    """Scripts and styles. A browser asks each time whether it still has the right ones."""

    def __init__(self) -> None:
        super().__init__(directory=HERE / "static")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one of them, under one name in logs and metrics."""
        scope.setdefault("state", {})["operation"] = "getAsset"
        await super().__call__(scope, receive, send)

    def file_response(self, *args: object, **kwargs: object) -> Response:
        """Send a file with what all of ours carry."""
        response = super().file_response(*args, **kwargs)  # type: ignore[arg-type]
        response.headers["Cache-Control"] = "no-cache"
        return response
