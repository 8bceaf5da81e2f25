"""Movements: what our records and the vendor's books say happened, in the same words."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from tillsaga.demo.vendor import Customer
from tillsaga.domain.effects import Done
from tillsaga.domain.ports import CallState, EffectRecord

Json = dict[str, Any]


@dataclass(frozen=True)
class Movement:
    """One entry in a ledger, by the vendor's id; None is what our side was never told."""

    ledger: str
    id: str | None
    amount: int | None = None

    def fits(self, other: "Movement") -> bool:
        """Whether both speak of the same entry."""
        same_id = None in (self.id, other.id) or self.id == other.id
        same_amount = None in (self.amount, other.amount) or self.amount == other.amount
        return self.ledger == other.ledger and same_id and same_amount


# --- our records ------------------------------------------------------------------------------

_MONEY = {"charge_giftcard": "gift card", "charge_prepaid": "prepaid"}
_REWARD = ("pre_redeem_reward", "redeem_reward")


def recorded(records: Iterable[EffectRecord]) -> list[Movement]:
    """Write the records of a checkout as movements."""
    known = list(records)
    spent = {r.order.subject for r in known if r.order.operation == "redeem_voucher" and done(r)}
    return [moved for record in known for moved in _recorded(record, spent)]


def done(record: EffectRecord) -> bool:
    """Whether the vendor did it, taken back or not."""
    return record.do.state is CallState.APPLIED


def taken_back(record: EffectRecord) -> bool:
    """Whether it was taken back."""
    return record.undo is not None and record.undo.state is CallState.APPLIED


def _recorded(record: EffectRecord, spent: set[str]) -> Iterator[Movement]:
    operation, subject = record.order.operation, record.order.subject
    if not done(record) or record.do.done is None:
        return
    did, undid = record.do.done, record.undo.done if record.undo else None
    if operation in _MONEY:
        for each in filter(None, (did, undid)):
            yield Movement(_MONEY[operation], each.transaction_id, _number(each, "amount"))
    elif operation in _REWARD:
        yield Movement("points", did.transaction_id, _number(did, "credits"))
        if undid:
            yield Movement("points", undid.transaction_id, undid.points)
    elif operation == "post_order" and did.transaction_id:
        yield Movement("order", did.transaction_id)
        yield Movement("points", f"order:{did.transaction_id}", did.points)
    elif operation == "redeem_voucher":
        yield Movement("voucher use", did.transaction_id, 0 if taken_back(record) else 1)
    elif operation == "collect_reward":
        yield Movement("collection", did.transaction_id, 0 if taken_back(record) else 1)
    elif operation == "lock_voucher" and not taken_back(record) and subject not in spent:
        yield Movement("voucher lock", subject)


def _number(done: Done, name: str) -> int | None:
    value = done.data.get(name)
    return value if isinstance(value, int) else None


# --- the vendor's books --------------------------------------------------------------------------


def booked(books: Json, customer: Customer) -> list[Movement]:
    """Write the books of one customer as movements, without what was there before."""
    return [
        *_money("gift card", books["giftcards"][customer.giftcard]),
        *_money("prepaid", books["prepaid"][customer.contact]),
        *_points(books["points"][customer.contact]),
        *_vouchers(books["vouchers"], customer.contact),
        *_collections(books["reward_receptions"], customer.contact),
        *(
            Movement("order", uuid)
            for uuid, order in books["orders"].items()
            if order["contact"] == customer.contact
        ),
    ]


def _money(ledger: str, account: Json) -> Iterator[Movement]:
    for entry in account["transactions"]:
        if not entry["opening"]:
            yield Movement(ledger, entry["uuid"], entry["amount"])


def _points(account: Json) -> Iterator[Movement]:
    for entry in account["entries"]:
        if entry["source"] != "opening":
            is_order = entry["source"].startswith("order:")
            yield Movement(
                "points", entry["source"] if is_order else entry["uuid"], entry["credits"]
            )


def _vouchers(vouchers: Json, contact: str) -> Iterator[Movement]:
    for uuid, voucher in vouchers.items():
        if voucher["contact"] != contact:
            continue
        if voucher["locked"]:
            yield Movement("voucher lock", uuid)
        for use in voucher["redemptions"]:
            yield Movement("voucher use", use["uuid"], 0 if use["reversed_at"] else 1)


def _collections(receptions: Json, contact: str) -> Iterator[Movement]:
    for reception in receptions.values():
        if reception["contact"] == contact:
            for one in reception["collections"]:
                yield Movement("collection", one["uuid"], 0 if one["reversed_at"] else 1)
