"""The sandbox as White Label Loyalty's tests see it, and each operation's trace in its books."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from pydantic import JsonValue, SecretStr

from tests.connectors.sandbox_server import Control
from tests.connectors.wll_asks import basket, sale
from tillsaga.connectors.config import ConnectorConfig
from tillsaga.connectors.wll import Wll
from tillsaga.domain.effects import EffectOrder, Step, Timing
from tillsaga.domain.model import Json
from tillsaga.domain.offers import Identifier, Member, Offer
from tillsaga.sandbox.wll import world

USUAL = timedelta(seconds=5)


class Box:
    """The sandbox's control plane, for White Label Loyalty."""

    def __init__(self, control: Control) -> None:
        self.address = control.base_url.rpartition("/")[0]
        self._http = httpx.Client(base_url=f"{self.address}/_sandbox", timeout=5)

    def fault(self, operation: str, kind: str, **more: JsonValue) -> None:
        self._post("/faults", {"vendor": "wll", "operation": operation, "kind": kind, **more})

    def switch(self, **values: JsonValue) -> None:
        self._post("/switches", {"wll": values})

    def advance(self, seconds: int) -> None:
        self._post("/clock", {"advance_seconds": seconds})

    def books(self) -> dict[str, Any]:
        shown: dict[str, Any] = self._http.get("/books/wll").json()
        return shown

    def points(self, wll_id: str = world.MEMBER) -> int:
        return int(self.books()["points"][wll_id]["balance"])

    def voucher(self, benefit_id: str) -> str:
        return str(self.books()["vouchers"][benefit_id]["status"])

    def events(self, type_: str) -> list[dict[str, Any]]:
        return [row for row in self.books()["events"] if row["type"] == type_]

    def asked(self, operation: str) -> int:
        log = self._http.get("/requests").json()["requests"]
        return sum(entry["operation"] == operation for entry in log)

    def close(self) -> None:
        self._http.close()

    def _post(self, path: str, body: Json) -> None:
        self._http.post(path, json=body).raise_for_status()


def connector(box: Box, timeout: timedelta = USUAL, **settings: Any) -> Wll:
    return Wll(config(box.address, Timing(http_timeout=timeout), **settings))


def config(address: str, timing: Timing, **settings: Any) -> ConnectorConfig:
    at = f"{address}/wll"
    given: dict[str, JsonValue] = {
        "auth_url": f"{at}/auth",
        "receipts_base_url": f"{at}/receipts/v1",
        "location_id": world.VENUE,
        "redeem_event": world.SPEND_TYPE,
        "refund_event": world.REFUND_TYPE,
        "points_per_unit": 100,
    }
    return ConnectorConfig(
        store_id="ams-1",
        provider="wll",
        kind="wll",
        base_url=f"{at}/api/v1",
        currency="EUR",
        credentials={
            "api_key": SecretStr(world.API_KEY),
            "client_id": SecretStr(world.CLIENT_ID),
            "client_secret": SecretStr(world.CLIENT_SECRET),
        },
        settings=given | settings,
        timing=timing,
    )


def now() -> datetime:
    return datetime.now(UTC)


def order(step: Step | None, amount: int | None = None, **more: Any) -> EffectOrder:
    assert step is not None
    return EffectOrder(
        checkout_id="chk_1",
        store_id="ams-1",
        provider="wll",
        kind="wll",
        operation=step.operation,
        subject=step.subject,
        request=step.request,
        amount=amount,
        **more,
    )


async def member(wll: Wll, value: str = world.MEMBER_ACCOUNT) -> Member:
    found = (await wll.identify(Identifier(type="card", value=value))).member
    assert found is not None
    return found


async def offer(wll: Wll, benefit_id: str) -> Offer:
    quoted = await wll.quote(basket(), await member(wll))
    return next(each for each in quoted.offers if each.subject == benefit_id)


async def activate(wll: Wll) -> EffectOrder:
    return order((await offer(wll, world.BENEFIT)).hold)


async def burn_issued(wll: Wll) -> EffectOrder:
    issued = await offer(wll, world.BENEFIT)
    active = await wll.operator("activate_voucher").do(order(issued.hold))
    return order(issued.commit, prior={"activate_voucher": active.data})


async def burn_redeemed(wll: Wll) -> EffectOrder:
    return order((await offer(wll, world.REDEEMED)).commit)


async def burn_scanned(wll: Wll) -> EffectOrder:
    found = await wll.find_offer(world.REDEEMED_CODE, None)
    assert found is not None
    return order(found.commit)


async def spend(wll: Wll) -> EffectOrder:
    found = await wll.find_tender("points", None, await member(wll), None, 3_00)
    assert found is not None
    return order(found.step, 3_00)


async def post(wll: Wll) -> EffectOrder:
    quoted = await wll.quote(basket(), await member(wll))
    return order(quoted.earn, sale=sale())


@dataclass(frozen=True)
class Case:
    """An operation: the vendor call behind it, and its trace in the books before and after."""

    ask: Callable[[Wll], Awaitable[EffectOrder]]
    do: str
    trace: Callable[[Box], object]
    before: object
    after: object
    calls_before: int = 0
    """Calls of the same name that come before the one that counts, such as a check."""
    undo: str | None = None
    settings: tuple[tuple[str, Any], ...] = ()

    def fault(self, box: Box, kind: str) -> None:
        box.fault(self.do, kind, times=1, after=self.calls_before)


def state(benefit_id: str) -> Callable[[Box], object]:
    return lambda box: box.voucher(benefit_id)


def reported(type_: str) -> Callable[[Box], object]:
    return lambda box: (len(box.events(type_)), box.points())


CASES = {
    "activate": Case(activate, "benefit.redeem", state(world.BENEFIT), "ISSUED", "REDEEMED"),
    "burn, issued": Case(
        burn_issued, "voucher.validate", state(world.BENEFIT), "REDEEMED", "BURNED", 1
    ),
    "burn, redeemed": Case(
        burn_redeemed, "voucher.validate", state(world.REDEEMED), "REDEEMED", "BURNED", 1
    ),
    "burn, scanned": Case(
        burn_scanned, "voucher.validate", state(world.REDEEMED), "VALIDATED", "BURNED", 1
    ),
    "spend": Case(
        spend,
        "event.report",
        reported(world.SPEND_TYPE),
        (0, 500),
        (1, 200),
        undo="event.report",
    ),
    "order": Case(
        post,
        "order.place",
        reported("ORDER_PLACED"),
        (0, 500),
        (1, 519),
        undo="event.report",
    ),
    "sale event": Case(
        post,
        "event.report",
        reported(world.SALE_TYPE),
        (0, 500),
        (1, 519),
        undo="event.report",
        settings=(("sale_event", world.SALE_TYPE),),
    ),
}
UNDONE = {name: case for name, case in CASES.items() if case.undo}
