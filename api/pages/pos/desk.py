"""Asks our API for what the page shows, and does there what the cashier wants."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from api.access import own_store
from api.pages.own_api import Call
from api.pages.pos.actions import Step
from api.pages.pos.bill import Bill
from api.pages.pos.plan import Consequence, to_come
from api.pages.pos.scene import Place, terminals_of
from api.pages.signing import Visitor
from api.services import Services
from tillsaga.errors import Refusal

Json = dict[str, Any]
MOST_OF_A_NAME = 64


class Desk:
    """A till in a browser: who stands at it, and what our API says to them."""

    def __init__(self, services: Services, visitor: Visitor) -> None:
        self._services = services
        self._visitor = visitor
        self.calls: list[Call] = []

    def place(self, store_id: str | None, terminal: str | None) -> Place:
        """Find where the till stands; without a wish, at the first of the key's stores.

        Raises:
            Refusal: `store_not_found` or `invalid_request`.
        """
        holder, stores = self._visitor.holder, self._services.stores
        mine = tuple(store for store in stores.stores if store.id in holder.stores)
        if not store_id and not mine:
            raise Refusal("store_not_found", "this API key has no store of the stores file")
        store = own_store(holder, stores, store_id) if store_id else mine[0]
        name = (terminal or terminals_of(store)[0]).strip()
        if not name or len(name) > MOST_OF_A_NAME:
            raise Refusal("invalid_request", "a terminal's name has 1 to 64 characters")
        return Place(store, name, mine)

    def place_of(self, bill: Bill) -> Place:
        """Find where a bill belongs to."""
        return self.place(bill.store_id, bill.terminal_id)

    async def bill(self, checkout_id: str) -> Bill:
        """Read a bill.

        Raises:
            Refusal: what the API says instead.
        """
        call = await self._visitor.api.get(_address(checkout_id))
        if not call.is_ok:
            raise Refusal(str(call.body["code"]), str(call.body.get("detail", "")))
        return Bill(dict(call.body))

    async def send(
        self, method: str, path: str, body: Json | None = None, key: str | None = None
    ) -> Call:
        """Ask our API for something that the page shows as a call."""
        call = await self._visitor.api.send(method, path, body, key)
        self.calls.append(call)
        return call

    async def do(self, checkout_id: str, step: Step, key: str | None = None) -> Call:
        """Send what a form says."""
        return await self.send(step.method, f"{_address(checkout_id)}{step.path}", step.body, key)

    async def scan(self, value: str, place: Place, bill: Bill | None) -> Call:
        """Ask whose a code is."""
        if bill is None:
            body = {"store_id": place.store.id, "value": value}
            return await self.send("POST", "/v1/scans", body)
        return await self.send("POST", f"{_address(bill.id)}/scans", {"value": value})

    async def open(
        self, place: Place, basket: Json, identifiers: Sequence[Json], codes: Sequence[str]
    ) -> Call:
        """Open a bill for what is sold first."""
        body: Json = {"store_id": place.store.id, "terminal_id": place.terminal}
        body |= {"basket": basket}
        body |= {"identifiers": list(identifiers)} if identifiers else {}
        body |= {"codes": list(codes)} if codes else {}
        return await self.send("POST", "/v1/checkouts", body)

    async def plan(self, bill: Bill) -> tuple[Consequence, ...]:
        """Read what the payment would set in motion; nothing where nobody can say."""
        if bill.status not in ("open", "ready"):
            return ()
        call = await self._visitor.api.get(f"{_address(bill.id)}/plan")
        return to_come(_list(call.body)) if call.is_ok else ()

    async def refund(self, refund_id: str) -> Json | None:
        """Read how a refund stands."""
        call = await self._visitor.api.get(f"/v1/refunds/{quote(refund_id, safe='')}")
        return dict(call.body) if call.is_ok else None


def _address(checkout_id: str) -> str:
    return f"/v1/checkouts/{quote(checkout_id, safe='')}"


def _list(body: Mapping[str, Any]) -> list[Json]:
    found = body.get("data")
    return found if isinstance(found, list) else []
