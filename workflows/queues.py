"""Where work runs: one queue for the process, one per vendor, so that no vendor blocks another."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError

from tillsaga.domain.waiting import FOR_DAYS as FOR_DAYS

ATTEMPT = timedelta(seconds=30)
"""Above the vendors' HTTP timeouts for one attempt: asking, calling, asking again."""

SILENCE = timedelta(seconds=4)
"""A worker that has not been heard for so long is taken for dead."""

READ = timedelta(seconds=3)
"""Longest look-up or scan without a checkout, whose store's budget is not known there."""

RECORD = timedelta(seconds=10)

LONGEST_OUTAGE = timedelta(days=3)
"""How long a paid sale waits for a vendor to say whose a code is, before a person is asked."""

WHILE_THE_TILL_WAITS = RetryPolicy(
    initial_interval=timedelta(milliseconds=200),
    backoff_coefficient=2,
    maximum_interval=timedelta(seconds=1),
    maximum_attempts=5,
)
ONCE = RetryPolicy(maximum_attempts=1)
UNANSWERED = (ActivityError, ApplicationError)
"""What a read raises: the failure of a local activity comes bare, unless it is a timeout."""
RECORDS = RetryPolicy(
    initial_interval=timedelta(milliseconds=100), maximum_interval=timedelta(seconds=5)
)


def vendor_queue(kind: str, base: str | None = None) -> str:
    """Name the task queue of one vendor kind."""
    return f"{base or workflow.info().task_queue}-{kind}"


def webhook_queue(endpoint_id: str, base: str | None = None) -> str:
    """Name the task queue of one webhook endpoint, so that a slow one delays no other."""
    return f"{base or workflow.info().task_queue}-{endpoint_id}"


def patience(budget: timedelta) -> timedelta:
    """The part of a till's budget that a vendor may take; the rest is for ourselves."""
    return budget * 3 / 4
