"""A till: it sends what a test says, with a new key each time unless told otherwise."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import httpx

from api import examples


def order(**changes: object) -> dict[str, Any]:
    """What a till sends to open a checkout."""
    return {**deepcopy(examples.OPEN), "identifiers": []} | changes


def basket(basket_id: str = "basket-0001", amount: int = 350) -> dict[str, Any]:
    found = deepcopy(examples.BASKET)
    lines: Any = found["lines"]
    lines[0]["unit_amount"] = amount
    return {**found, "id": basket_id}


@dataclass
class Till:
    http: httpx.AsyncClient
    secret: str
    numbers: Iterator[int]

    async def send(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        key: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        sent = {
            "Authorization": f"Bearer {self.secret}",
            "Idempotency-Key": key or f"key-{next(self.numbers)}",
            **(headers or {}),
        }
        return await self.http.request(method, path, json=body, headers=sent)

    async def post(self, path: str, body: object = None, **options: Any) -> httpx.Response:
        return await self.send("POST", path, body, **options)

    async def get(self, path: str, **headers: str) -> httpx.Response:
        sent = {"Authorization": f"Bearer {self.secret}"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.http.get(path, headers=sent)

    async def open(self, basket_id: str = "basket-0001", **options: Any) -> httpx.Response:
        return await self.post("/v1/checkouts", order(basket=basket(basket_id)), **options)

    async def opened(self, basket_id: str = "basket-0001") -> str:
        """Open a checkout and answer its address."""
        answer = await self.open(basket_id)
        assert answer.status_code == 201, answer.text
        return str(answer.headers["Location"])
