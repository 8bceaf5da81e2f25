"""What Prometheus is told about the door."""

from collections.abc import Iterable
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from tillsaga.records.webhooks import Backlog

_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0)


class Metrics:
    """One registry per application, so that two in one process do not mix."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "tillsaga_http_requests",
            "Requests by operation and status.",
            ("operation", "status"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "tillsaga_http_request_duration_seconds",
            "Time until the answer was complete.",
            ("operation",),
            buckets=_BUCKETS,
            registry=self._registry,
        )

        self._waiting = Gauge(
            "tillsaga_webhook_deliveries_pending",
            "Webhook deliveries that have not been answered well yet.",
            ("store",),
            registry=self._registry,
        )
        self._oldest = Gauge(
            "tillsaga_webhook_oldest_pending_seconds",
            "How long the oldest of them has waited.",
            ("store",),
            registry=self._registry,
        )
        self._guesses = Counter(
            "tillsaga_guesses",
            "Codes that no vendor knew, strikes for too many of them, and refusals after those.",
            ("outcome",),
            registry=self._registry,
        )

    def note_backlog(self, backlog: Iterable[Backlog], now: datetime) -> None:
        """Say how much waits for whom; a store with nothing is not named."""
        self._waiting.clear()
        self._oldest.clear()
        for each in backlog:
            self._waiting.labels(each.store_id).set(each.pending)
            self._oldest.labels(each.store_id).set(max(0.0, (now - each.oldest).total_seconds()))

    def note_guess(self, outcome: str, times: int = 1) -> None:
        """Count codes that nobody knows: `wrong`, `strike` or `refused`."""
        self._guesses.labels(outcome).inc(times)

    def note(self, operation: str, status: int, seconds: float) -> None:
        """Count one request."""
        self._requests.labels(operation, str(status)).inc()
        if operation != "streamCheckoutEvents":  # a stream lasts as long as its listener
            self._seconds.labels(operation).observe(seconds)

    def exposition(self) -> bytes:
        """Write all of it in Prometheus' text format."""
        return generate_latest(self._registry)
