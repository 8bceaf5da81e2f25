"""Breadth first through everything that can happen, and no state twice."""

from dataclasses import dataclass

from tests.proof.model.bills import Bill
from tests.proof.model.sale import Event, Sale

Path = tuple[Event, ...]


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


def replayed(bill: Bill, path: Path) -> Sale:
    """Let a sale happen so far."""
    sale = Sale(bill)
    for number, event in enumerate(path):
        try:
            sale.happen(event)
        except Exception as broken:
            raise Broken(_told(path[: number + 1], broken)) from broken
    return sale


def _to_the_end(sale: Sale, path: Path) -> None:
    try:
        sale.drive_to_the_end()
    except Exception as broken:
        raise Broken(_told(path, broken)) from broken


def _told(path: Path, broken: BaseException) -> str:
    return "\n".join([f"{type(broken).__name__}: {broken}", "after:", *map(repr, path)])
