"""What the workflow `Reconcile` and its activities tell each other; small, whatever the day was."""

from datetime import date

from pydantic import Field

from tillsaga.domain.model import Model
from tillsaga.domain.reconcile import BusinessDay


class ReconcileOrder(Model):
    """A store, and a day; without a day: yesterday, and what is not settled of the days before."""

    store_id: str
    day: date | None = None


class CompareOrder(Model):
    """One vendor's books of one day; `per_second`: how many calls the store lets it have."""

    store_id: str
    provider: str
    kind: str
    per_second: float | None = None
    day: BusinessDay


class Compared(Model):
    """How it went; what exactly differs is in the records."""

    day: date
    provider: str
    differences: int
    unreadable: int
    again: bool
    """Whether something could not be read now that may be another time."""


class ReconciledStore(Model):
    """What must be known of a store."""

    timezone: str
    providers: dict[str, str]
    """Vendor kinds by provider."""
    rates: dict[str, float] = Field(default_factory=dict)
    """Calls per second by provider, where the store limits them."""
