"""Whether the till's view, our effect records and the vendors' books tell the same story."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tillsaga.demo.movements import Bill, Json, Movement, Net, done, net_of, taken_back
from tillsaga.demo.shopper import recorded
from tillsaga.domain.ports import CallState, EffectRecord


@dataclass(frozen=True)
class Agreement:
    """What the vendors' books come to, and where they differ from what we know."""

    net: Net
    differences: tuple[str, ...]


def agreement(view: Json, records: Sequence[EffectRecord], booked: Iterable[Movement]) -> Agreement:
    """Compare key by key."""
    ours, theirs = list(recorded(records)), list(booked)
    differences = [*_view_differences(view, records), *_book_differences(ours, theirs)]
    return Agreement(net_of(theirs), tuple(differences))


def bill_of(view: Json) -> Bill:
    """What vendors may know a checkout by."""
    return Bill(view["id"], view["basket"]["id"])


def _view_differences(view: Json, records: Sequence[EffectRecord]) -> list[str]:
    shown = {effect["id"]: effect["status"] for effect in view["effects"]}
    known = {_id(record): _status(record) for record in records}
    return [
        f"{name}: the till sees {shown.get(name)}, the records {known.get(name)}"
        for name in sorted({*shown, *known})
        if not _same_status(shown.get(name), known.get(name))
    ]


def _same_status(shown: str | None, known: str | None) -> bool:
    # What should have been undone and cannot be was applied, as far as the records know, or waits
    # for a person where its vendor was asked to undo it.
    return shown == known or (shown == "irreversible" and known in ("applied", "manual"))


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
            differences.append(f"{_named(moved)}: recorded, but not in the books")
        else:
            left.remove(match)
    return differences + [f"{_named(each)}: in the books, unrecorded" for each in left]


def _named(moved: Movement) -> str:
    return f"{moved.ledger.vendor} {moved.ledger.name} {moved.id}"
