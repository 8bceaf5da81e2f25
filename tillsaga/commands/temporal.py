"""Temporal as the commands meet it: with words a person can act upon when it is not there."""

from collections.abc import Iterator
from contextlib import contextmanager

from temporalio.service import RPCError

from tillsaga.commands.trouble import ExitCode, Trouble
from tillsaga.sdk_runtime import NoPlaceForMetrics
from tillsaga.temporal import BadConnection, TemporalTrouble, away_from, connection, trouble


@contextmanager
def temporal_named() -> Iterator[None]:
    """Say what is wrong with Temporal, and what to do.

    Raises:
        Trouble: instead of what the SDK raises, which says neither where nor why.
    """
    try:
        yield
    except TemporalTrouble as known:
        raise _told(known) from known
    except NoPlaceForMetrics as taken:
        hint = "give each process on a machine its own TILLSAGA_TEMPORAL_METRICS_PORT, or none"
        raise Trouble(f"Metrics of Temporal's SDK: {taken}", hint=hint) from taken
    except (RuntimeError, RPCError) as failed:
        # The SDK has no class of its own for a connection that failed.
        if isinstance(failed, RuntimeError) and "connect" not in str(failed).lower():
            raise
        raise _told(trouble(failed)) from failed


def away() -> Trouble:
    """Say that Temporal is not there, and where it was looked for."""
    return _told(away_from(connection()))


def _told(known: TemporalTrouble) -> Trouble:
    code = ExitCode.WRONG_USAGE if isinstance(known, BadConnection) else ExitCode.FAILED
    return Trouble(known.message, hint=known.hint, code=code)
