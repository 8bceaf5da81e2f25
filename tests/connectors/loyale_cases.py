"""The sandbox as Loyale's tests see it, and kinds of sale with their traces in its books."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx
from pydantic import JsonValue, SecretStr

from tests.connectors.loyale_asks import line, posting, sale, sold
from tests.connectors.loyale_asks import tender as tender_of
from tests.connectors.sandbox_server import Control
from tillsaga.connectors.config import ConnectorConfig
from tillsaga.connectors.loyale import Loyale
from tillsaga.domain.basket import Basket
from tillsaga.domain.discounts import Discount
from tillsaga.domain.effects import EffectOrder, Timing
from tillsaga.domain.model import Json
from tillsaga.domain.offers import Member
from tillsaga.domain.sale import Sale, SoldLine
from tillsaga.sandbox.loyale import world

ANN = Member(provider="loyale", member_id=world.ANN)
BOB = Member(provider="loyale", member_id=world.BOB)


class Box:
    """The sandbox's control plane, for Loyale."""

    def __init__(self, control: Control) -> None:
        address = control.base_url.rpartition("/")[0]
        self.base_url = f"{address}/loyale"
        self._http = httpx.Client(base_url=f"{address}/_sandbox", timeout=5)

    def fault(self, operation: str, kind: str, **more: JsonValue) -> None:
        self._post("/faults", {"vendor": "loyale", "operation": operation, "kind": kind, **more})

    def switch(self, **values: JsonValue) -> None:
        self._post("/switches", {"loyale": values})

    def advance(self, seconds: int) -> None:
        self._post("/clock", {"advance_seconds": seconds})

    def give(self, customer: str, points: int) -> None:
        self._post("/seed/loyale", {"adjustments": [{"customer_id": customer, "points": points}]})

    def rows(self, table: str) -> list[Json]:
        rows: list[Json] = self._http.get("/books/loyale").json()[table]
        return rows

    def row(self, table: str, name: str) -> Json:
        row: Json = self._http.get("/books/loyale").json()[table][name]
        return row

    def points(self, customer: str = world.ANN) -> int:
        return int(str(self.row("customers", customer)["points"]))

    def trace(self) -> "Trace":
        return Trace(
            points=self.points(),
            card=int(str(self.row("gift_cards", world.GIFT_CARD)["current_value"])),
            coupon=int(str(self.row("coupons", world.COUPON)["uses_left"])),
        )

    def close(self) -> None:
        self._http.close()

    def _post(self, path: str, body: Json) -> None:
        self._http.post(path, json=body).raise_for_status()


@dataclass(frozen=True)
class Trace:
    """What Ann has: points, cents on her gift card, uses of her coupon."""

    points: int = 7830
    card: int = 25_00
    coupon: int = 1


@dataclass(frozen=True)
class Case:
    """A kind of sale: Ann's books after it, and after it was taken back."""

    sale: Sale
    after: Trace
    back: Trace = Trace()


def connector(box: Box, seconds: float = 5, key: str = world.API_KEY, **settings: object) -> Loyale:
    return Loyale(
        config(box.base_url, Timing(http_timeout=timedelta(seconds=seconds)), key, **settings)
    )


def config(
    base_url: str, timing: Timing, key: str = world.API_KEY, **settings: object
) -> ConnectorConfig:
    return ConnectorConfig.model_validate(
        {
            "store_id": "ams-1",
            "provider": "loyale",
            "kind": "loyale",
            "base_url": base_url,
            "currency": "EUR",
            "credentials": {"scheme_id": SecretStr(world.SCHEME), "api_key": SecretStr(key)},
            "settings": {"outlet_id": world.OUTLET, **settings},
            "discounts": {world.COUPON: Discount(type="absolute", amount=2_00)},
            "timing": timing,
        }
    )


def tender(type_: str, amount: int, **data: str) -> Json:
    return tender_of(type_, amount, "loyale", **data)


def coupon(saved: int, barcode: str = world.COUPON) -> Json:
    return {
        "offer_id": "loyale:coupon-1",
        "provider": "loyale",
        "kind": "coupon",
        "title": "2.00 off",
        "line_amounts": {"1": saved},
        "data": {"barcode": barcode},
    }


def posted(sale: Sale, customer: str = world.ANN, generation: int = 1) -> EffectOrder:
    order = posting(sale, generation, "loyale")
    return order.model_copy(update={"request": {"customer_id": customer}})


def paid(*lines: SoldLine, due: int, tenders: tuple[Json, ...] = (), **more: object) -> Sale:
    payments = [{"type": "cash", "amount": due}] if due else []
    return sale(*lines, due_amount=due, tenders=tenders, payments=payments, **more)


L25 = (sold(line("1", 5_00, "5")),)
L50 = (sold(line("1", 12_00, "5"), 10_00),)
CARD_10 = tender("giftcard", 10_00, reference=world.GIFT_CARD, subject="giftcard-1")
POINTS_15 = tender("points", 15_00)
CHEAPER = (sold(line("1", 20_00, "3"), 2_00),)

CASES = {
    "earns": Case(paid(*L25, due=25_00), Trace(points=7980)),
    "points": Case(paid(*L50, due=35_00, tenders=(POINTS_15,)), Trace(points=7830 + 210 - 1500)),
    "gift card": Case(
        paid(*L50, due=40_00, tenders=(CARD_10,)),
        Trace(points=8130, card=15_00),
        Trace(card=15_00),
    ),
    "coupon": Case(
        paid(*CHEAPER, due=58_00, offers=[coupon(2_00)]),
        Trace(points=7830 + 348, coupon=0),
        Trace(coupon=0),
    ),
    "everything": Case(
        paid(*CHEAPER, due=33_00, tenders=(CARD_10, POINTS_15), offers=[coupon(2_00)]),
        Trace(points=7830 + 258 - 1500, card=15_00, coupon=0),
        Trace(card=15_00, coupon=0),
    ),
    "exchange": Case(paid(*L25, sold(line("2", 3_33, "-2")), due=18_34), Trace(points=7830 + 110)),
}


def basket(amount: int = 50_00) -> Basket:
    return Basket(id="basket-1", currency="EUR", lines=(line("1", amount),))


def now() -> datetime:
    return datetime.now(UTC)
