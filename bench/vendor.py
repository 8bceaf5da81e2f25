"""The vendor calls of the reference checkout, as every yardstick makes them.

Same calls as ours, in the same order, and side by side where ours are. What is left is the least
that the vendor's part costs: no retries, no refusals told apart, answers read as they are.
"""

import asyncio
from typing import Any

import httpx

from bench.reference import GIFTCARD, Json
from bench.vendor_order import order_body
from tillsaga.demo.vendors.leat import COFFEE_REWARD
from tillsaga.sandbox import world

PREFIX = "leat/api/v3/oauth/clients"
# Less than the sandbox keeps idle connections, or a call between two rounds meets a closed one.
LIMITS = httpx.Limits(max_connections=100, keepalive_expiry=4.0)
SECONDS = 40.0


def connected(sandbox_url: str) -> httpx.AsyncClient:
    """Make the connections to the vendor, with its token."""
    return httpx.AsyncClient(
        base_url=f"{sandbox_url}/{PREFIX}/",
        headers={"Authorization": f"Bearer {world.TOKEN}"},
        limits=LIMITS,
        timeout=SECONDS,
    )


class Vendor:
    """Leat. Every method raises `httpx.HTTPError` where the vendor says no, or nothing."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        """Take what `connected` makes."""
        self._http = http

    async def visit(self, card: str) -> str:
        """Identify the customer, and ask for everything that they could use; answers who."""
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

    async def lock(self, voucher: str, code: str) -> str:
        """Check the voucher and lock it; answers the key that redeems it."""
        await asyncio.gather(
            self._get("vouchers/find", code=code),
            self._send("POST", f"vouchers/{voucher}/validate", {"shop_uuid": world.SHOP}),
        )
        locked = await self._send("POST", f"vouchers/{voucher}/lock")
        key: str = locked["lock"]["release_key"]
        return key

    async def release(self, voucher: str, key: str) -> None:
        """Undo `lock`."""
        await self._send("POST", f"vouchers/{voucher}/release", {"release_key": key})

    async def claim(self, contact: str) -> str:
        """Pre-redeem the reward; answers the reception."""
        body = {"contact_uuid": contact, "reward_uuid": COFFEE_REWARD, "shop_uuid": world.SHOP}
        claimed = await self._send("POST", "reward-receptions", body)
        reception: str = claimed["uuid"]
        return reception

    async def give_back(self, reception: str) -> None:
        """Undo `claim`."""
        await self._send("POST", f"reward-receptions/{reception}/reverse")

    async def find_card(self, code: str) -> str:
        """Find the gift card of a code."""
        card: str = (await self._get("giftcards/find-one-by", hash=code))["uuid"]
        return card

    async def charge(self, card: str) -> str:
        """Charge the gift card and read what is left on it; answers the transaction."""
        body = {"giftcard_uuid": card, "amount_in_cents": -GIFTCARD, "shop_uuid": world.SHOP}
        charged = await self._send("POST", "giftcard-transactions", body)
        await self._get(f"giftcards/{card}")
        transaction: str = charged["uuid"]
        return transaction

    async def refund(self, transaction: str) -> None:
        """Undo `charge`."""
        await self._send("POST", f"giftcard-transactions/{transaction}/reverse")

    async def redeem(self, code: str, key: str) -> str:
        """Redeem the locked voucher; answers the redemption."""
        body = {"code": code, "shop_uuid": world.SHOP, "release_key": key}
        redeemed = await self._send("POST", "vouchers/redeem", body)
        redemption: str = redeemed["voucher_redemption"]["uuid"]
        return redemption

    async def collect(self, reception: str) -> str:
        """Hand the reward over; answers the collection."""
        collected = await self._send("PUT", f"collectable-rewards/collect/{reception}")
        collection: str = collected["uuid"]
        return collection

    async def use(self, code: str, key: str, reception: str) -> tuple[str, str]:
        """Redeem and collect side by side, as ours does; answers the two uses."""
        return await asyncio.gather(self.redeem(code, key), self.collect(reception))

    async def order(self, name: str, contact: str, charged: str, used: tuple[str, str]) -> int:
        """Post the order, `used` the redemption and the collection; answers the points earned."""
        body = order_body(name, contact, charged, used)
        posted = await self._send("POST", "orders/create-and-process", body)
        points: int = posted["result"]["data"]["points"]
        return points

    async def _get(self, path: str, **params: str | int) -> Any:
        answer = await self._http.get(path, params=params)
        return answer.raise_for_status().json()["data"]

    async def _send(self, method: str, path: str, body: Json | None = None) -> Any:
        answer = await self._http.request(method, path, json=body)
        return answer.raise_for_status().json()["data"]
