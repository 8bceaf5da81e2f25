"""A till that talks to the sandbox in this process, and a sandbox over real sockets."""

import asyncio
import socket
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest_asyncio
import uvicorn

from tillsaga.sandbox import world
from tillsaga.sandbox.app import create_app

BASE = "http://sandbox"
CLIENTS = "/leat/api/v3/oauth/clients"


class Till:
    """Asks Leat and reads the answer; `control` and `books` look behind the scenes."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http

    async def ask(self, method: str, path: str, **fields: Any) -> httpx.Response:
        path = path if path.startswith("/leat") else f"{CLIENTS}{path}"
        headers = {"Authorization": f"Bearer {world.TOKEN}"}
        if method in ("GET", "DELETE"):
            return await self.http.request(method, path, headers=headers, params=fields)
        return await self.http.request(method, path, headers=headers, json=fields)

    async def ok(self, method: str, path: str, **fields: Any) -> Any:
        """Ask, expect a 2xx, and answer its `data`."""
        answer = await self.ask(method, path, **fields)
        assert answer.is_success, answer.text
        return answer.json()["data"]

    async def refused(self, method: str, path: str, **fields: Any) -> int:
        """Ask, expect the error envelope of sheet 1, and answer its code."""
        answer = await self.ask(method, path, **fields)
        assert answer.status_code == 400, answer.text
        envelope = answer.json()
        assert envelope["status_code"] == 400
        assert envelope["message"]
        return int(envelope["code"])

    async def control(self, method: str, path: str, body: Any = None) -> Any:
        answer = await self.http.request(method, f"/_sandbox{path}", json=body)
        assert answer.is_success, answer.text
        return answer.json()

    async def books(self) -> Any:
        return await self.control("GET", "/books/leat")

    async def seed(self, **lists: Any) -> Any:
        return await self.control("POST", "/seed/leat", lists)

    async def switch(self, **switches: Any) -> None:
        await self.control("POST", "/switches", {"leat": switches})

    async def advance(self, seconds: int) -> None:
        await self.control("POST", "/clock", {"advance_seconds": seconds})

    async def fault(self, kind: str, operation: str | None = None, **more: Any) -> Any:
        rule = {"vendor": "leat", "kind": kind, "operation": operation} | more
        return await self.control("POST", "/faults", rule)

    async def voucher(self, code: str) -> Any:
        return await self.ok("GET", "/vouchers/find", code=code)

    async def card(self, code: str) -> Any:
        return await self.ok("GET", "/giftcards/find-one-by", hash=code)

    async def points(self, contact: str = world.ANN) -> int:
        return int((await self.ok("GET", f"/contacts/{contact}/credit-balance"))["balance"])

    async def prepaid(self, contact: str = world.ANN) -> int:
        balance = await self.ok("GET", f"/contacts/{contact}/prepaid-balance")
        return int(balance["balance_in_cents"])


@pytest_asyncio.fixture
async def till() -> AsyncIterator[Till]:
    """Talk to a fresh sandbox in this process, its clock standing still."""
    app = create_app()
    transport = httpx.ASGITransport(app)
    http = httpx.AsyncClient(transport=transport, base_url=BASE, verify=False)
    async with app.router.lifespan_context(app), http:
        made = Till(http)
        await made.control("POST", "/clock", {"now": "2026-03-01T10:00:00+00:00"})
        yield made


@pytest_asyncio.fixture
async def live() -> AsyncIterator[Till]:
    """Talk to a fresh sandbox over TCP."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        config = uvicorn.Config(create_app(), log_level="error", lifespan="on")
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve([listening]))
        base = f"http://127.0.0.1:{listening.getsockname()[1]}"
        # Loading certificates would be most of the time of a test.
        async with httpx.AsyncClient(base_url=base, verify=False) as http:
            yield Till(http)
        server.should_exit = True
        await serving
