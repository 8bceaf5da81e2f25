"""Breadth first through everything that can happen, and no state twice."""

from dataclasses import dataclass

from tests.proof.model.bills import Bill
from tests.proof.model.sale import Event, Sale

Path = tuple[Event, ...]


LONGEST = 80
"""More events than any sale with an obedient till can take."""


@dataclass
class Explored:
    """How much was seen: distinct states, and orders of events that lead to them."""

    states: int = 0
    interleavings: int = 0
    steps: int = 0


class Broken(AssertionError):
    """A guarantee is broken; the path says how to come there."""


def explore(bill: Bill, prefix: Path, alphabet: tuple[str, ...], depth: int) -> Explored:
    """Let everything happen in every order, up to `depth` events after the prefix.

    Every state that is reached for the first time is also driven to its end and judged there.
    """
    seen = Explored()
    known = {replayed(bill, prefix).print()}
    layer: dict[bytes, tuple[Path, int]] = {b"": ((), 1)}
    for level in range(depth + 1):
        following: dict[bytes, tuple[Path, int]] = {}
        for path, ways in layer.values():
            seen.states += 1
            sale = replayed(bill, prefix + path)
            events = sale.events(alphabet) if level < depth else []
            _to_the_end(sale, prefix + path)
            if not events:
                seen.interleavings += ways
            for event in events:
                seen.steps += 1
                reached = replayed(bill, (*prefix, *path, event))
                print_ = reached.print()
                if print_ in following:
                    first, before = following[print_]
                    following[print_] = (first, before + ways)
                elif print_ in known:
                    seen.interleavings += ways
                else:
                    known.add(print_)
                    following[print_] = ((*path, event), ways)
        layer = following
    return seen


def in_trouble(bill: Bill, prefix: Path, troubles: int) -> int:
    """Sell a bill with an obedient till while up to so many calls end badly, in every way.

    Returns:
        How many sales that were; each was judged at its end.
    """
    waiting: list[tuple[Path, int]] = [(prefix, troubles)]
    sales = 0
    while waiting:
        path, left = waiting.pop()
        sale = replayed(bill, path)
        while (event := _next(sale, path)) is not None:
            if sale.crank.calls and left:
                others = sale.answers()[1:]
                waiting += [((*path, other), left - 1) for other in others]
            path = (*path, event)
            if len(path) > LONGEST:
                raise Broken(_told(path[-20:], AssertionError("it goes round and round")))
            _happen(sale, path)
        sales += 1
        _to_the_end(sale, path)
    return sales


def judged(bill: Bill, path: Path) -> Sale:
    """Let a sale happen so far, and drive it to its end, where it is judged."""
    sale = replayed(bill, path)
    _to_the_end(sale, path)
    return sale


def _next(sale: Sale, path: Path) -> Event | None:
    try:
        return sale.first_answer() if sale.crank.calls else sale.till_says()
    except AssertionError as broken:
        raise Broken(_told(path, broken)) from broken


def replayed(bill: Bill, path: Path) -> Sale:
    """Let a sale happen so far."""
    sale = Sale(bill)
    for number in range(len(path)):
        _happen(sale, path[: number + 1])
    return sale


def _happen(sale: Sale, path: Path) -> None:
    try:
        sale.happen(path[-1])
    except Exception as broken:
        raise Broken(_told(path, broken)) from broken


def _to_the_end(sale: Sale, path: Path) -> None:
    try:
        sale.drive_to_the_end()
    except Exception as broken:
        raise Broken(_told(path, broken)) from broken


def _told(path: Path, broken: BaseException) -> str:
    return "\n".join([f"{type(broken).__name__}: {broken}", "after:", *map(repr, path)])
