"""How often a vendor that is down is asked again."""

from datetime import timedelta

from temporalio.common import RetryPolicy

FOR_DAYS = RetryPolicy(
    initial_interval=timedelta(milliseconds=500),
    backoff_coefficient=2,
    # A vendor that is back hears of what it missed within so long; a day costs 290 attempts.
    maximum_interval=timedelta(minutes=5),
)

MOST_DOUBLINGS = 64
"""More of them exceed any longest wait, and in the end what a float can hold."""


def backoff(policy: RetryPolicy, attempt: int) -> timedelta:
    """Say how long Temporal waits by itself after an attempt, counted from 1.

    >>> [backoff(FOR_DAYS, n).total_seconds() for n in (1, 2, 3, 10, 11, 5000)]
    [0.5, 1.0, 2.0, 256.0, 300.0, 300.0]
    """
    # The server's own default where the policy has no longest wait.
    longest = policy.maximum_interval or 100 * policy.initial_interval
    grown = policy.backoff_coefficient ** min(attempt - 1, MOST_DOUBLINGS)
    return timedelta(
        seconds=min(policy.initial_interval.total_seconds() * grown, longest.total_seconds())
    )
