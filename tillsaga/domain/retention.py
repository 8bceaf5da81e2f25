"""How long the record of a sale is kept, and what is deleted then."""

from datetime import datetime
from typing import Self

from tillsaga.domain.model import Model

KEEP_YEARS = 10
"""The default, and what holds for a store that is configured no longer."""


class PruneOrder(Model):
    """Delete what no store keeps any longer; `dry_run` only counts the checkouts."""

    dry_run: bool = False


class Pruned(Model):
    """How many rows were deleted of each table; `checkouts` counts the archived ones."""

    checkouts: int = 0
    effects: int = 0
    payments: int = 0
    refunds: int = 0
    claims: int = 0
    idempotency_keys: int = 0
    histories: int = 0

    def __add__(self, other: Self) -> "Pruned":
        """Add up two batches."""
        names = type(self).model_fields
        return Pruned(**{name: getattr(self, name) + getattr(other, name) for name in names})


def kept_since(now: datetime, years: int) -> datetime:
    """Say since when a store keeps everything.

    >>> from datetime import UTC
    >>> kept_since(datetime(2028, 2, 29, tzinfo=UTC), 1).date()
    datetime.date(2027, 2, 28)
    """
    year = max(1, now.year - years)
    try:
        return now.replace(year=year)
    except ValueError:
        return now.replace(year=year, day=28)  # the 29th of February of a common year
