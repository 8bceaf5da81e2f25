"""A till that talks to the Loyalty Engine, and looks behind the scenes."""

from typing import Any

import httpx

from tillsaga.sandbox.wll import world

REWARDS, RECEIPTS = "/wll/api/v1", "/wll/receipts/v1"
TOKENS = "/wll/auth/oauth/token"
CREDENTIALS = {
    "client_id": world.CLIENT_ID,
    "client_secret": world.CLIENT_SECRET,
    "grant_type": "client_credentials",
    "audience": world.AUDIENCE,
}
NOW = "2026-03-01T10:00:00.000Z"
"""Where the test clock stands still."""
ORDER: dict[str, Any] = {
    "transactionId": "tx-000042",
    "placedAt": "2026-03-01T10:20:00.000Z",
    "currency": "GBP",
    "total": 1950,
    "locationId": "store-12",
    "cashierId": "op-7",
    "submitter": {"authIdentifier": world.MEMBER_AUTH},
    "items": [
        {
            "sku": "SKU-1",
            "name": "Coffee beans",
            "quantity": 2,
            "unitPrice": 1225,
            "total": 2450,
        }
    ],
    "discounts": [{"type": "VOUCHER", "reference": world.BENEFIT_CODE, "amount": 500}],
}
"""The example of sheet 3.5: 19.50, which earns 19 points."""


class WllTill:
    """Asks with the tenant's key and an admin token; `till` is the control plane's side."""

    def __init__(self, till: Any) -> None:
        self.till, self.http = till, till.http

    async def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        key: str | None = world.API_KEY,
        token: str | None = world.TOKEN,
        **query: Any,
    ) -> httpx.Response:
        headers = {"X-Api-Key": key} if key else {}
        headers |= {"Authorization": f"Bearer {token}"} if token else {}
        base = RECEIPTS if path == "/orders" else REWARDS
        answer: httpx.Response = await self.http.request(
            method, f"{base}{path}", headers=headers, params=query, json=body
        )
        return answer

    async def ok(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        """Ask, expect the success envelope of sheet 1, and answer its `data`."""
        answer = await self.ask(method, path, body, **more)
        assert answer.status_code == 200, answer.text
        assert answer.json()["status"] == "success"
        return answer.json()["data"]

    async def refused(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        """Ask, expect the error envelope of sheet 1, and answer status and code."""
        answer = await self.ask(method, path, body, **more)
        envelope = answer.json()
        assert envelope["status"] == "error"
        assert envelope["message"]
        return answer.status_code, envelope["error"]

    async def token(self, **changed: Any) -> httpx.Response:
        answer: httpx.Response = await self.http.post(TOKENS, json=CREDENTIALS | changed)
        return answer

    async def wallet(self, user: str = world.MEMBER) -> Any:
        return await self.ok("GET", f"/users/{user}/wallet")

    async def points(self, user: str = world.MEMBER) -> int:
        return int((await self.wallet(user))["points"])

    async def event(self, type: str = world.SPEND_TYPE, **payload: Any) -> Any:
        return await self.ok("POST", "/events", event(type, **payload))

    async def books(self) -> Any:
        return await self.till.control("GET", "/books/wll")

    async def voucher(self, benefit: str) -> Any:
        return (await self.books())["vouchers"][benefit]

    async def seed(self, **lists: Any) -> Any:
        return await self.till.control("POST", "/seed/wll", lists)

    async def switch(self, **switches: Any) -> None:
        await self.till.control("POST", "/switches", {"wll": switches})

    async def advance(self, seconds: int) -> None:
        await self.till.advance(seconds)

    async def fault(self, kind: str, operation: str | None = None, **more: Any) -> Any:
        rule = {"vendor": "wll", "kind": kind, "operation": operation} | more
        return await self.till.control("POST", "/faults", rule)

    async def requests(self, operation: str) -> list[Any]:
        log = (await self.till.control("GET", "/requests"))["requests"]
        return [one for one in log if one["operation"] == operation]


REDEEM, VALIDATE = "/commands/redeem_benefit", "/commands/validate_voucher"


def redeem(benefit: str = world.BENEFIT) -> tuple[str, str, Any]:
    """The redeem call of sheet 3.3."""
    return "POST", REDEEM, {"benefitId": benefit}


def check(code: str = world.REDEEMED_CODE, **more: Any) -> tuple[str, str, Any]:
    """The validation that does not burn, of sheet 3.4."""
    return "POST", VALIDATE, {"code": code, "allowFutureValidation": True} | more


def burn(code: str = world.REDEEMED_CODE, **more: Any) -> tuple[str, str, Any]:
    """The validation that burns, of sheet 3.4."""
    return "POST", VALIDATE, {"code": code, "allowFutureValidation": False} | more


def event(type: str = world.SPEND_TYPE, **payload: Any) -> dict[str, Any]:
    """An event of `MEMBER`, as in the examples of sheet 3.6."""
    return {
        "type": type,
        "subject": world.MEMBER,
        "executor": "pos-hub",
        "occurredAt": "2026-03-01T10:18:00.000Z",
        "payload": payload,
    }
