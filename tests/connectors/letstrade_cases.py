"""The sandbox as Let'sTrade's tests see it, a till that rings up, and what its sales leave."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx
from pydantic import JsonValue, SecretStr

from tests.connectors.letstrade_asks import sale
from tests.connectors.sandbox_server import Control
from tillsaga.connectors.config import ConnectorConfig
from tillsaga.connectors.letstrade import LetsTrade
from tillsaga.domain.basket import Basket
from tillsaga.domain.discounts import savings
from tillsaga.domain.effects import EffectOrder, Timing
from tillsaga.domain.model import Json
from tillsaga.domain.offers import Member, Offer
from tillsaga.domain.sale import Sale
from tillsaga.sandbox.letstrade import world

QUOTE, FINALISE, REFUND = "offerings.get", "offerings.finalise", "refund.create"


def member(user: str) -> Member:
    return Member(provider="letstrade", member_id=user, data={"user": {"_id": user}})


def basket(name: str = "basket-0001", **more: object) -> Basket:
    """Basket B of the acceptance cases."""
    coffee = {
        "line_id": "1",
        "sku": world.COFFEE,
        "title": "Flat white",
        "quantity": "2",
        "unit_amount": 35_00,
        "provider_ids": {"letstrade": world.COFFEE_PID},
    }
    muffin = {"line_id": "2", "sku": world.MUFFIN, "title": "Muffin", "unit_amount": 30_00}
    facts = {"id": name, "currency": "ZAR", "lines": [coffee, muffin]}
    return Basket.model_validate(facts | more)


class Box:
    """The sandbox's control plane, for Let'sTrade."""

    def __init__(self, control: Control) -> None:
        address = control.base_url.rpartition("/")[0]
        self.base_url = f"{address}/letstrade"
        self._http = httpx.Client(base_url=f"{address}/_sandbox", timeout=5)

    def fault(self, operation: str, kind: str, **more: JsonValue) -> None:
        self._post("/faults", {"vendor": "letstrade", "operation": operation, "kind": kind, **more})

    def switch(self, **values: JsonValue) -> None:
        self._post("/switches", {"letstrade": values})

    def advance(self, seconds: int) -> None:
        self._post("/clock", {"advance_seconds": seconds})

    def seed(self, **lists: JsonValue) -> None:
        self._post("/seed/letstrade", lists)

    def pick(self, basket_id: str, *vouchers: str) -> Json:
        """Let the customer pick vouchers in the app; answers what the till would be posted."""
        picked: Json = {"transaction_id": basket_id, "voucher_ids": [*vouchers]}
        nobody: Json = {"url": "http://127.0.0.1:9/", "timeout_seconds": 1}
        answer = self._http.post("/letstrade/append-vouchers", json=picked | nobody)
        sent: Json = answer.raise_for_status().json()["sent"]
        return sent

    def rows(self, table: str) -> dict[str, Json]:
        rows: dict[str, Json] = self._http.get("/books/letstrade").json()[table]
        return rows

    def trace(self, user: str = world.THANDI) -> "Trace":
        customer = self.rows("customers")[user]
        vouchers = self.rows("vouchers")
        orders = self.rows("orders").values()
        burned = {name for name, row in vouchers.items() if row["state"] == "BURNED"}
        return Trace(
            orders=len([row for row in orders if row["status"] == "ORDERED"]),
            wallet=_int(customer["wallet_in_cents"]),
            card=_int(customer["card_charged_in_cents"]),
            points=_int(customer["points"]),
            burned=frozenset(burned - {world.VOUCHER_BURNED}),
        )

    def close(self) -> None:
        self._http.close()

    def _post(self, path: str, body: Json) -> None:
        self._http.post(path, json=body).raise_for_status()


def _int(value: object) -> int:
    return value if isinstance(value, int) else 0


@dataclass(frozen=True)
class Trace:
    """Orders that stand; the customer's wallet and what the card was charged, cents; points."""

    orders: int = 0
    wallet: int = 40_00
    card: int = 0
    points: int = 0
    burned: frozenset[str] = frozenset()


def connector(
    box: Box, seconds: float = 5, token: str = world.TOKEN, **settings: object
) -> LetsTrade:
    timing = Timing(http_timeout=timedelta(seconds=seconds))
    return LetsTrade(config(box.base_url, timing, token, **settings))


