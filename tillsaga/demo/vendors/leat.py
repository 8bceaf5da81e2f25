"""Leat in a demo: its customer, and what moves in its books."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tillsaga.demo.movements import Json, Ledger, Movement, done, number, taken_back
from tillsaga.demo.sandbox import Sandbox
from tillsaga.domain.effects import Done
from tillsaga.domain.ports import EffectRecord
from tillsaga.sandbox import world

VENDOR = "leat"
VOUCHER, LOCK = Ledger(VENDOR, "voucher"), Ledger(VENDOR, "voucher locked")
REWARD, ORDER = Ledger(VENDOR, "reward"), Ledger(VENDOR, "order")
GIFTCARD, PREPAID = Ledger(VENDOR, "gift card", "money"), Ledger(VENDOR, "prepaid", "money")
POINTS = Ledger(VENDOR, "points", "points")

COFFEE_REWARD = world.REWARD_COFFEE
_OPENING_POINTS, _OPENING_PREPAID, _OPENING_CARD = 120, 25_00, 20_00
_MONEY = {
    "charge_giftcard": GIFTCARD,
    "refund_giftcard": GIFTCARD,
    "charge_prepaid": PREPAID,
    "refund_prepaid": PREPAID,
}
_REWARD = ("pre_redeem_reward", "redeem_reward")


@dataclass(frozen=True)
class Customer:
    """Somebody like Ann, with a card, a voucher for a coffee, points, credit and a gift card."""

    contact: str
    card: str
    voucher: str
    voucher_code: str
    giftcard: str
    giftcard_code: str

    @property
    def identifier(self) -> Json:
        """What the till scans."""
        return {"type": "card", "value": self.card, "provider": VENDOR}

    def booked(self, books: Json) -> Iterator[Movement]:
        """Write the books of this customer as movements, without what was there before."""
        yield from _money(GIFTCARD, books["giftcards"][self.giftcard])
        yield from _money(PREPAID, books["prepaid"][self.contact])
        yield from _points(books["points"][self.contact])
        yield from _vouchers(books["vouchers"], self.contact)
        yield from _collections(books["reward_receptions"], self.contact)
        for uuid, order in books["orders"].items():
            if order["contact"] == self.contact:
                yield Movement(ORDER, uuid, 1 if _stands(order) else 0)


def new_customer(sandbox: Sandbox) -> Customer:
    """Add a customer that nobody else uses, so that the books are easy to compare."""
    contact = {
        "firstname": "Ann",
        "points": _OPENING_POINTS,
        "prepaid_in_cents": _OPENING_PREPAID,
        "tier": "Gold",
        "identifiers": [{}],
        "vouchers": [{"promotion_uuid": world.PROMOTION_COFFEE}],
    }
    giftcard = {"balance_in_cents": _OPENING_CARD}
    made = sandbox.seed(VENDOR, {"contacts": [contact], "giftcards": [giftcard]})
    ann, card = made["contacts"][0], made["giftcards"][0]
    return Customer(
        contact=ann["uuid"],
        card=ann["identifiers"][0],
        voucher=ann["vouchers"][0]["uuid"],
        voucher_code=ann["vouchers"][0]["code"],
        giftcard=card["uuid"],
        giftcard_code=card["hash"],
    )


def recorded(records: Iterable[EffectRecord]) -> Iterator[Movement]:
    """Write the records of a checkout's effects at Leat as movements."""
    known = list(records)
    spent = {r.order.subject for r in known if r.order.operation == "redeem_voucher" and done(r)}
    returned = {str(r.order.request["of"]) for r in known if _returns_the_rest(r)}
    for record in known:
        if record.order.operation == "lock_voucher" and record.order.subject in spent:
            continue
        yield from _recorded(record, returned)


def _returns_the_rest(record: EffectRecord) -> bool:
    order = record.order
    return order.operation == "return_lines" and order.request["rest"] is True and done(record)


def _recorded(record: EffectRecord, returned: set[str]) -> Iterator[Movement]:
    operation, subject = record.order.operation, record.order.subject
    if not done(record) or record.do.done is None:
        return
    did, undid = record.do.done, record.undo.done if record.undo else None
    if operation in _MONEY:
        for each in filter(None, (did, undid)):
            yield Movement(_MONEY[operation], each.transaction_id, number(each.data, "amount"))
    elif operation in _REWARD:
        yield Movement(POINTS, did.transaction_id, number(did.data, "credits"))
        if undid:
            yield Movement(POINTS, undid.transaction_id, undid.points)
    elif operation == "post_order" and did.transaction_id:
        stands = not taken_back(record) and subject not in returned
        yield Movement(ORDER, did.transaction_id, 1 if stands else 0)
        if did.points != 0:  # Leat books none where there are none
            yield Movement(POINTS, f"order:{did.transaction_id}", did.points)
        yield from _corrected(undid)
    elif operation == "return_lines":
        yield from _corrected(did)
    elif operation == "return_goods":
        yield Movement(POINTS, did.transaction_id, did.points)
    elif operation == "redeem_voucher":
        yield Movement(VOUCHER, did.transaction_id, 0 if taken_back(record) else 1)
    elif operation == "collect_reward":
        yield Movement(REWARD, did.transaction_id, 0 if taken_back(record) else 1)
    elif operation == "lock_voucher" and not taken_back(record):
        yield Movement(LOCK, subject)


def _corrected(did: Done | None) -> Iterator[Movement]:
    """Points that a return of goods took; Leat books none where there are none."""
    if did is not None and did.transaction_id and did.points:
        yield Movement(POINTS, f"order_return:{did.transaction_id}", did.points)


def _stands(order: Json) -> bool:
    return any(line["quantity"] for line in order["left"]["line_items"])


def _money(ledger: Ledger, account: Json) -> Iterator[Movement]:
    for entry in account["transactions"]:
        if not entry["opening"]:
            yield Movement(ledger, entry["uuid"], entry["amount"])


def _points(account: Json) -> Iterator[Movement]:
    for entry in account["entries"]:
        if entry["source"] != "opening":
            is_order = entry["source"].startswith(("order:", "order_return:"))
            name = entry["source"] if is_order else entry["uuid"]
            yield Movement(POINTS, name, entry["credits"])


def _vouchers(vouchers: Json, contact: str) -> Iterator[Movement]:
    for uuid, voucher in vouchers.items():
        if voucher["contact"] != contact:
            continue
        if voucher["locked"]:
            yield Movement(LOCK, uuid)
        for use in voucher["redemptions"]:
            yield Movement(VOUCHER, use["uuid"], 0 if use["reversed_at"] else 1)


def _collections(receptions: Json, contact: str) -> Iterator[Movement]:
    for reception in receptions.values():
        if reception["contact"] == contact:
            for one in reception["collections"]:
                yield Movement(REWARD, one["uuid"], 0 if one["reversed_at"] else 1)
