"""The vendor's side of a demo: customers made for it, faults, and the vendor's own books."""

from dataclasses import dataclass
from typing import Any

import httpx

from tillsaga.sandbox import world

Json = dict[str, Any]
OPENING_POINTS, OPENING_PREPAID, OPENING_CARD = 120, 25_00, 20_00
REWARD = world.REWARD_COFFEE


@dataclass(frozen=True)
class Customer:
    """Somebody like Ann, with a card, a voucher for a coffee, points, credit and a gift card."""

    contact: str
    card: str
    voucher: str
    voucher_code: str
    giftcard: str
    giftcard_code: str


class Vendor:
    """Leat, as the sandbox plays it, through its control plane."""

    def __init__(self, sandbox_url: str) -> None:
        """Take where the sandbox is."""
        self._http = httpx.Client(base_url=f"{sandbox_url}/_sandbox", timeout=10)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def new_customer(self) -> Customer:
        """Add a customer that nobody else uses, so that the books are easy to compare."""
        contact = {
            "firstname": "Ann",
            "points": OPENING_POINTS,
            "prepaid_in_cents": OPENING_PREPAID,
            "tier": "Gold",
            "identifiers": [{}],
            "vouchers": [{"promotion_uuid": world.PROMOTION_COFFEE}],
        }
        giftcard = {"balance_in_cents": OPENING_CARD}
        made = self._post("/seed/leat", {"contacts": [contact], "giftcards": [giftcard]})
        ann, card = made["contacts"][0], made["giftcards"][0]
        return Customer(
            contact=ann["uuid"],
            card=ann["identifiers"][0],
            voucher=ann["vouchers"][0]["uuid"],
            voucher_code=ann["vouchers"][0]["code"],
            giftcard=card["uuid"],
            giftcard_code=card["hash"],
        )

    def books(self) -> Json:
        """Read the vendor's books."""
        return self._get("/books/leat")

    def go_wrong(self, kind: str, operation: str, **more: object) -> None:
        """Let the next call of an operation go wrong."""
        self._post("/faults", {"vendor": "leat", "kind": kind, "operation": operation, **more})

    def times_applied(self, operation: str) -> int:
        """Count the calls of an operation that the vendor carried out."""
        log = self._get("/requests")["requests"]
        return sum(1 for entry in log if entry["operation"] == operation and entry["applied"])

    def _get(self, path: str) -> Json:
        answer: Json = self._http.get(path).raise_for_status().json()
        return answer

    def _post(self, path: str, body: Json) -> Json:
        answer: Json = self._http.post(path, json=body).raise_for_status().json()
        return answer
