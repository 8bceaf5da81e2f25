"""What is kept of every call to a vendor: how long it took and how it ended; never what was said.

It becomes a line of the log, a span of the trace, and a figure of the worker's metrics.
"""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Literal

import structlog
from prometheus_client import Histogram

from tillsaga import tracing
from tillsaga.connectors.circuit import LeftAlone, Unusable
from tillsaga.domain import correlation
from tillsaga.errors import Unavailable

Outcome = Literal["answered", "refused", "limited", "unanswered", "abandoned", "left_alone"]
"""`refused`: a no that was understood. `limited`: 429. `unanswered`: nothing came, or nothing that
can be used. `abandoned`: we had no time left. `left_alone`: the circuit is open; nothing was asked.
"""

_BUCKETS = (0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0)

VENDOR_CALLS = Histogram(
    "tillsaga_vendor_call_duration_seconds",
    "Calls to vendors, by how they ended; those that were not made are not among them.",
    ("vendor", "outcome"),
    buckets=_BUCKETS,
    registry=None,
)
"""Of this process: connections of all stores count into it."""

_log = structlog.get_logger("tillsaga.vendors")


@dataclass
class Call:
    """One call while it is under way; `status` is the HTTP status, if one came."""

    status: int | None = None


@contextmanager
def noted(vendor: str, method: str, host: str) -> Iterator[Call]:
    """Keep what is to be kept of the one call that is made inside."""
    call, started = Call(), time.monotonic()
    outcome: Outcome = "answered"
    facts = {"vendor": vendor, "method": method}
    if effect := correlation.current():
        facts["correlation_id"] = effect
    with tracing.span(f"{vendor} {method}", "client", host=host, **facts) as span:
        try:
            yield call
        except BaseException as error:
            outcome = _outcome(error, call.status)
            raise
        finally:
            seconds = time.monotonic() - started
            if outcome != "left_alone":
                VENDOR_CALLS.labels(vendor, outcome).observe(seconds)
            span.say(outcome=outcome, status=call.status)
            told = {"outcome": outcome, "status": call.status, "ms": round(seconds * 1000, 1)}
            _log.info("vendor_call", **facts, **told)


def _outcome(error: BaseException, status: int | None) -> Outcome:
    match error:
        case LeftAlone():
            return "left_alone"
        case Unavailable() if status == HTTPStatus.TOO_MANY_REQUESTS:
            return "limited"
        case Unavailable() if status is not None:
            return "unanswered"
        case Unusable():
            return "unanswered"
        case Unavailable() | asyncio.CancelledError():
            return "abandoned"
    return "refused"
