"""The outermost layer: what no route should have to think of.

Request ids, the size and shape of what comes in, headers of all answers, the log line, and no
bare 500.
"""

import asyncio
import re
import secrets
import time
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from urllib.parse import unquote_plus

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.metrics import Metrics
from api.problems import problem
from api.strict_json import cleaned, is_clean_address
from tillsaga import tracing
from tillsaga.domain import origin
from tillsaga.domain.origin import Origin
from tillsaga.errors import Refusal
from tillsaga.redaction import redacted
from tillsaga.tracing import Span

MAX_BODY_BYTES = 256 * 1024
BODY_SECONDS = 10.0
"""How long a request's body may take."""
MAX_HEADERS, MAX_HEADER_BYTES = 64, 16 * 1024
CALLBACKS = "/v1/callbacks/"
_REQUEST_ID = re.compile(r"[!-~]{1,128}")
_ONCE = {
    *("authorization", "host", "content-length", "content-type", "transfer-encoding"),
    *("idempotency-key", "if-match"),
}
"""Headers that two readers must not read differently."""
_OF_ALL_ANSWERS = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
_NO_PAGE = "default-src 'none'; frame-ancestors 'none'"
_UNTRACED = ("/healthz", "/readyz", "/metrics")

_log = structlog.get_logger("tillsaga.api")


class Door:
    """Plain ASGI, since every till message passes here."""

    def __init__(self, app: ASGIApp, metrics: Metrics, draining: asyncio.Event) -> None:
        self._app = app
        self._metrics = metrics
        self._draining = draining

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        visit = _Visit(scope, receive, send, is_last=self._draining.is_set)
        with origin.following(visit.origin), _span(scope["path"]) as span:
            await self._serve(scope, visit)
            span.call(visit.operation)
            span.say(**visit.span_facts())
            if visit.status >= 500:
                span.fail(f"http_{visit.status}")

    async def _serve(self, scope: Scope, visit: "_Visit") -> None:
        try:
            refused = _refused(scope, visit.headers)
            if refused is None:
                await visit.take_body()
                await self._app(scope, visit.receive, visit.send)
            else:
                await visit.refuse(*refused)
        except _Gone:
            pass  # nobody is left to answer
        except Refusal as refusal:
            await visit.refuse(refusal.code, refusal.detail, refusal.errors)
        except Exception as error:
            if visit.status and _is_hang_up(error):
                return  # a stream that its listener has left
            # Its text may hold what the till sent, so only its place is logged.
            _log.error("request_failed", **visit.facts(), error=type(error).__name__, at=_at(error))
            await visit.refuse("internal_error", "it failed; the same request may be sent again")
        finally:
            self._metrics.note(visit.operation, visit.status, visit.seconds)
            _log.info("request", **visit.facts())


def _span(path: str) -> AbstractContextManager[Span]:
    """Trace a request, unless it only asks how the process is."""
    return nullcontext(Span()) if path in _UNTRACED else tracing.span("request", "server")


