"""Signing in with an API key, and out again."""

import re
from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from api.dependencies import ServicesDep, count
from api.pages.frame import render
from api.pages.signing import (
    COOKIE,
    SIGN_IN,
    AnyVisitor,
    PageRoute,
    ReadingVisitor,
    insist_on_own_site,
)
from tillsaga.records.sessions import LIFE, SqlSessions

router = APIRouter(route_class=PageRoute, include_in_schema=False)

# A path of ours: one slash, then no second one and no backslash, which browsers take for one.
_OWN_PATH = re.compile(r"/(?![/\\])[!-~]*")
ATTEMPTS_PER_MINUTE = 60


@router.get(SIGN_IN, operation_id="showSignIn")
async def show(request: Request, next: str = "/") -> Response:
    """Ask for an API key."""
    return render(request, "sign_in.html", next=_own(next), wrong=False)


@router.post(SIGN_IN, operation_id="signIn")
async def sign_in(
    request: Request,
    services: ServicesDep,
    key: Annotated[str, Form()],
    next: Annotated[str, Form()] = "/",
) -> Response:
    """Begin a session, and go where the visitor wanted to."""
    insist_on_own_site(request)
    caller = request.client.host if request.client else "nobody"
    count(request, services.rate_limit, f"sign-in {caller}", ATTEMPTS_PER_MINUTE)
    begun = await SqlSessions(services.database).begin(key.strip())
    if begun is None:
        return render(request, "sign_in.html", status=401, next=_own(next), wrong=True)
    answer = RedirectResponse(_own(next), 303)
    answer.set_cookie(
        COOKIE,
        begun[1],
        max_age=int(LIFE.total_seconds()),
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )
    return answer


@router.post("/sign-out", operation_id="signOut")
async def sign_out(request: Request, services: ServicesDep, visitor: AnyVisitor) -> Response:
    """End the session here and in the records."""
    await SqlSessions(services.database).end(request.cookies[COOKIE])
    answer = RedirectResponse(SIGN_IN, 303)
    answer.delete_cookie(COOKIE)
    return answer


@router.get("/", operation_id="showHome")
async def home(visitor: ReadingVisitor) -> Response:
    """Lead to the page that fits the key."""
    if visitor.may("pos"):
        return RedirectResponse("/pos", 303)
    return RedirectResponse("/attention" if visitor.may("support") else "/audit", 303)


def _own(path: str) -> str:
    return path if _OWN_PATH.fullmatch(path) else "/"
