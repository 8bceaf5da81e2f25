"""The pages are a till like any other: what they do, they ask of our own API, in this process."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

import httpx
from starlette.types import ASGIApp, Receive, Scope, Send

from api.dependencies import SIGNED_IN
from tillsaga.domain import origin
from tillsaga.domain.model import Json
from tillsaga.records.apikeys import KeyHolder

_BEARER = "Bearer of-the-session"
"""The door insists on a header of this form; who it is stands in the request's scope."""


@dataclass(frozen=True)
class Call:
    """One request to the API, and its answer; `body` of an answer without JSON is empty."""

    method: str
    path: str
    sent: Json | None
    key: str | None
    status: int
    body: Json
    headers: Mapping[str, str]

    @property
    def is_ok(self) -> bool:
        """Whether it was done, or is being done."""
        return self.status < 400


class OwnApi:
    """Asks as the person who has signed in: with the scopes and stores of their key."""

    def __init__(self, app: ASGIApp, holder: KeyHolder) -> None:
        self._app = app
        self._holder = holder

    async def get(self, path: str, accept: str = "application/json") -> Call:
        """Ask."""
        return await self._send("GET", path, None, None, {"Accept": accept})

    async def send(
        self, method: str, path: str, body: Json | None = None, key: str | None = None
    ) -> Call:
        """Change something; the same `key` again gets the first answer again."""
        key = key or str(uuid.uuid4())
        return await self._send(method, path, body, key, {"Idempotency-Key": key})

    async def _send(
        self, method: str, path: str, body: Json | None, key: str | None, headers: dict[str, str]
    ) -> Call:
        transport = httpx.ASGITransport(self._as_holder)
        async with httpx.AsyncClient(transport=transport, base_url="http://tillsaga") as client:
            sent = {"Authorization": _BEARER, **_on_behalf(), **headers}
            answer = await client.request(method, path, json=body, headers=sent, timeout=None)
        is_json = answer.headers.get("content-type", "").partition(";")[0].endswith("json")
        said = answer.json() if is_json else {"text": answer.text}
        return Call(method, path, body, key, answer.status_code, said, answer.headers)

    async def _as_holder(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope[SIGNED_IN] = self._holder
        await self._app(scope, receive, send)


def _on_behalf() -> dict[str, str]:
    """What is asked for a page's request has its id and is a part of its trace."""
    asking = origin.current()
    named = {"X-Request-Id": asking.request_id, "traceparent": asking.traceparent}
    return {name: value for name, value in named.items() if value}
