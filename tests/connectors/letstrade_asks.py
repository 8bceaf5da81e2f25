"""A Let'sTrade whose answers a test writes, and what a checkout asks of it (sheet 10)."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import respx
from pydantic import JsonValue, SecretStr

from tillsaga.connectors.config import ConnectorConfig
from tillsaga.connectors.letstrade import LetsTrade
from tillsaga.domain.basket import Basket
from tillsaga.domain.discounts import Discount
from tillsaga.domain.effects import EffectOrder, Timing
from tillsaga.domain.model import Json
from tillsaga.domain.offers import Offer
from tillsaga.domain.sale import Sale

BASE = "https://letstrade.test"
NOW = datetime(2026, 3, 1, 10, 0, tzinfo=UTC)
R1, R2, P1, E1 = "R48213907", "R2", "P77120044", "E5"
USER = "66f0a1b2c3d4e5f601230001"
ORDER = "66f0a1b2c3d4e5f601234567"
TEN_OFF: Json = {
    "_id": "v-1",
    "code": R1,
    "title": "R10 off",
    "apply_to": "BASKET",
    "discount": 10,
}
B: Json = {
    "id": "basket-0001",
    "currency": "ZAR",
    "lines": [
        {
            "line_id": "1",
            "sku": "FW-350",
            "title": "Flat white",
            "quantity": "2",
            "unit_amount": 35_00,
            "provider_ids": {"loyalty": "p-501"},
        },
        {"line_id": "2", "sku": "MUF-01", "title": "Muffin", "unit_amount": 30_00},
    ],
}

Answer = httpx.Response | Exception | Callable[[Json], httpx.Response]


def basket(**more: object) -> Basket:
    return Basket.model_validate(B | more)


def config(base_url: str = BASE, **settings: object) -> ConnectorConfig:
    return ConnectorConfig.model_validate(
        {
            "store_id": "jhb-1",
            "provider": "loyalty",
            "kind": "letstrade",
            "base_url": base_url,
            "currency": "ZAR",
            "credentials": {"token": SecretStr("t0ken")},
            "settings": {"store_id": "S-014", "terminals": {"till-2": "T2"}, **settings},
            "timing": Timing(http_timeout=timedelta(seconds=1)),
            "discounts": {"v-9": Discount(type="absolute", amount=3_00)},
        }
    )


def no(status: int, message: str, **content: JsonValue) -> httpx.Response:
    body = {"success": False, "message": message, "content": content or None}
    return httpx.Response(status, json=body)


USED = no(409, "Code already used")
EXPIRED = no(410, "Code has expired")
UNKNOWN = no(404, "Code not found")
FINALISED = no(409, "Basket already finalised", order_id=ORDER)


def offered(*lines: Json, order_id: str = ORDER, **more: JsonValue) -> httpx.Response:
    """A quote's answer; `lines` are what the products get, in their order."""
    products: list[JsonValue] = [{"sku": sku} for sku in ("FW-350", "MUF-01")]
    for n, line in enumerate(lines):
        products[n] = {"sku": ("FW-350", "MUF-01")[n], "vouchers": [], "deal": None, **line}
    facts: Json = {"product_list": products, "outstanding_amount": "0.00", **more}
    return httpx.Response(200, json={"order_id": order_id, "order_code": "LT-1", "basket": facts})


def finalised(**more: JsonValue) -> httpx.Response:
    body: Json = {
        "client_id": "689000000000000000000001",
        "order_id": ORDER,
        "order_code": "LT-8QK2",
        "basket": {"outstanding_amount": "0.00", "product_list": [], "vouchers": [], "deals": []},
    }
    return httpx.Response(200, json=body | more)


def taking_off(amount: int, wallet: int) -> Answer:
    """A vendor that takes off something by itself, and then pays up to what the wallet holds."""

    def quote(body: Json) -> httpx.Response:
        bill = body["basket"]
        assert isinstance(bill, dict)
        left = max(0, round(float(str(bill["outstanding"])) * 100) - amount)
        paid = min(left, wallet)
        part: Json = {"amount": paid / 100}
        return offered(wallet=part, outstanding_amount=f"{(left - paid) / 100:.2f}")

    return quote


