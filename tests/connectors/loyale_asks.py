"""What a test makes Loyale answer, as the sheet shows it, and what a checkout asks of it."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
import respx
from pydantic import SecretStr

from tillsaga.connectors.config import ConnectorConfig
from tillsaga.domain.basket import Basket, Line
from tillsaga.domain.discounts import Discount
from tillsaga.domain.effects import EffectOrder, Timing
from tillsaga.domain.model import Json
from tillsaga.domain.offers import Member
from tillsaga.domain.sale import Sale, SoldLine

BASE = "https://loyale.test"
NOW = datetime(2026, 3, 1, 10, 0, 0, 601_000, tzinfo=UTC)
SCHEME = "5d2c1f6e-7d56-4c3b-9b55-0f6c1e0d7a11"
OUTLET = "f2a961a7-e420-4742-9e69-1ba4d8ce66d4"
CUSTOMER = "3524f06c-a2e9-4965-9bcf-8e0c9f0e3b08"
BARCODE = "3860358623507"
CARD = "4334603388774"
COUPON = "7652874580312"
MEMBER = Member(provider="loyalty", member_id=CUSTOMER, points=7830)

POST = "POST api/transaction"
SIMULATE = "POST api/transaction?simulate"
STATUS = "GET api/transaction/status/chk_1"
FULL = "POST api/transaction/return/full/chk_1"

Answer = httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]


def config(provider: str = "loyalty", base_url: str = BASE, **settings: object) -> ConnectorConfig:
    return ConnectorConfig.model_validate(
        {
            "store_id": "ams-1",
            "provider": provider,
            "kind": "loyale",
            "base_url": base_url,
            "currency": "EUR",
            "credentials": {"scheme_id": SecretStr(SCHEME), "api_key": SecretStr("k3y")},
            "settings": {"outlet_id": OUTLET, **settings},
            "timing": Timing(http_timeout=timedelta(seconds=1)),
            "discounts": {COUPON: Discount(type="absolute", amount=2_00, title="2.00 off")},
        }
    )


def receipt(status: str = "COMPLETED", **more: object) -> httpx.Response:
    facts = {
        "customerId": CUSTOMER,
        "status": status,
        "statusUrl": "https://api.beta.loyale.test/api/transaction/status/chk_1",
        "uniqueId": "chk_1",
        "pointsEarned": 150,
        "pointsRedeemed": 0,
        "pointsBefore": 7830,
        "pointsAfter": 7980,
        "paymentMethods": [{"type": "Unspecified", "amount": 25}],
    }
    return httpx.Response(200, json=facts | more)


def returned(**more: object) -> httpx.Response:
    facts = {
        "pointsDeducted": 150,
        "pointsReadded": 0,
        "returnType": "Full Transaction: chk_1",
        "usedPaymentMethods": [{"type": "Cash", "amount": 25.00}],
        "pointsBefore": 8130,
        "pointsAfter": 7980,
        "customerId": CUSTOMER,
    }
    return httpx.Response(200, json=facts | more)


def no(status: int, text: str = "No") -> httpx.Response:
    """An error of this API (shape A)."""
    return httpx.Response(status, json={"error": text})


def platform_no(status: int) -> httpx.Response:
    """An error of the platform (shape B)."""
    body = {"errors": ["nope"], "code": status, "errorId": "Unauthorized"}
    return httpx.Response(status, json=body)


class Vendor:
    """What Loyale answers, and what it was sent. The last answer to a call is repeated."""

    def __init__(self, router: respx.MockRouter) -> None:
        self._answers: dict[str, list[Answer]] = {}
        self.requests: list[tuple[str, httpx.Request]] = []
        router.route().mock(side_effect=self._answer)

    def on(self, call: str, *answers: Answer) -> None:
        self._answers[call] = list(answers)

    def sent(self, call: str, number: int = -1) -> Json:
        body: Json = json.loads(self.raw(call, number))
        return body

    def raw(self, call: str, number: int = -1) -> bytes:
        return [r for made, r in self.requests if made == call][number].content

    def count(self, call: str) -> int:
        return sum(made == call for made, _ in self.requests)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        simulated = "?simulate" if request.url.params.get("simulate") == "true" else ""
        # Paths are case-insensitive there (trap 1).
        call = f"{request.method} {request.url.path[1:].lower()}{simulated}"
        self.requests.append((call, request))
        answers = self._answers[call]
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, httpx.Response) else answer(request)


def line(line_id: str, amount: int, quantity: str = "1", **more: object) -> Line:
    facts = {"line_id": line_id, "sku": f"SKU-{line_id}", "title": f"Line {line_id}"}
    return Line.model_validate(facts | {"quantity": quantity, "unit_amount": amount} | more)


def sold(line: Line, discount: int = 0) -> SoldLine:
    return SoldLine(line=line, discount_amount=discount, total_amount=line.amount - discount)


def sale(*lines: SoldLine, **more: object) -> Sale:
    """A sale of what the lines come to; without `due_amount` the till takes all of it."""
    total = sum(sold.total_amount for sold in lines)
    facts = {
        "checkout_id": "chk_1",
        "store_id": "ams-1",
        "terminal_id": "till-1",
        "receipt_number": "R-1",
        "currency": "EUR",
        "basket_id": "basket-1",
        "lines": lines,
        "charges": (),
        "offers": (),
        "tenders": (),
        "members": {"loyalty": CUSTOMER},
        "basket_amount": total,
        "discount_amount": 0,
        "tax_amount": 0,
        "total_amount": total,
        "due_amount": total,
        "paid_at": NOW,
    }
    return Sale.model_validate(facts | more)


L25 = sale(sold(line("1", 5_00, "5")))
L50 = sale(sold(line("1", 12_00, "5"), 10_00))


def posting(sale: Sale | None = L25, generation: int = 1, provider: str = "loyalty") -> EffectOrder:
    return EffectOrder(
        checkout_id="chk_1",
        store_id="ams-1",
        provider=provider,
        kind="loyale",
        operation="post_transaction",
        subject="basket-1",
        request={"customer_id": CUSTOMER},
        sale=sale,
        generation=generation,
    )


def tender(type_: str, amount: int, provider: str = "loyalty", **data: str) -> Json:
    return {
        "type": type_,
        "provider": provider,
        "amount": amount,
        "transaction_id": None,
        "data": {**data},
    }


GIFT_CARD = tender("giftcard", 10_00, reference=CARD, subject="giftcard-1")


def coupon(line_amounts: dict[str, int]) -> Json:
    return {
        "offer_id": "loyalty:coupon-1",
        "provider": "loyalty",
        "kind": "coupon",
        "title": "2.00 off",
        "line_amounts": {**line_amounts},
        "data": {"barcode": COUPON},
    }


def basket(amount: int = 25_00) -> Basket:
    return Basket(id="basket-1", currency="EUR", lines=(line("1", amount),))
