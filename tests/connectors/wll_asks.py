"""What a test makes White Label Loyalty answer, as the sheet shows it, and what it is asked."""

import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import respx
from pydantic import SecretStr

from tillsaga.connectors.config import ConnectorConfig
from tillsaga.connectors.wll import Wll
from tillsaga.domain.basket import Basket, Line
from tillsaga.domain.discounts import Discount
from tillsaga.domain.effects import EffectOrder, Timing
from tillsaga.domain.model import Json
from tillsaga.domain.offers import Member
from tillsaga.domain.sale import Sale, SoldLine, SoldOffer

BASE = "https://rewards.wll.test/v1"
RECEIPTS = "https://receipts.wll.test/v1"
AUTH = "https://auth.wll.test/oauth/token"
NOW = datetime(2026, 3, 1, 10, 0, tzinfo=UTC)
M = "0b0f6f0e-55d1-4d0a-9a75-1f1f5d0c7a01"
AUTH_ID = "auth|m-1001"
B = "7f0a9d3e-8e0c-4a52-8a36-0d2b6f9f0b11"
CODE = "PROMO-7HD3XQ"
FIVE_OFF: Json = {"type": "ABSOLUTE", "value": 500, "sku": None, "productSku": None, "venues": []}
MEMBER = Member(provider="loyalty", member_id=M, data={"id": M, "authIdentifier": AUTH_ID})
KEY = f"chk_1/spend_points/loyalty/{M}#1"

TOKEN = "POST token"
USER = f"GET users/{M}"
WALLET = f"GET users/{M}/wallet"
BENEFIT = f"GET benefits/{B}"
REDEEM = "POST commands/redeem_benefit"
VALIDATE = "POST commands/validate_voucher"
DRY_RUN = "POST commands/test_reaction"
OTHER_DRY_RUN = "POST events/test_reaction"
EVENTS = "POST events"
LIST = "GET events"
ORDERS = "POST orders"

Answer = httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]


def config(**settings: object) -> ConnectorConfig:
    given = {
        "auth_url": AUTH,
        "receipts_base_url": RECEIPTS,
        "location_id": "store-12",
        "redeem_event": "REDEEMED_POINTS",
        "refund_event": "POINTS_REFUND",
        "points_per_unit": 100,
    } | settings
    return ConnectorConfig.model_validate(
        {
            "store_id": "ams-1",
            "provider": "loyalty",
            "kind": "wll",
            "base_url": BASE,
            "currency": "EUR",
            "credentials": {
                "api_key": SecretStr("k3y"),
                "client_id": SecretStr("cl1ent"),
                "client_secret": SecretStr("s3cret"),
            },
            "settings": {name: value for name, value in given.items() if value is not None},
            "timing": Timing(http_timeout=timedelta(seconds=5)),
            "discounts": {
                "SUMMER10": Discount(type="percentage", percent="10"),  # type: ignore[arg-type]
                "ART-9": Discount(type="absolute", amount=90),
            },
        }
    )


def data(value: object) -> httpx.Response:
    return httpx.Response(200, json={"status": "success", "data": value})


def no(status: int, code: str) -> httpx.Response:
    body = {"status": "error", "error": code, "message": "somebody@example.test"}
    return httpx.Response(status, json=body)


def token(name: str = "t0ken", life: int = 86_400) -> httpx.Response:
    return httpx.Response(200, json={"access_token": name, "expires_in": life})


class Vendor:
    """Answers in turn, the last one for ever, and keeps what it was sent."""

    def __init__(self) -> None:
        self.answers: dict[str, list[Answer]] = {}
        self.calls: list[tuple[str, httpx.Request]] = []
        self.on(TOKEN, token())

    def on(self, call: str, *answers: Answer) -> None:
        self.answers[call] = list(answers)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        url = str(request.url.copy_with(query=None))
        bases = (BASE, RECEIPTS, AUTH.removesuffix("/token"))
        path = next(url[len(base) :] for base in bases if url.startswith(base))
        call = f"{request.method} {path.strip('/')}"
        self.calls.append((call, request))
        answers = self.answers.get(call)
        assert answers, f"not expected: {call}"
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, httpx.Response) else answer(request)

    def asked(self, call: str) -> list[httpx.Request]:
        return [request for made, request in self.calls if made == call]

    def bodies(self, call: str) -> list[Json]:
        return [json.loads(request.content) for request in self.asked(call)]

    @property
    def everything(self) -> str:
        return " ".join(request.content.decode() for _, request in self.calls)


@contextmanager
def at_vendor() -> Iterator[Vendor]:
    with respx.mock(assert_all_called=False) as router:
        vendor = Vendor()
        router.route().side_effect = vendor
        yield vendor


