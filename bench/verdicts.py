"""Goals, and whether what was measured meets them."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

LEAST_ROUNDS = 3
"""Fewer rounds show no spread, and without it nothing is said."""

MET, MISSED, WITHIN, UNJUDGED = "met", "MISSED", "within spread", "too few rounds"


@dataclass(frozen=True)
class Goal:
    """What a measure must come to: `limit`, or so many times its `yardstick`.

    >>> str(Goal(1.5, "floor")), str(Goal(0.75, "floor", at_least=True)), str(Goal(75))
    ('≤ 1.5 x floor', '≥ 0.75 x floor', '≤ 75')
    """

    limit: float
    yardstick: str = ""
    at_least: bool = False

    def __str__(self) -> str:
        sign = "≥" if self.at_least else "≤"
        return f"{sign} {self.limit:,g}" + (f" x {self.yardstick}" if self.yardstick else "")


@dataclass(frozen=True)
class Check:
    """A goal and what each round came to; `counted` where nothing but a count can vary."""

    goal: Goal
    values: tuple[float, ...]
    counted: bool = False

    @property
    def middle(self) -> float | None:
        """The median of the rounds."""
        return median(self.values) if self.values else None

    @property
    def spread(self) -> tuple[float, float] | None:
        """The least and the most that a round came to."""
        return (min(self.values), max(self.values)) if self.values else None

    @property
    def verdict(self) -> str:
        """Say `met` or `MISSED` only where every round says so."""
        if not self.values or (len(self.values) < LEAST_ROUNDS and not self.counted):
            return UNJUDGED
        return judged(self.goal, self.values)


def judged(goal: Goal, values: Sequence[float]) -> str:
    """Judge by all rounds: the limit must lie outside of what they came to.

    >>> goal = Goal(1.5, "floor")
    >>> judged(goal, [1.2, 1.5]), judged(goal, [1.6, 1.7]), judged(goal, [1.4, 1.6])
    ('met', 'MISSED', 'within spread')
    """
    good = [value >= goal.limit if goal.at_least else value <= goal.limit for value in values]
    return MET if all(good) else WITHIN if any(good) else MISSED
