"""Our side: a till that speaks the HTTP API."""

import asyncio
import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx
from temporalio.client import Client, WorkflowFailureError, WorkflowHistory
from temporalio.service import RPCError

from bench.reference import GIFTCARD, LINES, CheckoutFailed, Json, Sale
from tillsaga.demo.vendors.leat import COFFEE_REWARD
from tillsaga.dev.stores_template import AMSTERDAM

PATIENCE_SECONDS = 40.0
_NO_ANSWER_YET = ("request_in_progress", "rate_limited", "service_unavailable")
"""What the checkout itself refuses is its answer, and the same under the same key."""
_AGAIN_SECONDS, _SELDOM_SECONDS = 0.02, 0.5


class Ours:
    """Checkouts over HTTP; only their end is looked for in Temporal."""

    def __init__(self, http: httpx.AsyncClient, temporal: Client) -> None:
        """Take connections to the API, with its key, and to Temporal."""
        self._http = http
        self._temporal = temporal

    async def play(self, sale: Sale) -> None:
        """Send the till's messages one after another."""
        customer = sale.customer
        with sale.lap("open"):
            seen = await self.open(customer.card)
        sale.checkout_id = seen["id"]
        with sale.lap("voucher"):
            seen = await self._offer(seen, 1, code=customer.voucher_code)
        with sale.lap("reward"):
            seen = await self._offer(seen, 2, offer_id=_reward(seen))
        with sale.lap("gift card"):
            seen = await self._charge(seen, customer.giftcard_code)
        with sale.lap("ready"):
            seen = await self.ready(seen)
        with sale.lap("pay"):
            await self.pay(seen)

    async def settle(self, sale: Sale) -> None:
        """Wait for the workflow's end."""
        try:
            ended = await self._temporal.get_workflow_handle(sale.checkout_id).result()
        except (WorkflowFailureError, RPCError) as failed:
            raise CheckoutFailed(f"{sale.checkout_id}: {failed}") from failed
        if ended != "completed":
            raise CheckoutFailed(f"{sale.checkout_id} ended as {ended}")

    async def read(self, checkout_id: str) -> Json:
        """Read a checkout as the till sees it."""
        return await self._ask("GET", f"/checkouts/{checkout_id}")

    async def history(self, checkout_id: str) -> tuple[WorkflowHistory, int]:
        """Answer a checkout's history, and its size in bytes as Temporal counts them."""
        handle = self._temporal.get_workflow_handle(checkout_id)
        described = await handle.describe()
        size = described.raw_description.workflow_execution_info.history_size_bytes
        return await handle.fetch_history(), size

    async def open(self, card: str) -> Json:
        """Open a checkout for whom the card shows; answers it as the till sees it."""
        basket = {"id": str(uuid4()), "currency": "EUR", "lines": LINES}
        body = {
            "store_id": AMSTERDAM.id,
            "terminal_id": "till-1",
            "basket": basket,
            "identifiers": [{"type": "card", "value": card}],
        }
        return await self._post("/checkouts", body)

    async def ready(self, seen: Json) -> Json:
        """Freeze the basket."""
        return await self._until(await self.act(seen, "ready", {}), _has_status("ready"))

    async def _offer(self, seen: Json, wanted: int, **offer: str) -> Json:
        return await self._until(
            await self.act(seen, "offers", offer),
            lambda now: _count(now["offers"], "held", "applied") == wanted,
        )

    async def _charge(self, seen: Json, code: str) -> Json:
        body = {"type": "giftcard", "amount": GIFTCARD, "reference": code}
        return await self._until(
            await self.act(seen, "tenders", body),
            lambda now: _count(now["tenders"], "charged") == 1,
        )

    async def pay(self, seen: Json) -> None:
        """Report that all that is due was captured, and wait for the end."""
        body = {
            "status": "captured",
            "type": "card",
            "amount": seen["totals"]["due_amount"],
            "reference": "card-payment-1",
        }
        await self._until(await self.act(seen, "payments", body), _has_status("completed"))

    async def act(self, seen: Json, action: str, body: Json) -> Json:
        """Send one message of an open checkout; answers it as the till sees it then."""
        return await self._post(f"/checkouts/{seen['id']}/{action}", body)

    async def _until(self, seen: Json, reached: Callable[[Json], bool]) -> Json:
        """Read again what was answered before it was done."""
        deadline, wait = time.monotonic() + PATIENCE_SECONDS, _AGAIN_SECONDS
        while not reached(seen):
            if time.monotonic() > deadline:
                raise CheckoutFailed(f"{seen['id']} stays {seen['status']}")
            await asyncio.sleep(wait)
            wait = min(wait * 2, _SELDOM_SECONDS)
            seen = await self.read(seen["id"])
        return seen

    async def _post(self, path: str, body: Json) -> Json:
        return await self._ask("POST", path, json=body, headers={"Idempotency-Key": str(uuid4())})

    async def _ask(self, method: str, path: str, **request: Any) -> Json:
        """Ask until there is an answer, as a till does: same message, same key."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            answer = await self._http.request(method, f"/v1{path}", **request)
            said: Json = answer.json()
            if answer.is_success:
                return said
            if said["code"] not in _NO_ANSWER_YET or time.monotonic() > deadline:
                raise CheckoutFailed(f"{method} {path}: {said['code']}: {said['detail']}")
            await asyncio.sleep(_AGAIN_SECONDS)


def _count(items: list[Json], *statuses: str) -> int:
    return sum(item["status"] in statuses for item in items)


def _reward(seen: Json) -> str:
    for offer in seen["offers"]:
        if COFFEE_REWARD in offer["id"]:
            return str(offer["id"])
    raise CheckoutFailed(f"{seen['id']} has no reward; absent: {seen['degraded']}")


def _has_status(status: str) -> Callable[[Json], bool]:
    return lambda seen: bool(seen["status"] == status)
