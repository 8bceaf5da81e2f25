"""One signed POST to one endpoint: no redirects, no proxies, little patience, no curiosity.

On httpcore rather than httpx, which offers no way to say what may be connected to; it follows no
redirect and knows no proxy and no cookie.
"""

import asyncio
import ssl
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpcore
import httpx
import structlog

from tillsaga.domain.webhooks import Answer, Endpoint
from tillsaga.webhooks.guard import (
    Address,
    ForbiddenAddress,
    GuardedNetwork,
    Resolve,
    is_near,
    is_public,
    literal,
    resolve,
)
from tillsaga.webhooks.signing import headers

ATTEMPT_SECONDS = 15.0
CONNECT_SECONDS = 5.0
BODY_SECONDS = 2.0
MOST_OF_A_BODY = 4096
"""Bytes that are read, and thrown away, so that the connection may be used again."""

_log = structlog.get_logger("tillsaga.webhooks")


@dataclass(frozen=True)
class Target:
    """An endpoint with what only the sender may know."""

    endpoint: Endpoint
    secrets: tuple[str, ...]
    allow_private: bool = False


class HttpSender:
    """Fills the port `Sender`. One pool per endpoint, opened on first use."""

    def __init__(
        self,
        targets: Sequence[Target],
        *,
        resolve: Resolve = resolve,
        patience: float = ATTEMPT_SECONDS,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Take the endpoints.

        Args:
            targets: All that may be sent to.
            resolve: The resolver of names.
            patience: Seconds for a whole attempt, well below the activity's time.
            now: The time that attempts are signed with.
        """
        self._targets = {target.endpoint.id: target for target in targets}
        self._resolve = resolve
        self._patience = patience
        self._now = now
        self._pools: dict[str, httpcore.AsyncConnectionPool] = {}
        self.outcomes: Counter[str] = Counter()
        """Attempts by how they ended, since the process began."""

    async def aclose(self) -> None:
        """Close all connections."""
        for pool in self._pools.values():
            await pool.aclose()

    async def send(self, endpoint_id: str, delivery_id: str, body: bytes) -> Answer:
        """Post it once; whatever goes wrong is an answer without a status."""
        target = self._targets[endpoint_id]
        try:
            async with asyncio.timeout(self._patience):
                answer = await self._post(target, delivery_id, body)
        except ForbiddenAddress as forbidden:
            answer = Answer(trouble=str(forbidden))
        except (TimeoutError, httpcore.TimeoutException):
            answer = Answer(trouble="no answer in time")
        except (httpcore.NetworkError, httpcore.ProtocolError, ssl.SSLError, OSError) as lost:
            answer = Answer(trouble=f"no answer: {type(lost).__name__}")
        self.outcomes["delivered" if answer.is_good else "failed"] += 1
        _log.info(
            "webhook_attempt",
            delivery=delivery_id,
            endpoint=endpoint_id,
            outcome=answer.in_words,
        )
        return answer

    async def _post(self, target: Target, delivery_id: str, body: bytes) -> Answer:
        sent = {
            "content-type": "application/json",
            "user-agent": "Tillsaga-Webhooks",
            **headers(delivery_id, self._now(), body, target.secrets),
        }
        timeouts = {"connect": CONNECT_SECONDS, "pool": self._patience}
        async with self._pool(target).stream(
            "POST",
            _url(target.endpoint.url),
            headers=[(name.encode(), value.encode()) for name, value in sent.items()],
            content=body,
            extensions={"timeout": timeouts},
        ) as response:
            answer = Answer(status=response.status, retry_after=_retry_after(response))
            await _drain(response)
        return answer

    def _pool(self, target: Target) -> httpcore.AsyncConnectionPool:
        known = self._pools.get(target.endpoint.id)
        if known is None:
            network = GuardedNetwork(_allowing(target), self._resolve)
            known = httpcore.AsyncConnectionPool(network_backend=network, keepalive_expiry=2)
            self._pools[target.endpoint.id] = known
        return known


def _allowing(target: Target) -> Callable[[Address], bool]:
    if target.allow_private:
        return is_near
    host = literal(httpx.URL(target.endpoint.url).host)
    if host is not None and host.is_loopback:
        # It stands in the configuration as an address, so no name can have led there.
        return lambda address: address == host
    return is_public


async def _drain(response: httpcore.Response) -> None:
    """Read a little of the body. A long one, a slow one or a torn one changes no answer."""
    read = 0
    with suppress(TimeoutError, httpcore.NetworkError, httpcore.ProtocolError):
        async with asyncio.timeout(BODY_SECONDS):
            async for part in response.aiter_stream():
                read += len(part)
                if read > MOST_OF_A_BODY:
                    return


def _url(url: str) -> httpcore.URL:
    """Write a host beyond ASCII as DNS knows it."""
    parts = httpx.URL(url)
    return httpcore.URL(
        scheme=parts.raw_scheme, host=parts.raw_host, port=parts.port, target=parts.raw_path
    )


def _retry_after(response: httpcore.Response) -> timedelta | None:
    for name, value in response.headers:
        if name.lower() == b"retry-after" and value.isdigit() and len(value) < 9:
            return timedelta(seconds=int(value))
    return None
