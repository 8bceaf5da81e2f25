"""One call to the Loyalty Engine: what a handler gets, and how it refuses."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from tillsaga.sandbox import wire
from tillsaga.sandbox.books import Books, Record

STATUSES = {
    "VALIDATION_ERROR": 400,
    "PAYLOAD_SCHEMA_MISMATCH": 400,
    "PII_NOT_ALLOWED": 400,
    "UNAUTHORIZED": 401,
    "FORBIDDEN": 403,
    "BENEFIT_EXPIRED": 403,
    "VOUCHER_NOT_REDEEMED": 403,
    "VOUCHER_ALREADY_BURNED": 403,
    "VOUCHER_EXPIRED": 403,
    "VOUCHER_WRONG_USER": 403,
    "VOUCHER_WRONG_VENUE": 403,
    "RECEIPTS_NOT_ENABLED": 403,
    "INTRINSIC_EVENT_NOT_REPORTABLE": 403,
    "USER_NOT_FOUND": 404,
    "BENEFIT_NOT_FOUND": 404,
    "VOUCHER_CODE_NOT_FOUND": 404,
    "EVENT_TYPE_NOT_FOUND": 404,
    "SUBJECT_NOT_FOUND": 404,
    "BENEFIT_ALREADY_REDEEMED": 409,
    "BENEFIT_BURNED": 409,
    "SUBMITTER_NOT_FOUND": 422,
    "RATE_LIMITED": 429,
    "INTERNAL_ERROR": 500,
    # The sandbox's own, where the sheet names the call but no refusal.
    "NOT_FOUND": 404,
    "METHOD_NOT_ALLOWED": 405,
    "EVENT_NOT_FOUND": 404,
    "REWARD_NOT_FOUND": 404,
    "SETTING_NOT_FOUND": 404,
    "INSUFFICIENT_POINTS": 403,
    "LIABILITY_REJECTED": 403,
}
"""HTTP statuses by error code (sheet 1 and 3)."""
RETRY_SECONDS = 1
BodyT = TypeVar("BodyT", bound=BaseModel)


class Refusal(Exception):
    """The engine says no; nothing of the request happened."""

    def __init__(self, code: str, message: str, details: list[Record] | None = None) -> None:
        """Refuse with a code of `STATUSES`."""
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.details = code, message, details


@dataclass(frozen=True)
class Caller:
    """Who asks: `kind` is anonymous, user or admin (sheet 1, access levels)."""

    tenant: str
    kind: str = "anonymous"
    user: str | None = None
    may_write: bool = True
    receipts: bool = True


@dataclass(frozen=True)
class Call:
    """What a handler gets to work with."""

    books: Books
    caller: Caller
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Record = field(default_factory=dict)
    switches: Mapping[str, Any] = field(default_factory=dict)

    @property
    def tenant(self) -> str:
        """Name the tenant whose key was sent."""
        return self.caller.tenant

    def now(self) -> str:
        """Answer the present moment as it is stored and sent."""
        return present(self.books)

    def form(self, model: type[BodyT]) -> BodyT:
        """Read the body strictly: a text is no number, and null is no absence."""
        return read(model, self.body, strict=True)


@dataclass(frozen=True)
class Operation(wire.Operation[Call]):
    """An operation with who may ask: `access` is public, user or admin.

    `meanwhile` is what may happen just before in another till's request.
    """

    access: str = "admin"
    meanwhile: Callable[[Call], None] | None = None


def read(model: type[BodyT], values: Mapping[str, Any], *, strict: bool) -> BodyT:
    """Read values into a model, else refuse with `VALIDATION_ERROR` and where it is wrong."""
    try:
        return model.model_validate(dict(values), strict=strict)
    except ValidationError as wrong:
        details = [
            {"path": ".".join(map(str, one["loc"])), "message": one["msg"]}
            for one in wrong.errors()
        ]
        raise Refusal("VALIDATION_ERROR", "the request is not valid", details) from wrong


def iso(moment: datetime) -> str:
    """Write a moment as the engine does: UTC with milliseconds (sheet 1, timestamps)."""
    text = moment.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def present(books: Books) -> str:
    """Answer the clock's moment as it is stored and sent."""
    return iso(books.clock.exactly())


def error_reply(code: str, message: str, details: list[Record] | None = None) -> wire.Reply:
    """Say no in the error envelope of sheet 1."""
    status = STATUSES.get(code, 400)
    envelope: Record = {"status": "error", "error": code, "message": message}
    headers = {"Retry-After": str(RETRY_SECONDS)} if code == "RATE_LIMITED" else {}
    return in_utf8(
        wire.json_reply(status, envelope | {"details": details} if details else envelope, headers)
    )


def in_utf8(reply: wire.Reply) -> wire.Reply:
    """Declare the charset (sheet 1, content type)."""
    return wire.Reply(reply.status, reply.body, "application/json; charset=utf-8", reply.headers)
