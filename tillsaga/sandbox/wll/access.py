"""Who may call: tenant keys, admin and user tokens, and the rate limit (sheet 1)."""

import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from tillsaga.sandbox.books import Books, Clock, Record
from tillsaga.sandbox.wire import Asked
from tillsaga.sandbox.wll.call import Call, Caller, Operation, Refusal, iso, present
from tillsaga.sandbox.wll.forms import TokenRequest

TOKEN_SECONDS = 86_400
"""An admin token lives 24 h."""
REQUESTS_PER_SECOND = 100


class RateLimit:
    """A bucket per key: `burst` requests at once, refilled at 100 a second of the clock."""

    def __init__(self, clock: Clock) -> None:
        """Start with every bucket full."""
        self._clock = clock
        self._used: dict[str, tuple[float, float]] = {}

    def clear(self) -> None:
        """Fill every bucket."""
        self._used.clear()

    def count(self, key: str, burst: int | None) -> None:
        """Count a request, or refuse it with `RATE_LIMITED`."""
        if burst is None:
            return
        now = self._clock.exactly().timestamp()
        used, then = self._used.get(key, (0.0, now))
        used = max(0.0, used - (now - then) * REQUESTS_PER_SECOND)
        if used + 1 > burst:
            raise Refusal("RATE_LIMITED", "too many requests with this key")
        self._used[key] = (used + 1, now)


def admit(books: Books, asked: Asked, operation: Operation) -> Caller:
    """Tell who calls, or refuse: 401 for who it is, 403 for what it may.

    An Authorization header that is sent must be good, even where none is needed.
    """
    key = asked.headers.get("x-api-key", "")
    tenant = books.one("SELECT * FROM wll_tenants WHERE api_key = ?", key)
    if tenant is None:
        raise Refusal("UNAUTHORIZED", "X-Api-Key is missing or unknown")
    caller = _caller(books, asked, tenant)
    if operation.access != "public" and caller.kind == "anonymous":
        raise Refusal("FORBIDDEN", "the key alone does not do here")
    if operation.access == "admin" and caller.kind == "user":
        raise Refusal("FORBIDDEN", "only for admin tokens")
    if not caller.may_write and asked.method != "GET":
        raise Refusal("FORBIDDEN", "the token may only read")
    return caller


def _caller(books: Books, asked: Asked, tenant: Record) -> Caller:
    if "authorization" not in asked.headers:
        return Caller(tenant["name"], receipts=tenant["receipts"])
    kind, _, token = asked.headers["authorization"].partition(" ")
    held = books.one("SELECT * FROM wll_tokens WHERE token = ?", token.strip())
    expired = held and held["expires_at"] and held["expires_at"] <= present(books)
    if kind.lower() != "bearer" or held is None or expired:
        raise Refusal("UNAUTHORIZED", "the token is unknown or expired")
    if held["tenant"] != tenant["name"]:
        raise Refusal("FORBIDDEN", "the token is for another tenant")
    return Caller(tenant["name"], held["kind"], held["user"], held["may_write"], tenant["receipts"])


def issue_token(call: Call) -> Record:
    """Trade client id and secret for an admin token; the answer has no envelope."""
    form = call.form(TokenRequest)
    client = call.books.one("SELECT * FROM wll_clients WHERE client_id = ?", form.client_id)
    if client is None or client["secret"] != form.client_secret:
        raise Refusal("UNAUTHORIZED", "client authentication failed")
    if form.audience != call.switches["audience"]:
        raise Refusal("FORBIDDEN", "the client may not call this audience")
    ends = call.books.clock.exactly() + timedelta(seconds=TOKEN_SECONDS)
    token = secrets.token_urlsafe(24)
    add_token(
        call.books,
        token,
        client["tenant"],
        may_write=client["may_write"],
        client=client["client_id"],
        expires_at=iso(ends),
    )
    scope = "read write" if client["may_write"] else "read"
    known = {"token_type": "Bearer", "expires_in": TOKEN_SECONDS, "scope": scope}
    return {"access_token": token} | known


def add_token(books: Books, token: str, tenant: str, **known: Any) -> None:
    """Make a token valid; an admin's that may write and never ends, unless told otherwise."""
    defaults: Mapping[str, Any] = {"kind": "admin", "may_write": True, "issued_at": present(books)}
    books.insert("wll_tokens", token=token, tenant=tenant, **(dict(defaults) | known))


TOKEN = Operation("oauth.token", "POST", "/oauth/token", issue_token, access="public")
