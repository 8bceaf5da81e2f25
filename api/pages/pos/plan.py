"""What the payment will set in motion, for the banner before the point of no return."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Consequence:
    """One step that is still to come; the payment itself has no provider."""

    provider: str | None
    operation: str
    amount: int | None
    is_irreversible: bool

    @classmethod
    def of(cls, step: Mapping[str, Any]) -> "Consequence":
        """Read a step of the plan."""
        return cls(
            provider=step.get("provider"),
            operation=str(step["operation"]),
            amount=step.get("amount"),
            is_irreversible=step.get("reversibility") == "irreversible",
        )


def to_come(steps: Iterable[Mapping[str, Any]]) -> tuple[Consequence, ...]:
    """Leave out what is done already."""
    return tuple(Consequence.of(step) for step in steps if step.get("status") in (None, "planned"))
