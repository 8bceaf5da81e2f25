"""The one place where a vendor's HTTP answer, or its absence, gets a name.

| what happened                                             | a call that changes | a read    |
|-----------------------------------------------------------|---------------------|-----------|
| 2xx with JSON; 204                                        | the JSON; None      | the same  |
| no connection (refused, DNS, TLS, connect or pool timeout)| `NotSent`           | `NotSent` |
| not asked, since the vendor has not answered lately       | `NotSent`           | `NotSent` |
| 429                                                       | `NotSent`           | `NotSent` |
| timeout, disconnect, 5xx, 3xx, 2xx without JSON           | `AnswerLost`        | `NotSent` |
| other 4xx, or 501, that the vendor's `rejection` knows    | what it says        | the same  |
| other 4xx (a proxy's page, a wrong route)                 | `AnswerLost`        | `NotSent` |

A read never leaves a doubt: however it fails, nothing was done. An unknown 4xx page leaves one,
because a proxy may write it after it has passed the call on.
"""

import asyncio
import json
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache
from ssl import SSLContext
from typing import Any

import httpx
from pydantic import JsonValue

from tillsaga.connectors.calls import noted
from tillsaga.connectors.circuit import Circuit, LeftAlone, Unusable
from tillsaga.domain import correlation
from tillsaga.domain.privacy import ERASED
from tillsaga.errors import AnswerLost, NotSent, Refused, Unavailable

# httpx logs every URL at INFO, and queries carry card codes and e-mail addresses.
logging.getLogger("httpx").addFilter(lambda _: False)

Query = Mapping[str, str | int]
Rejection = Callable[[int, JsonValue], Exception | None]
"""A vendor's reading of a 4xx or 501 (status; JSON, plain text or None); None: not its answer."""

SHORTEST_IDLE = 4.0
"""Seconds to keep an idle connection: less than servers do, or a call meets a closed one."""

LONGEST_WAIT = timedelta(hours=1)

OUTCOMES: Mapping[type[Exception], type[Unavailable]] = {
    # nothing has left this machine
    httpx.ConnectTimeout: NotSent,
    httpx.PoolTimeout: NotSent,
    httpx.ConnectError: NotSent,
    httpx.ProxyError: NotSent,
    httpx.UnsupportedProtocol: NotSent,
    httpx.InvalidURL: NotSent,
    # part or all of the request has, or may have
    httpx.ReadTimeout: AnswerLost,
    httpx.WriteTimeout: AnswerLost,
    httpx.TimeoutException: AnswerLost,
    httpx.ReadError: AnswerLost,
    httpx.WriteError: AnswerLost,
    httpx.CloseError: AnswerLost,
    httpx.NetworkError: AnswerLost,
    httpx.LocalProtocolError: AnswerLost,
    httpx.RemoteProtocolError: AnswerLost,
    httpx.ProtocolError: AnswerLost,
    httpx.TransportError: AnswerLost,
    # an answer came, and cannot be used
    httpx.DecodingError: AnswerLost,
    httpx.TooManyRedirects: AnswerLost,
    httpx.RequestError: AnswerLost,
    httpx.HTTPStatusError: AnswerLost,
    httpx.HTTPError: AnswerLost,
    httpx.CookieConflict: AnswerLost,
    httpx.StreamConsumed: AnswerLost,
    httpx.StreamClosed: AnswerLost,
    httpx.ResponseNotRead: AnswerLost,
    httpx.RequestNotRead: AnswerLost,
    httpx.StreamError: AnswerLost,
}

_deadline: ContextVar[float | None] = ContextVar("deadline", default=None)


@cache
def _tls() -> SSLContext:
    return httpx.create_ssl_context()


class _Unusable(Unusable):
    """Why there was no usable answer, and what that means for a call that changes something."""

    def __init__(self, named: type[Unavailable], words: str, wait: timedelta | None = None) -> None:
        super().__init__(words)
        self.named, self.words, self.wait = named, words, wait


