"""Who looks at a page: a session in a cookie, and forms that no other site can send."""

import hmac
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Depends, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.responses import RedirectResponse, Response

from api import problems
from api.access import Scope, require_scope
from api.dependencies import ServicesDep, count
from api.next_steps import NEXT_STEPS
from api.pages.frame import is_part, render
from api.pages.own_api import OwnApi
from tillsaga.errors import Refusal, Unavailable
from tillsaga.records.apikeys import KeyHolder
from tillsaga.records.sessions import Session, SqlSessions

COOKIE = "tillsaga_session"
SIGN_IN = "/sign-in"
CSRF_FIELD, CSRF_HEADER = "csrf", "x-csrf-token"
_SAFE = ("GET", "HEAD")
_OURS = ("same-origin", "none")


class SignInNeeded(Exception):
    """Nobody has signed in, or the session is over."""


@dataclass(frozen=True)
class Visitor:
    """Somebody who has signed in, and our API as they may use it."""

    session: Session
    api: OwnApi

    @property
    def holder(self) -> KeyHolder:
        """Whose key it is."""
        return self.session.holder

    def may(self, *scopes: Scope) -> bool:
        """Whether the key has one of the scopes."""
        return bool(set(scopes).intersection(self.holder.scopes))


class SignedIn:
    """Requires a session whose key has one of the scopes; a form must carry the session's token."""

    def __init__(self, *scopes: Scope) -> None:
        self.scopes = scopes

    async def __call__(self, request: Request, services: ServicesDep) -> Visitor:
        """Find who it is.

        Raises:
            SignInNeeded: nobody is signed in.
            Refusal: `forbidden` or `rate_limited`.
        """
        token = request.cookies.get(COOKIE)
        session = await SqlSessions(services.database).find(token) if token else None
        if session is None:
            raise SignInNeeded
        request.state.session = session
        request.state.api_key = session.holder.id
        count(request, services.rate_limit, session.holder.caller)
        if request.method not in _SAFE:
            await _insist_on_own_form(request, session)
        require_scope(session.holder, self.scopes)
        return Visitor(session, OwnApi(request.app, session.holder))


async def _insist_on_own_form(request: Request, session: Session) -> None:
    """Refuse what another site had a browser send.

    Raises:
        Refusal: `forbidden`.
    """
    insist_on_own_site(request)
    shown = request.headers.get(CSRF_HEADER)
    if shown is None:
        field = (await request.form()).get(CSRF_FIELD)
        shown = field if isinstance(field, str) else ""
    if not hmac.compare_digest(shown.encode(), session.csrf.encode()):
        raise Refusal("forbidden", "the form is from an earlier sign-in; load the page again")


def insist_on_own_site(request: Request) -> None:
    """Refuse what a browser says comes from another site.

    Raises:
        Refusal: `forbidden`.
    """
    if request.headers.get("sec-fetch-site", "none") not in _OURS:
        raise Refusal("forbidden", "another site sent this form")


TillVisitor = Annotated[Visitor, Depends(SignedIn("pos", "support"))]
ReadingVisitor = Annotated[Visitor, Depends(SignedIn("pos", "support", "audit"))]
AnyVisitor = Annotated[Visitor, Depends(SignedIn("pos", "support", "audit", "admin"))]
SupportVisitor = Annotated[Visitor, Depends(SignedIn("support"))]
AuditVisitor = Annotated[Visitor, Depends(SignedIn("audit", "support"))]


class PageRoute(APIRoute):
    """Answers trouble as a page: what it is, and what to do next."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap the route."""
        serve = super().get_route_handler()

        async def handle(request: Request) -> Response:
            try:
                return await serve(request)
            except SignInNeeded:
                return _to_sign_in(request)
            except Refusal as refusal:
                return trouble(request, refusal.code, refusal.detail)
            except Unavailable as down:
                return trouble(request, "service_unavailable", down.message)
            except RequestValidationError:
                return trouble(request, "invalid_request", "a field of the form is not filled in")

        return handle


def _to_sign_in(request: Request) -> Response:
    if is_part(request):
        return Response(headers={"HX-Redirect": SIGN_IN})
    wanted = request.url.path if request.method in _SAFE else "/"
    return RedirectResponse(f"{SIGN_IN}?next={quote(wanted)}", 303)


def trouble(request: Request, code: str, detail: str) -> Response:
    """Say what is wrong and what to do, as a page or as a part of one."""
    kind = problems.kind_of(code)
    template = "trouble_part.html" if is_part(request) else "trouble.html"
    return render(
        request,
        template,
        status=int(kind.status),
        code=problems.stable(code),
        title=kind.title,
        detail=detail,
        next_step=NEXT_STEPS.get(problems.stable(code), ""),
    )
