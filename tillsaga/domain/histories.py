"""Temporal's histories, kept with the records before Temporal deletes them."""

from datetime import datetime, timedelta

from tillsaga.domain.model import Model

EVERY = timedelta(hours=1)
"""How often what has ended since is kept."""

LATE = timedelta(hours=1)
"""How much later than its end a run may show up in Temporal's lists."""

LONGEST_STANDSTILL = timedelta(days=3)
"""For how long no worker may run, over a long weekend, and still nothing is lost."""

NEEDED_RETENTION = LONGEST_STANDSTILL + EVERY + LATE
"""How long Temporal must know what has ended."""

EVIDENCE = ("Checkout", "Refund", "Return", "Attention", "Claim")
"""The types of workflow that change what a customer has."""


class ClosedRun(Model):
    """A run of a workflow that has ended."""

    run_id: str
    workflow_id: str
    closed_at: datetime

    @property
    def checkout_id(self) -> str:
        """The checkout that it is about; a claim runs beside its checkout under its own name.

        >>> at = datetime(2026, 3, 1)
        >>> ClosedRun(run_id="r", workflow_id="claim-chk_9T3M2K7QW4", closed_at=at).checkout_id
        'chk_9T3M2K7QW4'
        """
        return self.workflow_id.removeprefix("claim-")


class Kept(Model):
    """How many histories were kept, and how many Temporal had deleted before."""

    kept: int = 0
    lost: int = 0
