"""A till that sends sales and returns to Loyale, and looks behind the scenes."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import httpx

from tillsaga.sandbox.loyale import world

SALE = "/loyale/api/Transaction"
STATUS = "/loyale/api/transaction/status"
HEADERS = {"X-Scheme": world.SCHEME, "X-ApiKey": world.API_KEY}
OPERATIONS = {
    "transaction.create": "POST /api/Transaction",
    "transaction.status": "GET /api/transaction/status/{uniqueId}",
    "return.full": "POST /api/Transaction/Return/Full/{uniqueId}",
    "return.line_item": "POST /api/Transaction/Return/LineItem/{uniqueId}",
    "return.custom": "POST /api/Transaction/Return/Custom",
}
CASH, CARD = {"type": "Cash"}, {"type": "Card"}
REDEMPTION = {"type": "Loyale Redemption"}


def line(quantity: float, price: float, sku: str = "sku-001", **more: Any) -> dict[str, Any]:
    """Describe a line by its sale price."""
    return {"quantity": quantity, "sku": sku, "unitSalePrice": price} | more


def paid(method: Mapping[str, Any], amount: float) -> dict[str, Any]:
    """Name the amount a method pays."""
    return {**method, "amount": amount}


def gift(amount: float | None, reference: str = world.GIFT_CARD) -> dict[str, Any]:
    """Pay with a gift card; without an amount it is open."""
    sent = {"type": "Loyale Gift Card", "reference": reference}
    return sent if amount is None else paid(sent, amount)


L25 = {"quantity": 5, "sku": "sku-001", "unitPrice": 5}
"""5 x 5.00, as in the seed's first example."""
L50 = line(5, 10.0, unitPrice=12.0, unitSalePriceBeforeTax=8.47, promotions=["10%Off"])
"""5 x (12.00 → 10.00), as in the seed's later examples."""


class LoyaleTill:
    """Sends to Loyale; `till` is the control plane's side."""

    def __init__(self, till: Any) -> None:
        self.till, self.http, self.headers = till, till.http, HEADERS

    async def send(self, method: str, path: str, body: Any = None, **query: Any) -> httpx.Response:
        sent = {} if body is None else {"json": body}
        asked = {name: str(value).lower() for name, value in query.items()}
        answer: httpx.Response = await self.http.request(
            method, path, headers=self.headers, params=asked, **sent
        )
        return answer

    async def post(self, *lines: Any, simulate: bool = False, **fields: Any) -> httpx.Response:
        """Send a sale of Ann's, unless told whose."""
        named = {"customerId", "customerBarcode"} & set(fields)
        whose = {} if named else {"customerBarcode": world.ANN_BARCODE}
        body = whose | {"outletId": world.OUTLET, "lineItems": list(lines)} | fields
        return await self.send("POST", SALE, body, **({"simulate": True} if simulate else {}))

    async def sale(self, *lines: Any, **fields: Any) -> Any:
        """Send a sale, expect 200, and answer its body with money as decimals."""
        return told(await self.post(*lines, **fields))

    async def back(self, kind: str, unique_id: str = "", body: Any = None, **query: Any) -> Any:
        """Send a return and answer the response."""
        path = f"{SALE}/Return/{kind}/{unique_id}".rstrip("/")
        return await self.send("POST", path, body, **query)

    async def full(self, unique_id: str, **query: Any) -> Any:
        return told(await self.back("Full", unique_id, **query))

    async def item(
        self, unique_id: str, quantity: float, sku: str = "sku-001", **query: Any
    ) -> Any:
        body = {"sku": sku, "quantity": quantity}
        return told(await self.back("LineItem", unique_id, body, **query))

    async def custom(self, *lines: Any, **fields: Any) -> httpx.Response:
        whose = {"customerBarcode": world.ANN_BARCODE, "outletId": world.OUTLET}
        answer: httpx.Response = await self.back(
            "Custom", "", whose | {"lineItems": list(lines)} | fields
        )
        return answer

    async def status(self, unique_id: str) -> Any:
        return told(await self.send("GET", f"{STATUS}/{unique_id}"))

    async def state(self, unique_id: str) -> str:
        return str((await self.status(unique_id))["status"])

    async def books(self) -> Any:
        return await self.till.control("GET", "/books/loyale")

    async def points(self, customer: str = world.ANN) -> int:
        return int((await self.books())["customers"][customer]["points"])

    async def card(self, barcode: str = world.GIFT_CARD) -> int:
        return int((await self.books())["gift_cards"][barcode]["current_value"])

    async def uses(self, barcode: str = world.COUPON) -> int:
        return int((await self.books())["coupons"][barcode]["uses_left"])

    async def seed(self, **lists: Any) -> Any:
        return await self.till.control("POST", "/seed/loyale", lists)

    async def customer(self, points: int) -> str:
        """Make a fresh customer and answer the id."""
        return str((await self.seed(customers=[{"points": points}]))["customers"][0]["id"])

    async def switch(self, **switches: Any) -> None:
        await self.till.control("POST", "/switches", {"loyale": switches})

    async def fault(self, kind: str, operation: str | None = None, **more: Any) -> None:
        rule = {"vendor": "loyale", "kind": kind, "operation": operation} | more
        await self.till.control("POST", "/faults", rule)


def told(answer: httpx.Response) -> Any:
    """Expect 200 and read the body, money as decimals."""
    assert answer.status_code == 200, answer.text
    return json.loads(answer.text, parse_float=Decimal)


def refused(answer: httpx.Response, status: int = 400) -> str:
    """Expect error shape A of sheet 1 and answer its text."""
    assert answer.status_code == status, answer.text
    assert set(answer.json()) == {"error"}
    return str(answer.json()["error"])


def denied(answer: httpx.Response, status: int) -> str:
    """Expect error shape B of sheet 1 and answer its error id."""
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert set(body) == {"errors", "code", "errorId"}
    assert body["code"] == status
    assert body["errors"]
    return str(body["errorId"])


def methods(reply: Any, name: str = "paymentMethods") -> list[tuple[str, int | Decimal]]:
    """Read type and amount of each payment method."""
    return [(one["type"], one["amount"]) for one in reply[name]]


def moved(reply: Any) -> tuple[int, int, int]:
    """Read the points earned, redeemed and after."""
    return reply["pointsEarned"], reply["pointsRedeemed"], reply["pointsAfter"]


def returned(reply: Any) -> tuple[int, int, int, int]:
    """Read the points deducted, readded, before and after."""
    names = ("pointsDeducted", "pointsReadded", "pointsBefore", "pointsAfter")
    deducted, readded, before, after = (reply[name] for name in names)
    return deducted, readded, before, after
