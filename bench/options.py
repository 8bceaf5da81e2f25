"""What to measure: the command line of `python -m bench`."""

import argparse
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

MOST_ROUNDS = 5
SHARES: Mapping[str, float] = {"tills": 9, "history": 1, "open": 4, "past": 4, "startup": 1}
"""The measures, and how they share the time."""
MEASURES = tuple(SHARES)


@dataclass(frozen=True)
class Scene:
    """One situation that all sides are measured in."""

    vendor_ms: int
    concurrency: int

    @property
    def title(self) -> str:
        """Name it as the table does."""
        at_once = "1 till" if self.concurrency == 1 else f"{self.concurrency} tills"
        return f"{at_once}, +{self.vendor_ms} ms"


@dataclass(frozen=True)
class Options:
    """How much to measure.

    `checkouts` is per side and scene; `open` and `past` are how many there are in the end;
    `starts` is how often the start is timed. After `minutes` nothing more is begun.
    """

    checkouts: int
    concurrency: tuple[int, ...]
    vendor_ms: tuple[int, ...]
    open: int
    past: int
    starts: int
    only: tuple[str, ...] = MEASURES
    minutes: float = 17.0

    def deadline(self, measure: str) -> float:
        """Say when a measure that begins now should be over, by the monotonic clock."""
        part = SHARES[measure] / sum(SHARES[name] for name in {*self.only, measure})
        return time.monotonic() + self.minutes * 60 * part

    @property
    def rounds(self) -> int:
        """How often all scenes are gone through."""
        return min(MOST_ROUNDS, max(1, self.checkouts // 2))

    @property
    def scenes(self) -> list[Scene]:
        """Every delay with every number of tills."""
        return [Scene(ms, tills) for ms, tills in product(self.vendor_ms, self.concurrency)]

    def per_round(self, scene: Scene) -> int:
        """Count the checkouts of one side in one round; every till gets at least one."""
        return max(scene.concurrency, -(-self.checkouts // self.rounds))


FULL = Options(
    checkouts=30, concurrency=(1, 10, 50), vendor_ms=(0, 100), open=10_000, past=100_000, starts=5
)
QUICK = Options(checkouts=4, concurrency=(1, 3), vendor_ms=(0, 50), open=50, past=500, starts=1)


def parse(arguments: Sequence[str] | None = None) -> Options:
    """Read the command line; what is named there wins over `--quick`."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure ourselves.")
    parser.add_argument("--quick", action="store_true", help="less of everything, no verdicts")
    parser.add_argument(
        "--only", type=_measures, metavar="NAME,NAME", help=f"of {', '.join(MEASURES)}"
    )
    parser.add_argument("--minutes", type=float, metavar="M", help="in all, but for starts (17)")
    parser.add_argument("--checkouts", type=positive, metavar="N", help="per side and scene (30)")
    parser.add_argument("--concurrency", type=_tills, metavar="N,N", help="tills (1,10,50)")
    parser.add_argument("--vendor-ms", type=_delays, metavar="MS,MS", help="delays (0,100)")
    parser.add_argument("--open", type=positive, metavar="N", help="open checkouts (10000)")
    parser.add_argument("--past", type=positive, metavar="N", help="past checkouts (100000)")
    parser.add_argument("--starts", type=positive, metavar="N", help="starts of tillsaga dev (5)")
    given = vars(parser.parse_args(arguments))
    usual = QUICK if given.pop("quick") else FULL
    return replace(usual, **{name: value for name, value in given.items() if value is not None})


def positive(text: str) -> int:
    """Read a whole number from 1 on.

    Raises:
        argparse.ArgumentTypeError: it is none.
    """
    return _at_least(1, text)


def _measures(text: str) -> tuple[str, ...]:
    chosen = text.split(",")
    if strange := [name for name in chosen if name not in MEASURES]:
        raise argparse.ArgumentTypeError(f"no measure {strange[0]!r}; try {', '.join(MEASURES)}")
    return tuple(name for name in MEASURES if name in chosen)


def _tills(text: str) -> tuple[int, ...]:
    return _distinct(1, text)


def _delays(text: str) -> tuple[int, ...]:
    return _distinct(0, text)


def _distinct(least: int, text: str) -> tuple[int, ...]:
    """Read a list; said twice is meant once, or its samples would be mixed up."""
    return tuple(dict.fromkeys(_at_least(least, each) for each in text.split(",")))


def _at_least(least: int, text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"not a whole number: {text!r}") from None
    if number < least:
        raise argparse.ArgumentTypeError(f"must be at least {least}: {number}")
    return number
