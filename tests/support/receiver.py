"""An integrator's endpoint: it verifies with the reference library and keeps what it got."""

import asyncio
import base64
import json
import socket
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


def secret(word: str) -> str:
    """A signing secret."""
    return "whsec_" + base64.b64encode(word.encode().ljust(32, b".")).decode()


@dataclass(frozen=True)
class Got:
    """One message whose signature was right."""

    id: str
    timestamp: str
    signature: str
    path: str
    payload: dict[str, Any]

    @property
    def type(self) -> str:
        return str(self.payload["type"])

    @property
    def about(self) -> str:
        data = self.payload["data"]
        return str(data.get("refund_id") or data["id"])

    @property
    def version(self) -> int:
        return int(self.payload["data"]["version"])


Answering = Callable[[Got], Response]


def yes(_: Got) -> Response:
    return Response(status_code=204)


@dataclass
class Receiver:
    """What came in: `got` is all of it, `kept` what was answered with a 2xx."""

    url: str
    secrets: list[str]
    answer: Answering = yes
    got: list[Got] = field(default_factory=list)
    kept: list[Got] = field(default_factory=list)
    forged: int = 0
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def take(self, request: Request) -> Response:
        body = await request.body()
        headers = dict(request.headers)
        if not any(self._verifies(secret, body, headers) for secret in self.secrets):
            self.forged += 1
            return Response(status_code=401)
        message = Got(
            headers["webhook-id"],
            headers["webhook-timestamp"],
            headers["webhook-signature"],
            request.url.path,
            json.loads(body),
        )
        self.got.append(message)
        answer = self.answer(message)
        if 200 <= answer.status_code < 300:
            self.kept.append(message)
        async with self._news:
            self._news.notify_all()
        return answer

    @staticmethod
    def _verifies(secret: str, body: bytes, headers: dict[str, str]) -> bool:
        try:
            Webhook(secret).verify(body, headers)
        except WebhookVerificationError:
            return False
        return True

    async def has(self, types: list[str], about: str | None = None) -> list[Got]:
        """Wait until these events were taken well, in this order; answers them."""

        def mine() -> list[Got]:
            return [got for got in self.kept if about in (None, got.about)]

        async with asyncio.timeout(60), self._news:
            await self._news.wait_for(lambda: len(mine()) >= len(types))
        assert [got.type for got in mine()] == types
        return mine()

    async def was_asked(self, times: int) -> None:
        """Wait until so many messages came in, however they were answered."""
        async with asyncio.timeout(60), self._news:
            await self._news.wait_for(lambda: len(self.got) >= times)

    def attempts(self) -> Counter[str]:
        return Counter(got.type for got in self.got)


@asynccontextmanager
async def open_receiver(word: str = "first") -> AsyncIterator[Receiver]:
    """Listen on a port of its own."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/hooks"
        receiver = Receiver(url, [secret(word)])
        app = Starlette(routes=[Route("/{path:path}", receiver.take, methods=["POST", "GET"])])
        config = uvicorn.Config(app, log_level="critical", access_log=False)
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve([listening]))
        try:
            yield receiver
        finally:
            server.should_exit = True
            await serving


def listening(*receivers: Receiver, **more: Any) -> list[dict[str, Any]]:
    """Write the `webhooks` of a stores file; the secrets are `ENV` of `environ`."""
    return [
        {"url": receiver.url, "secret": [f"env:HOOK_{n}_{k}" for k in range(len(receiver.secrets))]}
        | more
        for n, receiver in enumerate(receivers)
    ]


def environ(*receivers: Receiver) -> dict[str, str]:
    """The secrets that `listening` refers to."""
    return {
        f"HOOK_{n}_{k}": word
        for n, receiver in enumerate(receivers)
        for k, word in enumerate(receiver.secrets)
    }