def config(
    base_url: str, timing: Timing, token: str = world.TOKEN, **settings: object
) -> ConnectorConfig:
    return ConnectorConfig.model_validate(
        {
            "store_id": "jhb-1",
            "provider": "letstrade",
            "kind": "letstrade",
            "base_url": base_url,
            "currency": "ZAR",
            "credentials": {"token": SecretStr(token)},
            "settings": {
                "store_id": world.STORE,
                "terminals": {"till-2": world.TERMINAL},
                **settings,
            },
            "timing": timing,
        }
    )


class Till:
    """Rings up one bill as a checkout does: offers first, then payment codes, then the sale."""

    def __init__(self, letstrade: LetsTrade, bill: Basket | None = None) -> None:
        self._letstrade = letstrade
        self.basket = bill or basket()

    async def offer(self, code: str) -> Offer:
        found = await self._letstrade.find_offer(code, None, self.basket)
        assert found is not None
        return found.model_copy(update={"status": "applied"})

    async def sell(
        self,
        *codes: str,
        pay: str | None = None,
        amount: int | None = None,
        offers: tuple[Offer, ...] = (),
    ) -> Sale:
        """Apply codes, quote again at ready, and pay what is due or `amount` by code."""
        applied = [*offers, *[await self.offer(code) for code in codes]]
        quote = await self._letstrade.quote(self.basket, None, applied)
        counting = [o for o in quote.offers if o.status == "applied"]
        priced = [o for o in counting if o.discount]
        saved = savings(self.basket, [o.discount for o in priced if o.discount])
        by_id = {o.id: amounts for o, amounts in zip(priced, saved, strict=True)}
        given = sum(sum(amounts.values()) for amounts in saved)
        due = self.basket.amount - given
        tenders = [await self._tender(pay, due, amount)] if pay else []
        paid = sum(_int(tender["amount"]) for tender in tenders)
        return sale(
            self.basket,
            offers=tuple(_sold(o, by_id.get(o.id, {})) for o in counting),
            tenders=tuple(tenders),
            discount_amount=given,
            total_amount=due,
            due_amount=due - paid,
        )

    async def _tender(self, code: str, due: int, amount: int | None) -> Json:
        found = await self._letstrade.find_tender("wallet", code, None, self.basket, due)
        assert found is not None
        return {
            "type": "wallet",
            "provider": "letstrade",
            "amount": amount or found.available_amount,
            "transaction_id": None,
            "data": found.data,
        }


def _sold(offer: Offer, amounts: dict[str, int]) -> Json:
    return {
        "offer_id": offer.id,
        "provider": offer.provider,
        "kind": offer.kind,
        "title": offer.title,
        "line_amounts": {**amounts},
        "data": offer.data,
    }


def order(sold: Sale, user: str | None = None) -> EffectOrder:
    return EffectOrder(
        checkout_id="chk_1",
        store_id="jhb-1",
        provider="letstrade",
        kind="letstrade",
        operation="finalise",
        subject=sold.basket_id,
        request={"user": {"_id": user}} if user else {},
        sale=sold,
    )


@dataclass(frozen=True)
class Case:
    """A kind of bill: its codes, and the books after it."""

    codes: tuple[str, ...]
    pay: str | None
    after: Trace
    amount: int | None = None


CASES = {
    "no codes": Case((), None, Trace(orders=1)),
    "earning": Case((world.CODE_EARN,), None, Trace(orders=1, points=100)),
    "voucher": Case(
        (world.CODE_TEN,), None, Trace(orders=1, burned=frozenset({world.VOUCHER_TEN}))
    ),
    "product voucher": Case(
        (world.CODE_COFFEE,), None, Trace(orders=1, burned=frozenset({world.VOUCHER_COFFEE}))
    ),
    "payment": Case((), world.CODE_PAY, Trace(orders=1, wallet=0, card=60_00)),
    "wallet only": Case((), world.CODE_WALLET, Trace(orders=1, wallet=0)),
    "part payment": Case((), world.CODE_PAY, Trace(orders=1, wallet=15_00), amount=25_00),
    "everything": Case(
        (world.CODE_TEN, world.CODE_COFFEE, world.CODE_EARN),
        world.CODE_PAY,
        Trace(
            orders=1,
            wallet=0,
            card=15_00,
            points=100,
            burned=frozenset({world.VOUCHER_TEN, world.VOUCHER_COFFEE}),
        ),
    ),
}


def now() -> datetime:
    return datetime.now(UTC)


def long_ago() -> datetime:
    """A first try so long past that no answer is too early."""
    return now() - timedelta(minutes=5)
