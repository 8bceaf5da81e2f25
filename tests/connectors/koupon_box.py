"""The sandbox as Koupon's tests see it, and what a checkout asks there."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from pydantic import JsonValue

from tests.connectors.koupon_asks import MEMBER, config, order
from tests.connectors.sandbox_server import Control
from tillsaga.connectors.koupon import Koupon
from tillsaga.domain.effects import Done, EffectOrder, Timing
from tillsaga.domain.model import Json


class Box:
    """The sandbox's control plane, for Koupon."""

    def __init__(self, control: Control) -> None:
        address = control.base_url.rpartition("/")[0]
        self.base_url = f"{address}/koupon"
        self._http = httpx.Client(base_url=f"{address}/_sandbox", timeout=5)

    def fault(self, operation: str, kind: str, **more: JsonValue) -> None:
        rule = {"vendor": "koupon", "operation": f"transaction.{operation}", "kind": kind}
        self._post("/faults", {**rule, **more})

    def switch(self, **values: JsonValue) -> None:
        self._post("/switches", {"koupon": values})

    def advance(self, seconds: int) -> None:
        self._post("/clock", {"advance_seconds": seconds})

    def left(self, asset: str, coupon: str | None = None) -> int:
        """Read how often an offer can still be redeemed."""
        books = self._books()
        offers = books["accounts"][asset]["coupons"] if coupon else books["barcodes"]
        return int(offers[coupon or asset]["left"])

    def lines(self) -> list[tuple[int, int]]:
        """Read each accepted redemption: quantity asked, quantity redeemed."""
        lines = [line for call in self._books()["redeem_calls"] for line in call["lines"]]
        return [(line["qty"], line["redeemed_qty"]) for line in lines]

    def reports(self) -> list[Json]:
        reports: list[Json] = self._books()["reports"]
        return reports

    def stores(self) -> list[str | None]:
        """Read which store each accepted call was signed for."""
        books = self._books()
        return [call["store_id"] for call in (*books["redeem_calls"], *books["reports"])]

    def close(self) -> None:
        self._http.close()

    def _books(self) -> Any:
        return self._http.get("/books/koupon").raise_for_status().json()

    def _post(self, path: str, body: object) -> None:
        self._http.post(path, json=body).raise_for_status()


def connector(box: Box, seconds: float = 5, **settings: JsonValue) -> Koupon:
    timing = Timing(http_timeout=timedelta(seconds=seconds))
    return Koupon(config(box.base_url, timing=timing, settings=settings))


async def scanned(koupon: Koupon, code: str, quantity: int | None = None) -> EffectOrder:
    offer = await koupon.find_offer(code, MEMBER)
    assert offer is not None
    return order(offer.commit, quantity)


async def redeem(koupon: Koupon, code: str, quantity: int | None = None) -> Done:
    return await koupon.operator("redeem_coupon").do(await scanned(koupon, code, quantity))


def now() -> datetime:
    return datetime.now(UTC)