class Vendor:
    """Answers quotes by their codes, finalise and refund in turn; keeps what it was sent."""

    def __init__(self, router: respx.MockRouter) -> None:
        self.quotes: dict[tuple[str, ...], Answer] = {}
        self.finals: list[Answer] = []
        self.refunds: list[Answer] = []
        self.sent: list[tuple[str, Json]] = []
        router.post(f"{BASE}/v1/get/offerings").mock(side_effect=self._quote)
        router.post(f"{BASE}/v1/finalise/offerings").mock(side_effect=self._finalise)
        router.post(f"{BASE}/v1/refund").mock(side_effect=self._refund)

    def _quote(self, request: httpx.Request) -> httpx.Response:
        body = self._keep("quote", request)
        codes = body["code"]
        assert isinstance(codes, list)
        return _answer(self.quotes.get(tuple(map(str, codes)), offered()), body)

    def _finalise(self, request: httpx.Request) -> httpx.Response:
        return _answer(self.finals.pop(0), self._keep("finalise", request))

    def _refund(self, request: httpx.Request) -> httpx.Response:
        return _answer(self.refunds.pop(0), self._keep("refund", request))

    def _keep(self, call: str, request: httpx.Request) -> Json:
        assert request.headers["Authorization"] == "Bearer t0ken"
        body: Json = json.loads(request.content)
        self.sent.append((call, body))
        return body

    @property
    def calls(self) -> list[str]:
        return [call for call, _ in self.sent]

    def last(self, call: str) -> Json:
        return next(body for name, body in reversed(self.sent) if name == call)

    def bill(self, call: str) -> Json:
        bill = self.last(call)["basket"]
        assert isinstance(bill, dict)
        return bill


def _answer(answer: Answer, body: Json) -> httpx.Response:
    if isinstance(answer, Exception):
        raise answer
    return answer if isinstance(answer, httpx.Response) else answer(body)


# --- what a checkout asks -------------------------------------------------------------------------


def sale(bill: Basket | None = None, **more: object) -> Sale:
    """A bill that the till was paid in full, unless `more` says otherwise."""
    sold = bill or basket()
    facts: dict[str, object] = {
        "checkout_id": "chk_1",
        "store_id": "jhb-1",
        "terminal_id": "till-2",
        "receipt_number": "R-1",
        "currency": "ZAR",
        "basket_id": sold.id,
        "lines": [
            {"line": line, "discount_amount": 0, "total_amount": line.amount} for line in sold.lines
        ],
        "charges": sold.charges,
        "offers": (),
        "tenders": (),
        "external_vouchers": sold.external_vouchers,
        "members": {},
        "basket_amount": sold.amount,
        "discount_amount": 0,
        "tax_amount": 0,
        "total_amount": sold.amount,
        "due_amount": sold.amount,
        "paid_at": NOW,
    }
    return Sale.model_validate(facts | more)


def counted(offer: Offer, amount: int) -> Json:
    """An applied offer as the sale holds it."""
    return {
        "offer_id": offer.id,
        "provider": offer.provider,
        "kind": offer.kind,
        "title": offer.title,
        "line_amounts": {"1": amount} if amount else {},
        "data": offer.data,
    }


def code_offer(code: str = R1, amount: int = 10_00, **data: JsonValue) -> Json:
    kept: Json = {"vouchers": [TEN_OFF]} if code == R1 and not data else data
    return {
        "offer_id": f"loyalty:code:{code}",
        "provider": "loyalty",
        "kind": "code",
        "title": "Code",
        "line_amounts": {"1": amount} if amount else {},
        "data": {"code": code, **kept},
    }


def wallet(amount: int, code: str = P1) -> Json:
    return {
        "type": "wallet",
        "provider": "loyalty",
        "amount": amount,
        "transaction_id": None,
        "data": {"code": code, "split": {"wallet": amount}},
    }


R1_P1: dict[str, Any] = {
    "offers": (code_offer(),),
    "tenders": (wallet(90_00),),
    "discount_amount": 10_00,
    "total_amount": 90_00,
    "due_amount": 0,
}
"""The bill of L7 and L15: 10.00 off, the rest by payment code."""
COVERS = offered(vouchers=[TEN_OFF], wallet={"amount": 40.0}, card={"amount": 50.0})


def order(sold: Sale | None, request: Json | None = None, generation: int = 1) -> EffectOrder:
    return EffectOrder(
        checkout_id="chk_1",
        store_id="jhb-1",
        provider="loyalty",
        kind="letstrade",
        operation="finalise",
        subject="basket-0001",
        request=request or {},
        generation=generation,
        sale=sold,
    )


def connector(base_url: str = BASE, **settings: object) -> LetsTrade:
    return LetsTrade(config(base_url, **settings), now=lambda: NOW)
