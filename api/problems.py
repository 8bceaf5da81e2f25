"""RFC 9457 answers: stable codes, never an exception's text, never what the caller sent."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from urllib.parse import quote

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.routing import Match

from tillsaga.errors import REFUSALS, Refusal, RefusalKind, Unavailable

MEDIA_TYPE = "application/problem+json"
TYPES = "/problems"
"""Where the service explains each code; a problem's `type` is this and the code."""
RETRY_AFTER_SECONDS = "1"
ERRORS_SHOWN = 20

# What only the door can say; all else stands in REFUSALS.
_OF_THE_DOOR = {
    "not_acceptable": RefusalKind(HTTPStatus.NOT_ACCEPTABLE, "No such form of it"),
}
_METHODS = ("DELETE", "GET", "PATCH", "POST", "PUT")
_OF_A_VENDOR = "vendor_refused"
_BY_STATUS = {
    HTTPStatus.BAD_REQUEST: "malformed_request",
    HTTPStatus.NOT_FOUND: "not_found",
    HTTPStatus.METHOD_NOT_ALLOWED: "method_not_allowed",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "payload_too_large",
}


REGISTRY = REFUSALS | _OF_THE_DOOR
"""Every code that an answer may carry."""


def kind_of(code: str) -> RefusalKind:
    """Say what a code means over HTTP."""
    return REGISTRY[stable(code)]


def stable(code: str) -> str:
    """Name it by a code that integrators can look up; a vendor's own words are none."""
    return code if code in REGISTRY else _OF_A_VENDOR


def problem(
    code: str,
    detail: str,
    *,
    request_id: str,
    checkout_id: str | None = None,
    headers: Mapping[str, str] | None = None,
    **extra: object,
) -> Response:
    """Write one problem; extra members that are None or empty are left out."""
    content = members(code, detail, request_id=request_id, checkout_id=checkout_id, **extra)
    return written(code, content, headers)


def members(
    code: str,
    detail: str,
    *,
    request_id: str,
    checkout_id: str | None = None,
    **extra: object,
) -> dict[str, object]:
    """List what a problem says."""
    code = stable(code)
    kind = kind_of(code)
    body: dict[str, object] = {
        "type": f"{TYPES}/{code}",
        "title": kind.title,
        "status": int(kind.status),
        "detail": detail,
        "instance": f"/requests/{quote(request_id, safe='')}",
        "code": code,
        "retryable": kind.retryable,
        "request_id": request_id,
        "checkout_id": checkout_id,
        **extra,
    }
    return {name: value for name, value in body.items() if value not in (None, [], ())}


def written(
    code: str, content: Mapping[str, object], headers: Mapping[str, str] | None = None
) -> Response:
    """Send a problem's members, and whatever stands beside them."""
    kind = kind_of(code)
    return ProblemResponse(code, content, int(kind.status), _headers(kind, headers))


def _headers(kind: RefusalKind, headers: Mapping[str, str] | None) -> dict[str, str]:
    sent = dict(headers or {})
    if kind.retryable:
        sent.setdefault("Retry-After", str(kind.retry_after_seconds))
    if kind.status == HTTPStatus.UNAUTHORIZED:
        sent["WWW-Authenticate"] = "Bearer"
    return sent


class ProblemResponse(JSONResponse):
    """A problem on its way to the caller, of which we still know the code."""

    media_type = MEDIA_TYPE

    def __init__(
        self, code: str, content: Mapping[str, object], status: int, headers: Mapping[str, str]
    ) -> None:
        super().__init__(content, status, headers)
        self.code = code


def install(app: Starlette) -> None:
    """Answer everything that is raised on a route."""
    app.add_exception_handler(Refusal, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Unavailable, _unavailable)


def answer_refusal(request: Request, refusal: Refusal) -> Response:
    """Write a refusal of the door's own."""
    wait = refusal.retry_after_seconds
    headers = None if wait is None else {"Retry-After": str(wait)}
    return _answer(request, refusal.code, refusal.detail, headers, errors=refusal.errors)


def _answer(
    request: Request,
    code: str,
    detail: str,
    headers: Mapping[str, str] | None = None,
    **extra: object,
) -> Response:
    state = request.state
    return problem(
        code,
        detail,
        request_id=state.request_id,
        checkout_id=getattr(state, "checkout_id", None),
        headers=headers,
        **extra,
    )


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    return answer_refusal(request, error)


async def _unavailable(request: Request, error: Exception) -> Response:
    assert isinstance(error, Unavailable)
    code = error.code or "service_unavailable"
    return _answer(request, code, f"{error.message}; send the same request again")


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = _BY_STATUS.get(HTTPStatus(error.status_code), "internal_error")
    headers = {"Allow": _allowed(request)} if code == "method_not_allowed" else error.headers
    return _answer(request, code, kind_of(code).title.lower(), headers)


def _allowed(request: Request) -> str:
    """List what may be done at the address: Starlette names the methods of one route only."""
    routes = request.app.router.routes
    scopes = {method: {**request.scope, "method": method} for method in _METHODS}
    matches = (
        method
        for method, scope in scopes.items()
        if any(route.matches(scope)[0] is Match.FULL for route in routes)
    )
    return ", ".join(matches)


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    found = error.errors()
    if any(one["type"] == "json_invalid" for one in found):
        return _answer(request, "malformed_request", "the body is not JSON")
    errors = _deepest([_explained(one["loc"], one["type"], one["msg"]) for one in found])
    return _answer(request, "invalid_request", "the request does not fit its schema", errors=errors)


def _explained(loc: Sequence[str | int], type_: str, message: str) -> dict[str, str]:
    where, *path = loc
    detail = _DETAILS.get(type_, message).removeprefix("Value error, ")
    if where != "body":
        return {"pointer": "", "detail": f"{where} parameter {path[0] if path else ''}: {detail}"}
    return {"pointer": "".join(f"/{_escaped(str(part))}" for part in path), "detail": detail}


def _deepest(errors: list[dict[str, str]]) -> list[dict[str, str]]:
    """Leave out what only follows from an error further down, and what nobody reads."""
    pointers = [error["pointer"] for error in errors]
    return [
        error
        for error in errors
        if not error["pointer"]
        or not any(other.startswith(f"{error['pointer']}/") for other in pointers)
    ][:ERRORS_SHOWN]


def _escaped(part: str) -> str:
    return part.replace("~", "~0").replace("/", "~1")


# Pydantic's own words for these would repeat what was sent, or say less.
_DETAILS = {
    "extra_forbidden": "unknown field",
    "missing": "required",
    "union_tag_invalid": "unknown type",
}
