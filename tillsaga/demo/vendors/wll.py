"""White Label Loyalty in a demo: its customer, and what moves in its books."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tillsaga.demo.movements import Bill, Json, Ledger, Movement, done
from tillsaga.demo.sandbox import Sandbox
from tillsaga.domain.effects import Done
from tillsaga.domain.ports import EffectRecord
from tillsaga.sandbox.wll import world

VENDOR = "wll"
ORDER, VOUCHER = Ledger(VENDOR, "order"), Ledger(VENDOR, "voucher")
ACTIVATED = Ledger(VENDOR, "activated")
POINTS = Ledger(VENDOR, "points", "points")
_OPENING_POINTS = 500


@dataclass(frozen=True)
class Customer:
    """Somebody with points and a voucher that is not activated yet."""

    user: str
    account: str
    voucher: str

    @property
    def identifier(self) -> Json:
        """What the till scans."""
        return {"type": "card", "value": self.account, "provider": VENDOR}

    def booked(self, books: Json, bill: Bill) -> Iterator[Movement]:
        """Write what the books have of this bill, whoever bought, and of this customer."""
        for order in books["orders"]:
            if order["transaction_id"] == bill.checkout_id:
                yield Movement(ORDER, order["transaction_id"])
        for entry in books["points"][self.user]["entries"]:
            if entry["event"]:
                yield Movement(POINTS, entry["event"], entry["points"])
        voucher = books["vouchers"][self.voucher]
        if voucher["redeemed_at"]:
            yield Movement(ACTIVATED, self.voucher)
        if voucher["burned_at"]:
            yield Movement(VOUCHER, self.voucher)


def new_customer(sandbox: Sandbox) -> Customer:
    """Add a customer with 500 points and a voucher for 5.00 off."""
    user = {"points": _OPENING_POINTS, "vouchers": [{"reward": world.FIVE_OFF}]}
    made = sandbox.seed(VENDOR, {"users": [user]})["users"][0]
    return Customer(made["id"], made["account_number"], made["vouchers"][0]["id"])


def recorded(records: Iterable[EffectRecord]) -> Iterator[Movement]:
    """Write the records of a checkout's effects at White Label Loyalty as movements.

    A voucher is active or not: applied again after a doubt, two records say so of the one.
    """
    active: set[str] = set()
    for record in records:
        did = record.do.done
        if not done(record) or did is None:
            continue
        if record.order.operation != "activate_voucher":
            yield from _did(record, did)
        elif record.order.subject not in active:
            active.add(record.order.subject)
            yield Movement(ACTIVATED, record.order.subject)
        undid = record.undo.done if record.undo else None
        if undid is not None:
            yield from _points(undid)


def _did(record: EffectRecord, did: Done) -> Iterator[Movement]:
    operation = record.order.operation
    if operation == "burn_voucher":
        yield Movement(VOUCHER, record.order.subject)
    elif operation in ("spend_points", "return_lines", "return_goods", "refund_points"):
        yield from _points(did)
    elif operation == "post_order":
        yield Movement(ORDER, did.transaction_id)
        yield from _points(did)


def _points(did: Done) -> Iterator[Movement]:
    event = did.data.get("event_id")
    if did.points:
        yield Movement(POINTS, event if isinstance(event, str) else None, did.points)
