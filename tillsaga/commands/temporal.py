"""Temporal as the commands meet it: with words a person can act upon when it is not there."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from temporalio.service import RPCError

from tillsaga.commands.trouble import Trouble
from tillsaga.sdk_runtime import NoPlaceForMetrics


@contextmanager
def temporal_named() -> Iterator[None]:
    """Name Temporal's address when it cannot be reached.

    Raises:
        Trouble: instead of what the SDK raises, which says neither where nor why.
    """
    try:
        yield
    except NoPlaceForMetrics as taken:
        hint = "give each process on a machine its own TILLSAGA_TEMPORAL_METRICS_PORT, or none"
        raise Trouble(f"Metrics of Temporal's SDK: {taken}", hint=hint) from taken
    except (RuntimeError, RPCError) as failed:
        # The SDK has no class of its own for a connection that failed.
        if isinstance(failed, RuntimeError) and "connect" not in str(failed).lower():
            raise
        raise away() from failed


def away() -> Trouble:
    """Say that Temporal is not there, and where it was looked for."""
    address = os.environ.get("TEMPORAL_ADDRESS", "localhost:7233")
    hint = "start Temporal there, set TEMPORAL_ADDRESS, or use tillsaga dev"
    return Trouble(f"Temporal does not answer at {address}", hint=hint)
