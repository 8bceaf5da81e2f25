"""What a test makes Koupon answer, as the sheet shows it, and what a checkout asks of it."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import httpx
import respx
from pydantic import SecretStr

from tillsaga.connectors.config import ConnectorConfig
from tillsaga.connectors.koupon.coupons import member_of
from tillsaga.domain.discounts import Discount
from tillsaga.domain.effects import Done, EffectOrder, Step, Timing
from tillsaga.domain.model import Json
from tillsaga.domain.sale import Sale

BASE = "http://storeconnect.kouponmedia.test/v1"
NOW = datetime(2016, 12, 1, 16, 41, 37, 400_000, tzinfo=UTC)  # 1480610497
KEY, SECRET = "sandbox-api-key", "sandbox-secret"

BARCODE = "0049000012345"
EXPIRED = "0099999999990"
LOYALTY = "LOY-700100"
COFFEE, SNACK = "CPN-COFFEE", "CPN-SNACK"
MEMBER = member_of("koupon", LOYALTY)

DISCOUNTS = {
    BARCODE: Discount(type="absolute", amount=1_00, title="1.00 off", min_spend_amount=2_00),
    EXPIRED: Discount(type="absolute", amount=1_00),
    COFFEE: Discount(type="free_item", skus=("COFFEE",), title="Free coffee"),
    SNACK: Discount(type="absolute", amount=50, title="0.50 off a snack"),
}

Answer = httpx.Response | Exception


def config(base_url: str = BASE, **more: object) -> ConnectorConfig:
    facts = {
        "store_id": "nyc-1",
        "provider": "koupon",
        "kind": "koupon",
        "base_url": base_url,
        "currency": "USD",
        "credentials": {"identifier": SecretStr(KEY), "secret": SecretStr(SECRET)},
        "timing": Timing(http_timeout=timedelta(seconds=1)),
        "discounts": DISCOUNTS,
    }
    return ConnectorConfig.model_validate(facts | more)


class Vendor:
    """What Koupon answers, and what it was sent. The last answer is repeated."""

    def __init__(self, router: respx.MockRouter) -> None:
        self._answers: list[Answer] = []
        self.requests: list[httpx.Request] = []
        router.route().mock(side_effect=self._answer)

    def says(self, *answers: Answer) -> None:
        self._answers = list(answers)

    def redeemed(self, *lines: Json) -> None:
        self.says(httpx.Response(200, json={"results": [*lines]}))

    @property
    def body(self) -> Json:
        body: Json = json.loads(self.requests[-1].content, parse_float=str)
        return body

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def result(asset: str = BARCODE, coupon: str | None = None, **more: object) -> Json:
    facts = {"discountAsset": asset, "couponCode": coupon, "redeemedQty": 1, "exceptionCode": None}
    shown: Json = json.loads(json.dumps(facts | more))
    return shown


def failure(status: int, code: str) -> httpx.Response:
    said = {"version": "1", "errorCode": code, "errorMessage": "no"}
    return httpx.Response(status, json=said)


def order(step: Step | None, quantity: int | None = None, sale: Sale | None = None) -> EffectOrder:
    assert step is not None
    wanted = {} if quantity is None else {"quantity": quantity}
    return EffectOrder(
        checkout_id="chk_1",
        store_id="nyc-1",
        provider="koupon",
        kind="koupon",
        operation=step.operation,
        subject=step.subject,
        request={**step.request, **wanted},
        sale=sale,
    )


def redeeming(
    asset: str = BARCODE, coupon: str | None = None, quantity: int | None = None
) -> EffectOrder:
    request: Json = {"discount_asset": asset}
    if coupon:
        request["coupon_code"] = coupon
    subject = f"{asset}/{coupon}" if coupon else asset
    step = Step(operation="redeem_coupon", subject=subject, request=request)
    return order(step, quantity)


def sold_offer(request: Json, done: Done | None = None, provider: str = "koupon") -> Json:
    """An offer as the sale tells of it; `done`: how its redemption ended."""
    return {
        "offer_id": "koupon:coupon:1",
        "provider": provider,
        "kind": "coupon",
        "title": "1.00 off",
        "line_amounts": {"1": 1_00},
        "redemption_operation": "redeem_coupon",
        "redemption_reference": done.reference if done else None,
        "data": request,
    }


def sold_line(line_id: str, amount: int, quantity: str = "1", **more: object) -> Json:
    facts = {"line_id": line_id, "sku": f"SKU-{line_id}", "title": f"Line {line_id}"}
    line = facts | {"quantity": quantity, "unit_amount": amount} | more
    shown: Json = json.loads(json.dumps(line))
    total = round(Decimal(quantity) * amount)
    return {"line": shown, "discount_amount": 0, "total_amount": total}


COLA = sold_line("1", 2_50, "2", title="Cola 12 oz", barcode=BARCODE)


def sale(*offers: Json, **more: object) -> Sale:
    """The sale of the sheet's sample: 5.00, less 1.00, with 0.33 of tax."""
    facts: dict[str, object] = {
        "checkout_id": "chk_1",
        "store_id": "nyc-1",
        "terminal_id": "till-1",
        "receipt_number": "R-1",
        "currency": "USD",
        "basket_id": "basket-1",
        "lines": [COLA],
        "charges": [],
        "offers": [*offers],
        "tenders": [],
        "members": {"koupon": LOYALTY},
        "basket_amount": 5_00,
        "discount_amount": 1_00,
        "tax_amount": 33,
        "total_amount": 4_33,
        "paid_at": datetime(2026, 3, 1, 16, 41, 37, 900_000, tzinfo=UTC),
    }
    return Sale.model_validate(facts | more)


PAIR: Json = {"discount_asset": LOYALTY, "coupon_code": COFFEE}
YES = Done(reference=COFFEE)


def reporting(sold: Sale | None = None) -> EffectOrder:
    step = Step(operation="report_sale", subject="basket-1")
    return order(step, sale=sold or sale(sold_offer(PAIR, YES)))
