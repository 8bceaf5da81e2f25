"""Loyale in a demo: its customer, and what moves in its books."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tillsaga.demo.movements import Json, Ledger, Movement, done, number, taken_back
from tillsaga.demo.sandbox import Sandbox
from tillsaga.domain.model import Json as Data
from tillsaga.domain.ports import EffectRecord

VENDOR = "loyale"
SALE = Ledger(VENDOR, "sale")
POINTS, GIFTCARD = Ledger(VENDOR, "points", "points"), Ledger(VENDOR, "gift card", "money")
_OPENING_POINTS, _OPENING_CARD = 1000, 10_00


@dataclass(frozen=True)
class Customer:
    """Somebody with a loyalty card, points and a gift card."""

    id: str
    barcode: str
    giftcard: str

    @property
    def identifier(self) -> Json:
        """What the till scans."""
        return {"type": "card", "value": self.barcode, "provider": VENDOR}

    def booked(self, books: Json) -> Iterator[Movement]:
        """Write what the books have of this customer as movements."""
        for sale in books["transactions"]:
            if sale["customer_id"] == self.id and sale["state"] != "FAILED":
                yield Movement(SALE, sale["unique_id"], 1 if sale["returned"] == "NONE" else 0)
        yield from _entries(POINTS, books["customers"][self.id])
        yield from _entries(GIFTCARD, books["gift_cards"][self.giftcard])


def new_customer(sandbox: Sandbox) -> Customer:
    """Add a customer with 1000 points, worth 10.00, and 10.00 on a gift card."""
    customer = {"points": _OPENING_POINTS, "gift_cards": [{"value_in_cents": _OPENING_CARD}]}
    made = sandbox.seed(VENDOR, {"customers": [customer]})["customers"][0]
    return Customer(made["id"], made["barcode"], made["gift_cards"][0])


def recorded(records: Iterable[EffectRecord]) -> Iterator[Movement]:
    """Write the records of a checkout's effects at Loyale as movements."""
    known = [record for record in records if done(record)]
    parts = [record for record in known if record.order.operation == "return_lines"]
    returned = {r.order.whole.key for r in parts if r.do.done and _changes_the_sale(r.do.done.data)}
    for record in parts:
        yield from _returned(record)
    for record in known:
        did = record.do.done
        if record.order.operation != "post_transaction" or did is None:
            continue
        name = did.transaction_id
        gone = taken_back(record) or record.order.key in returned
        yield Movement(SALE, name, 0 if gone else 1)
        yield from _moved(POINTS, name, number(did.data, "points_earned"), 1)
        yield from _moved(POINTS, name, number(did.data, "points_redeemed"), -1)
        yield from _spent(did.data, name)
        undid = record.undo.done if record.undo else None
        if undid is not None:
            yield from _points_of(undid.data, name)


def _changes_the_sale(data: Data) -> bool:
    """Whether Loyale returned a part of the sale itself, and not goods by today's rules."""
    return not data.get("custom") and "kept" not in data


def _returned(record: EffectRecord) -> Iterator[Movement]:
    """What the return of a part did; the sale's id is also that of its line items' returns."""
    did = record.do.done
    if did is not None:
        yield from _points_of(did.data, None if did.data.get("custom") else did.reference)


def _points_of(data: Data, name: str | None) -> Iterator[Movement]:
    yield from _moved(POINTS, name, number(data, "points_deducted"), -1)
    yield from _moved(POINTS, name, number(data, "points_readded"), 1)


def _spent(data: Data, name: str | None) -> Iterator[Movement]:
    cards = data.get("gift_cards")
    for card in cards if isinstance(cards, list) else ():
        if isinstance(card, dict):
            yield from _moved(GIFTCARD, name, number(card, "amount"), -1)


def _moved(ledger: Ledger, name: str | None, amount: int | None, sign: int) -> Iterator[Movement]:
    if amount:
        yield Movement(ledger, name, sign * amount)


def _entries(ledger: Ledger, account: Json) -> Iterator[Movement]:
    for entry in account["entries"]:
        if entry["unique_id"]:
            yield Movement(ledger, entry["unique_id"], entry["amount"])
