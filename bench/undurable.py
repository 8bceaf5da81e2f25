"""The other side: the same vendor calls, plainly awaited, and gone if the process dies.

Same calls, same order, and side by side wherever we ask side by side. No records, no keys, no
retries, nothing given back on failure: what is left is the least that the vendor's part costs.
"""

import asyncio
from typing import Any
from uuid import uuid4

import httpx

from bench.reference import GIFTCARD, Json, Sale
from bench.undurable_order import order_body
from tillsaga.demo.vendors.leat import COFFEE_REWARD
from tillsaga.sandbox import world

PREFIX = "/leat/api/v3/oauth/clients"


class Undurable:
    """A till program that calls Leat itself."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        """Take connections to the vendor, with its token."""
        self._http = http

    async def play(self, sale: Sale) -> None:
        """Make the calls that each message of the till needs; `ready` needs none."""
        with sale.lap("open"):
            contact = await self._open(sale.customer.card)
        with sale.lap("voucher"):
            key = await self._lock(sale.customer.voucher, sale.customer.voucher_code)
        with sale.lap("reward"):
            reception = await self._claim(contact)
        with sale.lap("gift card"):
            charged = await self._charge(sale.customer.giftcard_code)
        with sale.lap("pay"):
            used = await self._redeem(sale.customer.voucher_code, key, reception)
            sale.points = await self._order(contact, charged, used)

    async def settle(self, sale: Sale) -> None:
        """Nothing goes on in the background."""

    async def _open(self, card: str) -> str:
        """Identify the customer, then ask for everything that they could use."""
        found = await self._get("contact-identifiers/find", contact_identifier_value=card)
        contact: str = found["contact"]["uuid"]
        await self._get(f"contacts/{contact}")
        await asyncio.gather(
            self._get(f"contacts/{contact}"),
            self._get("collectable-rewards", contact_uuid=contact),
            self._vouchers(contact, "ACTIVE"),
            self._vouchers(contact, "LOCKED"),
            self._get("rewards", shop_uuid=world.SHOP),
            self._get("rewards", shop_uuid=world.SHOP, contact_uuid=contact),
        )
        return contact

    async def _vouchers(self, contact: str, status: str) -> None:
        await self._get("vouchers", contact_uuid=contact, status=status, limit=100, page=1)

    async def _lock(self, voucher: str, code: str) -> str:
        await asyncio.gather(
            self._get("vouchers/find", code=code),
            self._send("POST", f"vouchers/{voucher}/validate", {"shop_uuid": world.SHOP}),
        )
        locked = await self._send("POST", f"vouchers/{voucher}/lock")
        key: str = locked["lock"]["release_key"]
        return key

    async def _claim(self, contact: str) -> str:
        body = {"contact_uuid": contact, "reward_uuid": COFFEE_REWARD, "shop_uuid": world.SHOP}
        claimed = await self._send("POST", "reward-receptions", body)
        reception: str = claimed["uuid"]
        return reception

    async def _charge(self, code: str) -> str:
        card = await self._get("giftcards/find-one-by", hash=code)
        body = {"giftcard_uuid": card["uuid"], "amount_in_cents": -GIFTCARD}
        charged = await self._send(
            "POST", "giftcard-transactions", body | {"shop_uuid": world.SHOP}
        )
        await self._get(f"giftcards/{card['uuid']}")
        transaction: str = charged["uuid"]
        return transaction

    async def _redeem(self, code: str, key: str, reception: str) -> tuple[str, str]:
        body = {"code": code, "shop_uuid": world.SHOP, "release_key": key}
        redeemed, collected = await asyncio.gather(
            self._send("POST", "vouchers/redeem", body),
            self._send("PUT", f"collectable-rewards/collect/{reception}"),
        )
        return redeemed["voucher_redemption"]["uuid"], collected["uuid"]

    async def _order(self, contact: str, charged: str, used: tuple[str, str]) -> int:
        body = order_body(f"undurable-{uuid4()}", contact, charged, used)
        posted = await self._send("POST", "orders/create-and-process", body)
        points: int = posted["result"]["data"]["points"]
        return points

    async def _get(self, path: str, **params: str | int) -> Any:
        answer = await self._http.get(f"{PREFIX}/{path}", params=params)
        return answer.raise_for_status().json()["data"]

    async def _send(self, method: str, path: str, body: Json | None = None) -> Any:
        answer = await self._http.request(method, f"{PREFIX}/{path}", json=body)
        return answer.raise_for_status().json()["data"]
