"""Two fresh customers for each run of a trace, and the names by which the trace knows theirs."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tillsaga.demo.movements import Bill, Movement, Net, net_of
from tillsaga.demo.sandbox import Sandbox
from tillsaga.demo.vendors import koupon, leat, letstrade, loyale, wll
from tillsaga.stores import Store

Json = dict[str, Any]

MIXES = {
    "leat": ("leat",),
    "dollars": ("leat", "loyale", "koupon"),
    "euros": ("leat", "letstrade", "wll"),
}
"""The stores that traces are run in, by name."""
PEOPLE = ("ann", "bob")
_VENDORS: dict[str, Any] = {v.VENDOR: v for v in (leat, letstrade, wll, loyale, koupon)}
_OF_BILLS = ("letstrade", "wll")
_NAMES = {
    "leat": {
        "leat_card": "card",
        "leat_member": "contact",
        "voucher": "voucher_code",
        "voucher_id": "voucher",
        "giftcard": "giftcard_code",
        "giftcard_id": "giftcard",
    },
    "letstrade": {"letstrade_member": "user", "redeem": "voucher_code", "pay": "payment_code"},
    "wll": {"wll_card": "account", "wll_member": "user", "benefit": "voucher"},
    "loyale": {"loyale_card": "barcode", "loyale_member": "id", "second_giftcard": "giftcard"},
    "koupon": {"koupon_card": "account", "barcode": "barcode"},
}
"""What a trace calls a thing of a customer's, and where the customer has it."""


@dataclass(frozen=True)
class World:
    """What belongs to the customers of one run, and to nobody else."""

    customers: dict[str, dict[str, Any]]
    """By person and vendor."""
    actual: dict[str, str]
    """By the trace's name, such as `ann_voucher`; `bill` is the basket's id."""
    currency: str

    def spoken(self, said: Any) -> Any:
        """What a trace says, with this world's codes for `<ann_voucher>`."""
        text = json.dumps(said)
        for name, actual in {**self.actual, "currency": self.currency}.items():
            text = text.replace(f"<{name}>", actual)
        return json.loads(text)

    def anonymous(self, seen: Any) -> Any:
        """What was seen, with the trace's names for this world's codes."""
        text = json.dumps(seen, sort_keys=True)
        for name, actual in sorted(self.actual.items(), key=lambda known: -len(known[1])):
            text = text.replace(actual, f"<{name}>")
        return json.loads(text)

    def booked(self, books: Json, bill: Bill) -> Iterator[Movement]:
        """What the vendors' books have of the customers and the bill."""
        for person in PEOPLE:
            yield from self._booked(person, books, bill)

    def net(self, books: Json, bill: Bill) -> dict[str, int]:
        """What each customer has lost and won."""
        return {
            f"{person}: {name}": amount
            for person in PEOPLE
            for name, amount in _named(net_of(self._booked(person, books, bill))).items()
        }

    def _booked(self, person: str, books: Json, bill: Bill) -> Iterator[Movement]:
        for vendor, customer in self.customers[person].items():
            if vendor not in _OF_BILLS:
                yield from customer.booked(books[vendor])
                continue
            # The bill itself is told by both, so it counts for the first.
            for moved in customer.booked(books[vendor], bill):
                if person == PEOPLE[0] or moved.ledger.name != "order":
                    yield moved


def _named(net: Net) -> dict[str, int]:
    return {f"{ledger.vendor} {ledger.name}": amount for ledger, amount in net.items()}


def new_world(sandbox: Sandbox, store: Store) -> World:
    """Add two customers to each vendor of a store. It waits for the sandbox."""
    kinds: list[str] = [provider.kind for provider in store.providers]
    customers = {
        person: {kind: _VENDORS[kind].new_customer(sandbox) for kind in kinds} for person in PEOPLE
    }
    actual = {
        f"{person}_{name}": getattr(customers[person][kind], field)
        for person in PEOPLE
        for kind in kinds
        for name, field in _NAMES[kind].items()
    }
    return World(customers, actual, store.currency)
