"""The answer budget of one request."""

import time
from dataclasses import dataclass

# Kept back of a message's wait, to read the state for a 202 within the same budget.
_RESERVE_SHARE = 0.2
_RESERVE_AT_MOST = 0.3
_LEAST = 0.05


@dataclass(frozen=True)
class Deadline:
    """Seconds on the monotonic clock, from the request's arrival."""

    arrived: float
    budget: float

    @property
    def left(self) -> float:
        """What is left of the budget; never nothing, so that a late read still gets a chance."""
        return max(_LEAST, self.arrived + self.budget - time.monotonic())

    @property
    def for_answer(self) -> float:
        """What a message may wait for its answer."""
        return max(_LEAST, self.left - min(_RESERVE_AT_MOST, self.budget * _RESERVE_SHARE))
