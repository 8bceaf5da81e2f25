"""Whether the till's view, our effect records and the vendor's books tell the same story."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from tillsaga.demo.movements import Movement, booked, done, recorded, taken_back
from tillsaga.demo.vendor import Customer
from tillsaga.domain.ports import CallState, EffectRecord

Json = dict[str, Any]


@dataclass(frozen=True)
class Net:
    """What is left of everything that moved at the vendor. Amounts in minor units."""

    voucher_uses: int = 0
    collections: int = 0
    giftcard: int = 0
    prepaid: int = 0
    points: int = 0
    orders: int = 0
    locks: int = 0


@dataclass(frozen=True)
class Agreement:
    """What the vendor's books come to, and where they differ from what we know."""

    net: Net
    differences: tuple[str, ...]


def agreement(
    view: Json, records: Sequence[EffectRecord], books: Json, customer: Customer
) -> Agreement:
    """Compare key by key."""
    ours, theirs = recorded(records), booked(books, customer)
    differences = [*_view_differences(view, records), *_book_differences(ours, theirs)]
    return Agreement(net_of(theirs), tuple(differences))


def net_of(movements: Iterable[Movement]) -> Net:
    """Add up."""
    sums: Counter[str] = Counter()
    for moved in movements:
        sums[moved.ledger] += 1 if moved.amount is None else moved.amount
    return Net(
        voucher_uses=sums["voucher use"],
        collections=sums["collection"],
        giftcard=sums["gift card"],
        prepaid=sums["prepaid"],
        points=sums["points"],
        orders=sums["order"],
        locks=sums["voucher lock"],
    )


def _view_differences(view: Json, records: Sequence[EffectRecord]) -> list[str]:
    shown = {effect["id"]: effect["status"] for effect in view["effects"]}
    known = {_id(record): _status(record) for record in records}
    return [
        f"{name}: the till sees {shown.get(name)}, the records {known.get(name)}"
        for name in sorted({*shown, *known})
        if shown.get(name) != known.get(name)
    ]


def _id(record: EffectRecord) -> str:
    order = record.order
    return f"{order.operation}:{order.provider}:{order.subject}#{order.generation}"


def _status(record: EffectRecord) -> str:
    if taken_back(record):
        return "reversed"
    if record.undo is not None:
        return "manual" if record.undo.state is CallState.MANUAL else "in_doubt"
    if done(record):
        return "applied"
    ended = {CallState.REFUSED: "refused", CallState.WITHDRAWN: "refused"}
    return ended.get(record.do.state, record.do.state.value)


def _book_differences(ours: Sequence[Movement], theirs: Sequence[Movement]) -> list[str]:
    """Pair the entries off; an entry whose id we were never told is paired last."""
    left = list(theirs)
    differences = []
    for moved in sorted(ours, key=lambda each: each.id is None):
        match = next((each for each in left if moved.fits(each)), None)
        if match is None:
            differences.append(f"{moved.ledger} {moved.id}: recorded, but not in the books")
        else:
            left.remove(match)
    return differences + [f"{each.ledger} {each.id}: in the books, unrecorded" for each in left]
