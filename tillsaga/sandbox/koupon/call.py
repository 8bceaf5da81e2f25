"""One call to Koupon: what a handler gets, and how it refuses."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tillsaga.sandbox.books import Books
from tillsaga.sandbox.koupon.signing import Signed
from tillsaga.sandbox.wire import Reply, json_reply

STATUSES = {
    "SIGNATURE_MISSING": 401,
    "SIGNATURE_INVALID": 401,
    "IDENTIFIER_UNKNOWN": 401,
    "TIMESTAMP_EXPIRED": 401,
    "NO_REDEMPTIONS": 403,
    "NOT_FOUND": 404,
    "METHOD_NOT_ALLOWED": 405,
    "NOT_ACCEPTABLE": 406,
    "SERVER_ERROR": 500,
    "UNAVAILABLE": 503,
}
"""HTTP statuses by error code (sheet 1, 2 and 3.1); every other code is 400.

`NO_REDEMPTIONS` and the codes of 404, 405 and 406 are the sandbox's own: the sheet gives
these statuses, but no code.
"""
CODES = {
    401: "SIGNATURE_INVALID",
    403: "NO_REDEMPTIONS",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    406: "NOT_ACCEPTABLE",
    500: "SERVER_ERROR",
    502: "UNAVAILABLE",
    503: "UNAVAILABLE",
}
"""Error codes by HTTP status, for faults that name a status."""
NO_REDEMPTIONS = "No Redemptions to Void"
"""The whole plain text of the 403 that is no JSON (sheet 1)."""


class Refusal(Exception):
    """Koupon says no to the whole request; nothing of it happened."""

    def __init__(self, code: str, message: str) -> None:
        """Refuse with one of the codes of the sheet."""
        super().__init__(f"{code}: {message}")
        self.code, self.message = code, message


@dataclass(frozen=True)
class Call:
    """What a handler gets to work with."""

    books: Books
    signed: Signed
    body: bytes
    switches: Mapping[str, Any]


def refusal(code: int | str, message: str | None, version: str) -> Reply:
    """Say no: the error body of sheet 1, or the plain text that goes with 403.

    Args:
        code: An error code, or an HTTP status from 400 on.
        message: What to say; a text of our own when there is none.
        version: The `version` to claim.
    """
    status = code if isinstance(code, int) else STATUSES.get(code, 400)
    status = status if 400 <= status <= 599 else 400
    name = CODES.get(status, "INVALID_REQUEST") if isinstance(code, int) else code
    if name == "NO_REDEMPTIONS":
        return Reply(status, (message or NO_REDEMPTIONS).encode(), "text/plain")
    text = message or "the request was refused"
    return json_reply(status, {"version": version, "errorCode": name, "errorMessage": text})
