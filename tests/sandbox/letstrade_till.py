"""A till that talks to Let'sTrade, and looks behind the scenes; money in the books is cents."""

import copy
from typing import Any

import httpx
import pytest_asyncio

from tillsaga.sandbox.letstrade import world

OFFERINGS, FINALISE = "/letstrade/v1/get/offerings", "/letstrade/v1/finalise/offerings"
REFUND = "/letstrade/v1/refund"
UUID = "0b7c6f0e-6f0e-4a3b-9a55-1f6f2f1f0a01"
COFFEES = {"sku": world.COFFEE, "pid": world.COFFEE_PID, "quantity": "2", "price": "35.00"}
MUFFIN = {"sku": world.MUFFIN, "pid": world.MUFFIN_PID, "quantity": "1", "price": "30.00"}
TEN_OFF = {"title": "R10 off", "apply_to": "BASKET", "discount": 10}


def basket_b(**more: Any) -> dict[str, Any]:
    """Basket B of sheet 10: 100.00; a field set to None is left out."""
    lines = [copy.deepcopy(COFFEES), copy.deepcopy(MUFFIN)]
    basket = {"uuid": UUID, "total": "100.00", "product_list": lines} | more
    return {name: value for name, value in basket.items() if value is not None}


class LetsTradeTill:
    """Quotes and finalises basket B; `till` is the control plane's side."""

    def __init__(self, till: Any) -> None:
        self.till, self.http = till, till.http

    async def post(self, path: str, body: Any, token: str | None = world.TOKEN) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer: httpx.Response = await self.http.post(path, json=body, headers=headers)
        return answer

    async def ask(self, path: str, codes: Any = (), **basket: Any) -> httpx.Response:
        codes = list(codes) if isinstance(codes, tuple) else codes
        where = {"store_id": world.STORE, "terminal_id": world.TERMINAL, "code": codes}
        named = {"outstanding": "100.00"} if path == OFFERINGS else {}
        return await self.post(path, where | {"basket": basket_b(**(named | basket))})

    async def quote(self, *codes: str, **basket: Any) -> Any:
        """Quote basket B, expect 200, and answer the reply."""
        return _ok(await self.ask(OFFERINGS, codes, **basket))

    async def finalise(self, *codes: str, **basket: Any) -> Any:
        """Finalise basket B, expect 200, and answer the reply."""
        return _ok(await self.ask(FINALISE, codes, **basket))

    async def refused(self, path: str, *codes: str, **basket: Any) -> tuple[int, str]:
        """Ask, expect the error envelope of sheet 1, and answer status and message."""
        return refusal(await self.ask(path, codes, **basket))

    async def refund(self, **body: Any) -> httpx.Response:
        where = {"store_id": world.STORE, "terminal_id": world.TERMINAL}
        return await self.post(REFUND, where | body)

    async def mint(self, kind: str, user: str = world.THANDI, **more: Any) -> str:
        wanted = {"kind": kind, "user_id": user} | more
        return str((await self.seed(codes=[wanted]))["codes"][0]["code"])

    async def ten_off(self) -> str:
        """Mint R1 of sheet 10."""
        return await self.mint("R", voucher_id=world.VOUCHER_TEN)

    async def seed(self, **lists: Any) -> Any:
        return await self.till.control("POST", "/seed/letstrade", lists)

    async def switch(self, **switches: Any) -> None:
        await self.till.control("POST", "/switches", {"letstrade": switches})

    async def advance(self, seconds: int) -> None:
        await self.till.control("POST", "/clock", {"advance_seconds": seconds})

    async def fault(self, kind: str, operation: str, **more: Any) -> None:
        rule = {"vendor": "letstrade", "kind": kind, "operation": operation} | more
        await self.till.control("POST", "/faults", rule)

    async def books(self) -> Any:
        return await self.till.control("GET", "/books/letstrade")

    async def customer(self, user: str = world.THANDI) -> Any:
        return (await self.books())["customers"][user]

    async def money(self, user: str = world.THANDI) -> tuple[int, int]:
        """Answer cents in the wallet and charged to the card."""
        found = await self.customer(user)
        return found["wallet_in_cents"], found["card_charged_in_cents"]

    async def voucher_state(self, voucher: str = world.VOUCHER_TEN) -> str:
        return str((await self.books())["vouchers"][voucher]["state"])

    async def code_state(self, code: str) -> str:
        return str((await self.books())["codes"][code]["state"])

    async def basket_state(self) -> str:
        return str((await self.books())["baskets"][UUID]["state"])


def _ok(answer: httpx.Response) -> Any:
    assert answer.status_code == 200, answer.text
    return answer.json()


def refusal(answer: httpx.Response) -> tuple[int, str]:
    """Expect the error envelope of sheet 1 and answer status and message."""
    envelope = answer.json()
    assert set(envelope) == {"success", "message", "content"}, envelope
    assert envelope["success"] is False
    return answer.status_code, str(envelope["message"])


@pytest_asyncio.fixture
async def shop(till: Any) -> LetsTradeTill:
    """Put a Let'sTrade till beside the control plane, the clock standing still."""
    return LetsTradeTill(till)
