"""What the doctor says: a finding for each check, with what to do about it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How a check ended."""

    OK = "ok"
    WARNING = "warning"
    FAULT = "fault"


@dataclass(frozen=True)
class Finding:
    """What one check has found.

    `remedy` says what to do, wherever there is something to do. `behind` names the check whose
    fault stood in the way, where this one could not be made.
    """

    level: Level
    says: str
    remedy: str | None = None
    behind: str | None = None


def ok(says: str) -> Finding:
    """All is well."""
    return Finding(Level.OK, says)


def warning(says: str, remedy: str) -> Finding:
    """It works, and somebody should know."""
    return Finding(Level.WARNING, says, remedy)


def fault(says: str, remedy: str) -> Finding:
    """It does not work."""
    return Finding(Level.FAULT, says, remedy)


def not_looked_at(behind: str) -> Finding:
    """Another fault has to go first."""
    says, remedy = f"not looked at, because of {behind}", f"correct {behind} first"
    return Finding(Level.WARNING, says, remedy, behind)


@dataclass(frozen=True)
class Check:
    """One thing to look at: a line of the report.

    `after` names the checks, earlier in the list, that must have found no fault for this one to
    be of use. `seconds` is the longest that it may take.
    """

    name: str
    look: Callable[[], Awaitable[Finding]]
    after: tuple[str, ...] = ()
    seconds: float = 10


@dataclass(frozen=True)
class Found:
    """A check's name and its finding."""

    name: str
    finding: Finding