def user(**more: object) -> httpx.Response:
    profile = {"givenName": "Ann", "emailAddress": "ann@example.test"}
    facts = {"id": M, "accountNumber": "4821075", "authIdentifier": AUTH_ID, "isRestricted": False}
    return data(facts | {"profile": profile} | more)


def reward(*discounts: Json, **more: object) -> Json:
    facts: Json = {"id": "rw-1", "type": "VOUCHER", "name": "5.00 off", "codeType": "OTP"}
    return {**facts, "discounts": list(discounts), **more}  # type: ignore[dict-item]


def benefit(**more: object) -> Json:
    facts: Json = {
        "id": B,
        "type": "VOUCHER",
        "createdAt": "2026-02-01T08:00:00.000Z",
        "redeemedAt": None,
        "expiresAt": "2026-12-31T23:59:59.000Z",
        "burnedAt": None,
        "code": None,
        "owner": {"id": M},
        "reward": reward(FIVE_OFF),
    }
    return {**facts, **more}  # type: ignore[dict-item]


def redeemed(**more: object) -> Json:
    code = {"id": "code-1", "value": CODE, "validatedAt": None}
    return benefit(redeemedAt="2026-02-20T08:00:00.000Z", code=code, **more)


def burned(seconds: int = 1) -> Json:
    return redeemed(burnedAt=at(seconds))


def wallet(*vouchers: Json, points: int = 500, tier: object = None) -> httpx.Response:
    return data({"points": points, "tier": tier, "vouchers": list(vouchers)})


def event(name: str = "ev-1", seconds: int = 1, **more: object) -> Json:
    facts: Json = {"id": name, "type": "REDEEMED_POINTS", "createdAt": at(seconds)}
    return {**facts, **more}  # type: ignore[dict-item]


def reactions(points: int) -> httpx.Response:
    ran = {"reactor": {"id": "r"}, "reactions": [{"type": "POINTS", "points": points}]}
    return data([ran] if points else [])


def at(seconds: int) -> str:
    """A time of the vendor's, so many seconds after the test's now."""
    return (NOW + timedelta(seconds=seconds)).isoformat()


def basket(amount: int = 24_50) -> Basket:
    line = Line(line_id="1", sku="SKU-1", title="Coffee beans", unit_amount=amount)
    return Basket(id="basket-1", currency="EUR", lines=(line,))


def order(operation: str, subject: str, request: Json | None = None, **more: object) -> EffectOrder:
    facts = {"checkout_id": "chk_1", "store_id": "ams-1", "provider": "loyalty", "kind": "wll"}
    asked = {"operation": operation, "subject": subject, "request": request or {}}
    return EffectOrder.model_validate({**facts, **asked, **more})


def spend(amount: int = 3_00, **more: object) -> EffectOrder:
    return order("spend_points", M, {"member_id": M}, amount=amount, **more)


def sold_line(line_id: str = "1", discount: int = 0, **facts: object) -> SoldLine:
    given = {"line_id": line_id, "sku": "SKU-1", "title": "Coffee beans", "unit_amount": 12_25}
    line = Line.model_validate(given | facts)
    return SoldLine(line=line, discount_amount=discount, total_amount=line.amount - discount)


def sale(*lines: SoldLine, **more: object) -> Sale:
    sold = lines or (sold_line(quantity="2", discount=5_00),)
    total = sum(line.total_amount for line in sold)
    offer = SoldOffer(
        offer_id=f"loyalty:voucher:{B}",
        provider="loyalty",
        kind="voucher",
        title="5.00 off",
        line_amounts={"1": 5_00},
        redemption_reference=B,
    )
    facts = {
        "checkout_id": "chk_1",
        "store_id": "ams-1",
        "terminal_id": "till-2",
        "cashier_id": "op-7",
        "receipt_number": None,
        "currency": "EUR",
        "basket_id": "basket-1",
        "lines": sold,
        "charges": (),
        "offers": (offer,),
        "tenders": (),
        "members": {"loyalty": M},
        "basket_amount": total + 5_00,
        "discount_amount": 5_00,
        "tax_amount": 0,
        "total_amount": total,
        "paid_at": NOW,
    }
    return Sale.model_validate(facts | more)


def post(member: bool = True, **more: object) -> EffectOrder:
    request: Json = {"member_id": M, "auth_identifier": AUTH_ID} if member else {}
    facts: dict[str, Any] = {"request": request, "sale": sale()} | more
    return order("post_order", "basket-1", **facts)


@asynccontextmanager
async def connected(
    now: Callable[[], datetime] = lambda: NOW, **settings: object
) -> AsyncIterator[Wll]:
    connector = Wll(config(**settings), now=now)
    try:
        yield connector
    finally:
        await connector.aclose()
