"""The outermost layer: request ids, size and media type, the log line, and no bare 500."""

import re
import secrets
import time
from http import HTTPStatus

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.metrics import Metrics
from api.problems import problem

MAX_BODY_BYTES = 256 * 1024
CALLBACKS = "/v1/callbacks/"
_REQUEST_ID = re.compile(r"[!-~]{1,128}")
_TRACE = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}.*")

_log = structlog.get_logger("tillsaga.api")


class Door:
    """Plain ASGI, since every till message passes here."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        visit = _Visit(scope, receive, send)
        try:
            refused = _refused(scope["method"], scope["path"], visit.headers)
            if refused is None:
                await self._app(scope, visit.receive, visit.send)
            else:
                await visit.refuse(*refused)
        except Exception as error:
            # Its text may hold what the till sent, so only its place is logged.
            _log.error("request_failed", **visit.facts(), error=type(error).__name__, at=_at(error))
            await visit.refuse("internal_error", "it failed; the same request may be sent again")
        finally:
            self._metrics.note(visit.operation, visit.status, visit.seconds)
            _log.info("request", **visit.facts())


class _Visit:
    """One request on its way through."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.headers = Headers(scope=scope)
        self.status = 0
        self._scope, self._receive, self._send = scope, receive, send
        self._started = time.monotonic()
        self._bytes = 0
        given = self.headers.get("x-request-id", "")
        self._state = scope.setdefault("state", {})
        self._state["arrived"] = self._started
        self._state["request_id"] = (
            given if _REQUEST_ID.fullmatch(given) else f"req_{secrets.token_hex(12)}"
        )

    @property
    def operation(self) -> str:
        """The route's name, which unlike the path holds nothing of the till's."""
        named = getattr(self._scope.get("route"), "operation_id", None)
        return named or self._state.get("operation") or "unmatched"

    @property
    def seconds(self) -> float:
        """How long it took until now."""
        return time.monotonic() - self._started

    async def receive(self) -> Message:
        """Count the body; a till that sends without Content-Length is stopped here."""
        message = await self._receive()
        self._bytes += len(message.get("body", b""))
        if self._bytes > MAX_BODY_BYTES:
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        return message

    async def send(self, message: Message) -> None:
        """Name the request in its answer."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            headers["X-Request-Id"] = self._state["request_id"]
            for name, value in self._state.get("answer_headers", {}).items():
                headers[name] = value
        await self._send(message)

    async def refuse(self, code: str, detail: str) -> None:
        """Answer with a problem, unless an answer is already on its way."""
        if self.status:
            return
        answer = problem(
            code,
            detail,
            request_id=self._state["request_id"],
            checkout_id=self._state.get("checkout_id"),
        )
        await answer(self._scope, self._receive, self.send)

    def facts(self) -> dict[str, object]:
        """Say what a log line may say: no path, no body, no header of the till's but its id."""
        trace = _TRACE.fullmatch(self.headers.get("traceparent", ""))
        return {
            "operation": self.operation,
            "method": self._scope["method"],
            "status": self.status,
            "ms": round(self.seconds * 1000, 1),
            "request_id": self._state["request_id"],
            "checkout_id": self._state.get("checkout_id"),
            "api_key": self._state.get("api_key"),
            "trace_id": trace and trace[1],
        }


def _refused(method: str, path: str, headers: Headers) -> tuple[str, str] | None:
    """Say what is wrong with a request before a byte of its body is read."""
    if not path.startswith("/v1/"):
        return None
    # Callbacks show a vendor's secret and are refused in the vendor's words, by their routes.
    is_bare = not headers.get("authorization", "").lower().startswith("bearer ")
    if is_bare and not path.startswith(CALLBACKS):
        return "unauthorized", "send Authorization: Bearer with an API key"
    length = headers.get("content-length", "0")
    if not length.isdigit():
        return "malformed_request", "Content-Length is not a number"
    if int(length) > MAX_BODY_BYTES:
        return "payload_too_large", f"at most {MAX_BODY_BYTES} bytes"
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    has_body = length != "0" or "transfer-encoding" in headers
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
