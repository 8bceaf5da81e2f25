"""Movements: what our records and the vendors' books say happened, in the same words."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from tillsaga.domain.model import Json as Data
from tillsaga.domain.ports import CallState, EffectRecord

Json = dict[str, Any]


@dataclass(frozen=True)
class Ledger:
    """What a vendor counts: `money` in minor units, whole `points`, or how many `times`."""

    vendor: str
    name: str
    unit: Literal["money", "points", "times"] = "times"


@dataclass(frozen=True)
class Movement:
    """One entry in a ledger, by the vendor's id; None is what our side was never told."""

    ledger: Ledger
    id: str | None
    amount: int | None = None

    def fits(self, other: "Movement") -> bool:
        """Whether both speak of the same entry."""
        same_id = None in (self.id, other.id) or self.id == other.id
        same_amount = None in (self.amount, other.amount) or self.amount == other.amount
        return self.ledger == other.ledger and same_id and same_amount


@dataclass(frozen=True)
class Bill:
    """What vendors may know a sale by."""

    checkout_id: str
    basket_id: str


Net = dict[Ledger, int]
"""What is left of everything that moved; ledgers that come to nothing are absent."""


def net_of(movements: Iterable[Movement]) -> Net:
    """Add up; an entry without an amount counts as one."""
    sums: Counter[Ledger] = Counter()
    for moved in movements:
        sums[moved.ledger] += 1 if moved.amount is None else moved.amount
    return {ledger: amount for ledger, amount in sums.items() if amount}


def done(record: EffectRecord) -> bool:
    """Whether the vendor did it, taken back or not."""
    return record.do.state is CallState.APPLIED


def taken_back(record: EffectRecord) -> bool:
    """Whether it was taken back."""
    return record.undo is not None and record.undo.state is CallState.APPLIED


def number(data: Data, name: str) -> int | None:
    """Read a number that may be absent."""
    value = data.get(name)
    return value if isinstance(value, int) else None