class _Visit:
    """One request on its way through."""

    def __init__(
        self, scope: Scope, receive: Receive, send: Send, is_last: Callable[[], bool]
    ) -> None:
        self.headers = Headers(scope=scope)
        self._is_last = is_last
        self.status = 0
        self._scope, self._receive, self._send = scope, receive, send
        self._started = time.monotonic()
        self._body: bytes | None = None
        given = self.headers.get("x-request-id", "")
        self._state = scope.setdefault("state", {})
        self._state["arrived"] = self._started
        self._state["request_id"] = (
            given if _REQUEST_ID.fullmatch(given) else f"req_{secrets.token_hex(12)}"
        )
        trace = origin.accepted(self.headers.get("traceparent"))
        self.origin = Origin(self._state["request_id"], trace)

    @property
    def operation(self) -> str:
        """The route's name, which unlike the path holds nothing of the till's."""
        named = getattr(self._scope.get("route"), "operation_id", None)
        return named or self._state.get("operation") or "unmatched"

    @property
    def seconds(self) -> float:
        """How long it took until now."""
        return time.monotonic() - self._started

    async def take_body(self) -> None:
        """Read the whole body before anybody works with it; it is never large.

        Raises:
            Refusal: `payload_too_large`, `request_timeout`, or what is wrong with its JSON.
        """
        if not _has_body(self.headers):
            return
        try:
            async with asyncio.timeout(BODY_SECONDS):
                body = await self._whole_body()
        except TimeoutError:
            raise Refusal("request_timeout", f"a body has {BODY_SECONDS:g} s") from None
        path = self._scope["path"]
        # A vendor's callback is read tolerantly, by its route; the codec reads protobuf's JSON.
        is_ours = path.startswith("/v1/") and not path.startswith(CALLBACKS)
        self._body = cleaned(body) if is_ours and body else body

    async def _whole_body(self) -> bytes:
        body, more = bytearray(), True
        while more:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise _Gone
            body += message.get("body", b"")
            if len(body) > MAX_BODY_BYTES:
                raise Refusal("payload_too_large", f"at most {MAX_BODY_BYTES} bytes")
            more = message.get("more_body", False)
        return bytes(body)

    async def receive(self) -> Message:
        """Hand the body on, once."""
        if self._body is None:
            return await self._receive()
        body, self._body = self._body, None
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(self, message: Message) -> None:
        """Name the request in its answer."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            headers["X-Request-Id"] = self._state["request_id"]
            if self._is_last():  # the caller's next request is for a process that stays
                headers["Connection"] = "close"
            self._protect(headers)
            for name, value in self._state.get("answer_headers", {}).items():
                headers[name] = value
        await self._send(message)

    def _protect(self, headers: MutableHeaders) -> None:
        """Keep answers out of caches, frames and referrers, and browsers from guessing."""
        for name, value in _OF_ALL_ANSWERS.items():
            headers.setdefault(name, value)
        if not self._scope["path"].startswith(("/v1/", "/codec/")):
            return
        headers["Cache-Control"] = "no-store"
        if not headers.get("content-type", "").startswith("text/html"):
            headers.setdefault("Content-Security-Policy", _NO_PAGE)

    async def refuse(
        self, code: str, detail: str, errors: list[dict[str, str]] | None = None
    ) -> None:
        """Answer with a problem, unless an answer is already on its way."""
        if self.status:
            return
        answer = problem(
            code,
            detail,
            request_id=self._state["request_id"],
            checkout_id=self._state.get("checkout_id"),
            # What is left of the body is not waited for.
            headers={"Connection": "close"} if code in _UNREAD else None,
            errors=errors,
        )
        await answer(self._scope, self._receive, self.send)

    def facts(self) -> dict[str, object]:
        """Say what a log line may say: no path, no body, no header of the till's but its id."""
        return {
            "operation": self.operation,
            "method": self._scope["method"],
            "status": self.status,
            "ms": round(self.seconds * 1000, 1),
            "request_id": self._state["request_id"],
            "checkout_id": self._state.get("checkout_id"),
            "api_key": self._state.get("api_key"),
            "trace_id": origin.current().trace_id,
        }

    def span_facts(self) -> dict[str, str | int | None]:
        """Say what a span may say."""
        return {
            "method": self._scope["method"],
            "status": self.status,
            "request_id": redacted(self._state["request_id"]),
            "checkout_id": self._state.get("checkout_id"),
        }


class _Gone(Exception):
    """The caller hung up."""


def _is_hang_up(error: BaseException) -> bool:
    """Whether it says no more than that nobody takes the rest of an answer."""
    if isinstance(error, BaseExceptionGroup):
        return all(_is_hang_up(inner) for inner in error.exceptions)
    return type(error).__name__ in ("BrokenResourceError", "ClosedResourceError")


_UNREAD = ("payload_too_large", "request_timeout")


def _has_body(headers: Headers) -> bool:
    return headers.get("content-length", "0") != "0" or "transfer-encoding" in headers


def _abused(headers: Headers) -> tuple[str, str] | None:
    """Say what no honest caller does with headers."""
    if len(headers.raw) > MAX_HEADERS:
        return "headers_too_large", f"at most {MAX_HEADERS} headers"
    if sum(len(name) + len(value) for name, value in headers.raw) > MAX_HEADER_BYTES:
        return "headers_too_large", f"at most {MAX_HEADER_BYTES} bytes of headers"
    times = Counter(headers.keys())
    if any(times[name] > 1 for name in _ONCE):
        return "malformed_request", "a header stands twice that may stand once"
    if "content-length" in headers and "transfer-encoding" in headers:
        return "malformed_request", "send Content-Length or Transfer-Encoding, not both"
    return None


def _refused(scope: Scope, headers: Headers) -> tuple[str, str] | None:
    """Say what is wrong with a request before a byte of its body is read."""
    method, path = scope["method"], scope["path"]
    if abused := _abused(headers):
        return abused
    if not is_clean_address(path + unquote_plus(scope["query_string"].decode("latin-1"))):
        return "malformed_request", "the address holds characters that no id has"
    if not path.startswith("/v1/"):
        return None
    # Callbacks show a vendor's secret and are refused in the vendor's words, by their routes.
    is_bare = not headers.get("authorization", "").lower().startswith("bearer ")
    if is_bare and not path.startswith(CALLBACKS):
        return "unauthorized", "send Authorization: Bearer with an API key"
    length = headers.get("content-length", "0")
    if not (length.isascii() and length.isdigit() and len(length) < 16):
        return "malformed_request", "Content-Length is not a number"
    if int(length) > MAX_BODY_BYTES:
        return "payload_too_large", f"at most {MAX_BODY_BYTES} bytes"
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    has_body = _has_body(headers)
    if has_body and headers.get("content-encoding", "identity").lower() != "identity":
        return "unsupported_media_type", "send the body as it is, without Content-Encoding"
    if method in ("POST", "PUT", "PATCH") and has_body and media_type != "application/json":
        return "unsupported_media_type", "send application/json"
    return None


def _at(error: BaseException) -> list[str]:
    places = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        places.append(f"{code.co_filename.rpartition('/')[2]}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return places[-5:]
