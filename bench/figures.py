"""From measured values to the rows of the table."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from bench.reference import OURS
from bench.verdicts import Check, Goal

Series = dict[int, list[float]]
"""Values by round."""


@dataclass(frozen=True)
class Row:
    """One measure: what each side came to, and what ours is compared with.

    `ratio` is ours divided by `yardstick`, where there is no check that says as much.
    """

    measure: str
    values: Mapping[str, float]
    checks: tuple[Check, ...] = ()
    ratio: float | None = None
    yardstick: str = ""


@dataclass(frozen=True)
class Section:
    """Rows under a title."""

    title: str
    rows: Sequence[Row]


@dataclass(frozen=True)
class Measured:
    """What a measure has found out; `problems` say what must not be, `notes` what to know."""

    sections: Sequence[Section]
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def row(measure: str, sides: Mapping[str, Series], *goals: Goal, against: str = "") -> Row:
    """Sum up what each side came to, and compare ours with each goal's yardstick.

    >>> one = row("pay", {"ours": {0: [4.0], 1: [9.0]}, "floor": {0: [2.0], 1: [3.0]}},
    ...           Goal(1.5, "floor"))
    >>> one.values["ours"], one.checks[0].values
    (6.5, (2.0, 3.0))
    """
    values = {side: middle(series) for side, series in sides.items() if series}
    checks = tuple(_check(sides, goal) for goal in goals)
    compared = ratios(sides.get(OURS, {}), sides.get(against, {})) if against else ()
    return Row(measure, values, checks, median(compared) if compared else None, against)


def _check(sides: Mapping[str, Series], goal: Goal) -> Check:
    ours = sides.get(OURS, {})
    if not goal.yardstick:
        return Check(goal, tuple(median(values) for values in ours.values()))
    return Check(goal, ratios(ours, sides.get(goal.yardstick, {})))


def middle(series: Series) -> float:
    """Take the median of the rounds' medians."""
    return median(median(values) for values in series.values())


def ratios(ours: Series, theirs: Series) -> tuple[float, ...]:
    """Divide within each round: what else the machine did then, both have felt.

    >>> ratios({0: [40.0, 42.0], 1: [90.0]}, {0: [10.0], 1: [30.0], 2: [7.0]})
    (4.1, 3.0)
    """
    both = sorted(ours.keys() & theirs.keys())
    return tuple(
        median(ours[number]) / median(theirs[number]) for number in both if median(theirs[number])
    )


def between(after: Series, before: Series) -> tuple[float, ...]:
    """Divide each round by each: where one state cannot be had again, no round has a partner.

    >>> between({0: [12.0]}, {0: [10.0], 1: [12.0]})
    (1.2, 1.0)
    """
    return tuple(
        median(now) / median(then)
        for now in after.values()
        for then in before.values()
        if median(then)
    )


def high(values: Sequence[float]) -> float:
    """Find the 95th percentile; of fewer than 20 values it is the highest.

    >>> high([1.0, 3.0, 2.0])
    3.0
    """
    return sorted(values)[math.ceil(0.95 * len(values)) - 1]