class VendorHttp:
    """One vendor's kept-alive connections. Sends once: retrying is Temporal's work."""

    def __init__(
        self,
        vendor: str,
        base_url: str,
        headers: Mapping[str, str],
        timeout: timedelta,
        rejection: Rejection,
        circuit: Circuit,
    ) -> None:
        """Take the vendor's name for messages, and the longest time that a budget may last."""
        self._vendor = vendor
        self._circuit = circuit
        self._seconds = timeout.total_seconds()
        self._rejection = rejection
        # Half of it for a connection, so that "could not connect" is told from "no answer".
        limits = httpx.Timeout(self._seconds, connect=self._seconds / 2, pool=self._seconds / 2)
        self._client = httpx.AsyncClient(
            base_url=base_url.rstrip("/") + "/",
            headers={"Accept": "application/json", **headers},
            timeout=limits,
            limits=httpx.Limits(max_connections=100, keepalive_expiry=SHORTEST_IDLE),
            verify=_tls(),
            follow_redirects=False,
        )

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    @contextmanager
    def budget(self) -> Iterator[None]:
        """Let all calls inside share one timeout; an outer budget stays in force."""
        if _deadline.get() is not None:
            yield
            return
        token = _deadline.set(asyncio.get_running_loop().time() + self._seconds)
        try:
            yield
        finally:
            _deadline.reset(token)

    async def send(
        self,
        method: str,
        path: str,
        *,
        changes: bool,
        params: Query | None = None,
        body: JsonValue = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> JsonValue:
        """Send once and answer the JSON of a 2xx.

        Args:
            method: The HTTP method.
            path: Below the base URL, its parts already quoted; or an absolute URL.
            changes: Whether the call may change something at the vendor.
            params: The query.
            body: The JSON body; None sends none.
            content: The body in bytes, for a vendor that wants JSON written its own way.
            headers: Of this call alone: a token that is fetched, a signature.

        Raises:
            NotSent: the vendor surely did nothing; `retry_after` if it said when to come back.
            AnswerLost: the vendor may have done it.
            Refused: `member_erased`: it would name a customer who was erased; `foreign_host`: the
                address is not the vendor's. Nothing was sent.
            Exception: whatever the vendor's `rejection` makes of a 4xx.
        """
        _refuse_erased(path, params, body, content)
        try:
            with noted(self._vendor, method, self._client.base_url.host) as call:
                async with self._circuit.watched():
                    carried = {**correlation.headers(), **(headers or {})}
                    response = await self._answer_to(
                        method, path, params=params, json=body, content=content, headers=carried
                    )
                    call.status = response.status_code
                    return self._read(response, changes)
        except LeftAlone:
            failure: Unavailable = NotSent(f"{self._vendor} has not answered lately: not asked")
        except _Unusable as unusable:
            failure = self._failure(changes, unusable.named, unusable.words, unusable.wait)
        # Raised out here: the cause would carry the URL and the Authorization header along.
        raise failure

    async def _answer_to(self, method: str, path: str, **said: Any) -> httpx.Response:
        try:
            async with asyncio.timeout_at(self._ends()):
                request = self._client.build_request(method, path, **said)
                self._insist_on_host(request.url)
                return await self._client.send(request)
        except TimeoutError:
            raise _Unusable(AnswerLost, "did not answer in time") from None
        except tuple(OUTCOMES) as lost:
            named = OUTCOMES.get(type(lost), AnswerLost)
            raise _Unusable(named, f"gave no answer ({type(lost).__name__})") from None

    def _insist_on_host(self, url: httpx.URL) -> None:
        """Keep the vendor's credentials from any other host, whoever wrote the address."""
        ours = self._client.base_url
        if (url.scheme, url.host, url.port) != (ours.scheme, ours.host, ours.port):
            raise Refused(f"{self._vendor}: the address leads to another host", code="foreign_host")

    def _ends(self) -> float:
        now = asyncio.get_running_loop().time()
        ends = _deadline.get()
        if ends is None:
            return now + self._seconds
        if ends <= now:
            raise NotSent(f"{self._vendor}: no time was left to ask")
        return ends

    def _read(self, response: httpx.Response, changes: bool) -> JsonValue:
        status = response.status_code
        wait = retry_after(response.headers.get("Retry-After"), datetime.now(UTC))
        if status == httpx.codes.TOO_MANY_REQUESTS:
            raise NotSent(f"{self._vendor} asks us to wait", retry_after=wait)
        body = _json(response.content)
        if response.is_success and (body is not None or status == httpx.codes.NO_CONTENT):
            return body
        # A 501 is the one 5xx that says by itself that nothing was done.
        if response.is_client_error or status == httpx.codes.NOT_IMPLEMENTED:
            rejected = self._rejection(status, _plain_text(response) if body is None else body)
            if isinstance(rejected, Unavailable):
                raise self._failure(changes, type(rejected), rejected.message)
            if rejected is not None:
                raise rejected
        raise _Unusable(AnswerLost, f"gave no usable answer (HTTP {status})", wait)

    def _failure(
        self, changes: bool, named: type[Unavailable], words: str, wait: timedelta | None = None
    ) -> Unavailable:
        kind = named if changes else NotSent
        return kind(f"{self._vendor} {words}", retry_after=wait)


def _refuse_erased(*sent: object) -> None:
    """A customer who was erased cannot be named to a vendor any more: a person must see to it."""
    if any(ERASED.search(str(part)) for part in sent):
        raise Refused("the customer's data was erased", code="member_erased")


def _json(content: bytes) -> JsonValue:
    try:
        value: JsonValue = json.loads(content)
    except ValueError:
        return None
    return value


def _plain_text(response: httpx.Response) -> str | None:
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    return response.text or None if kind == "text/plain" else None


def retry_after(header: str | None, now: datetime) -> timedelta | None:
    """Read a Retry-After header: seconds or an HTTP date; at most an hour.

    >>> retry_after("7", datetime(2026, 3, 1, tzinfo=UTC))
    datetime.timedelta(seconds=7)
    """
    if not header:
        return None
    if header.isascii() and header.isdigit():
        return timedelta(seconds=min(int(header[:9]), LONGEST_WAIT.total_seconds()))
    try:
        at = parsedate_to_datetime(header)
    except ValueError:
        return None
    aware = at if at.tzinfo else at.replace(tzinfo=UTC)
    return min(max(aware - now, timedelta(0)), LONGEST_WAIT)
