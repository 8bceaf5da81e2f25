"""A till that signs and sends to Koupon, and looks behind the scenes."""

from typing import Any

import httpx

from tillsaga.sandbox.koupon import world
from tillsaga.sandbox.koupon.signing import signature

REDEEM, REPORT = "/koupon/v1/transaction/redeem", "/koupon/v1/transaction/report"
NOON = 1772359200
"""2026-03-01T10:00:00Z, where the test clock stands still."""
JSON = {"Content-Type": "application/json", "Accept": "application/json"}


class KouponTill:
    """Signs each call by sheet 2; `till` is the control plane's side."""

    def __init__(self, till: Any) -> None:
        self.till, self.http = till, till.http

    def signed(
        self, path: str, *, key: str = world.IDENTIFIER, secret: str = world.SECRET, **before: Any
    ) -> str:
        """Write the URL with its parameters, then sign it as written."""
        pairs = {"identifier": key, "timestamp": NOON} | before
        query = "&".join(f"{name}={value}" for name, value in pairs.items())
        url = f"{str(self.http.base_url).rstrip('/')}{path}?{query}"
        return f"{url}&authSignature={signature(url, secret)}"

    async def send(self, url: str, body: Any, **headers: str) -> httpx.Response:
        heads = JSON | {name.replace("_", "-"): value for name, value in headers.items()}
        if isinstance(body, bytes):
            return await self._post(url, content=body, headers=heads)
        return await self._post(url, json=body, headers=heads)

    async def _post(self, url: str, **sent: Any) -> httpx.Response:
        answer: httpx.Response = await self.http.post(url, **sent)
        return answer

    async def redeem(self, *lines: Any) -> httpx.Response:
        return await self.send(self.signed(REDEEM), {"redemptions": list(lines)})

    async def results(self, *lines: Any) -> list[Any]:
        """Redeem, expect 200, and answer the results."""
        answer = await self.redeem(*lines)
        assert answer.status_code == 200, answer.text
        assert set(answer.json()) == {"results"}
        results: list[Any] = answer.json()["results"]
        return results

    async def report(self, body: Any) -> httpx.Response:
        return await self.send(self.signed(REPORT), body)

    async def books(self) -> Any:
        return await self.till.control("GET", "/books/koupon")

    async def left(self, asset: str, coupon: str | None = None) -> int:
        books = await self.books()
        offers = books["accounts"][asset]["coupons"] if coupon else books["barcodes"]
        return int(offers[coupon or asset]["left"])

    async def seed(self, **lists: Any) -> Any:
        return await self.till.control("POST", "/seed/koupon", lists)

    async def switch(self, **switches: Any) -> None:
        await self.till.control("POST", "/switches", {"koupon": switches})

    async def fault(self, kind: str, operation: str, **more: Any) -> None:
        rule = {"vendor": "koupon", "kind": kind, "operation": operation} | more
        await self.till.control("POST", "/faults", rule)


def barcode(asset: str = world.BARCODE, qty: Any = 1, **more: Any) -> dict[str, Any]:
    """Describe a line for a barcode."""
    return {"discountAsset": asset, "qty": qty} | more


def coupon(code: str, qty: Any = 1, asset: str = world.LOYALTY) -> dict[str, Any]:
    """Describe a line for a coupon on a loyalty account."""
    return {"discountAsset": asset, "couponCode": code, "qty": qty}


def told(results: list[Any]) -> list[tuple[int, str | None]]:
    """Read quantity and exception of each result."""
    return [(one["redeemedQty"], one["exceptionCode"]) for one in results]


def complaint(answer: httpx.Response, status: int = 400) -> str:
    """Expect the error body of sheet 1 and answer its code."""
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert set(body) == {"version", "errorCode", "errorMessage"}
    assert all(isinstance(value, str) and value for value in body.values())
    return str(body["errorCode"])
