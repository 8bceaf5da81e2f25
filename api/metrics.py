"""What Prometheus is told about the door, and about what stands open behind it.

Labels are bounded: an operation, a status, a vendor's kind, a store, a queue, a code of ours;
never an id.
"""

from collections.abc import Iterable
from datetime import datetime
from http import HTTPStatus

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from api.temporal import QueueState
from tillsaga.records.gauges import Standing
from tillsaga.records.webhooks import Backlog

_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0)


class Metrics:
    """One registry per application, so that two in one process do not mix."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = self._counter(
            "tillsaga_http_requests", "Requests by operation and status.", "operation", "status"
        )
        self._seconds = Histogram(
            "tillsaga_http_request_duration_seconds",
            "Time until the answer was complete, by what kind of answer it was.",
            ("operation", "outcome"),
            buckets=_BUCKETS,
            registry=self._registry,
        )
        self._misses = self._counter(
            "tillsaga_answer_budget_misses",
            "Till messages that the checkout had not answered when the till's budget ended.",
            "message",
        )
        self._guesses = self._counter(
            "tillsaga_guesses",
            "Codes that no vendor knew, strikes for too many of them, and refusals after those.",
            "outcome",
        )
        self._reachable = self._gauge(
            "tillsaga_reachable", "1 where it answered when it was asked last.", "what"
        )
        self._waiting, self._oldest = self._standing(
            "tillsaga_webhook_deliveries_pending",
            "tillsaga_webhook_oldest_pending_seconds",
            "Webhook deliveries that have not been answered well yet",
            "store",
        )
        self._doubts = self._standing(
            "tillsaga_effects_in_doubt",
            "tillsaga_effects_in_doubt_oldest_seconds",
            "Calls to vendors whose end is not known",
            "vendor",
        )
        self._holds = self._standing(
            "tillsaga_holds_open",
            "tillsaga_holds_oldest_seconds",
            "What checkouts hold at vendors, unsold",
            "vendor",
        )
        self._attention = self._standing(
            "tillsaga_attention_open",
            "tillsaga_attention_oldest_seconds",
            "Cases that wait for a person",
            "code",
        )
        self._pollers = self._gauge(
            "tillsaga_queue_pollers", "Workers that asked a queue for work lately.", "queue", "type"
        )
        self._backlog, self._lag = self._standing(
            "tillsaga_queue_backlog",
            "tillsaga_queue_backlog_age_seconds",
            "Tasks that no worker has taken yet",
            "queue",
            "type",
        )

    def note(self, operation: str, status: int, seconds: float) -> None:
        """Count one request."""
        self._requests.labels(operation, str(status)).inc()
        if operation != "streamCheckoutEvents":  # a stream lasts as long as its listener
            self._seconds.labels(operation, outcome_of(status)).observe(seconds)

    def note_miss(self, message: str) -> None:
        """Count a till's message that was not answered within its budget."""
        self._misses.labels(message).inc()

    def note_guess(self, outcome: str, times: int = 1) -> None:
        """Count codes that nobody knows: `wrong`, `strike` or `refused`."""
        self._guesses.labels(outcome).inc(times)

    def note_reachable(self, what: str, is_there: bool) -> None:
        """Say whether the `records` or `temporal` answer."""
        self._reachable.labels(what).set(is_there)

    def note_backlog(self, backlog: Iterable[Backlog], now: datetime) -> None:
        """Say how much waits for whom; a store with nothing is not named."""
        stand = [Standing(name=b.store_id, number=b.pending, oldest=b.oldest) for b in backlog]
        _stand((self._waiting, self._oldest), stand, now)

    def note_doubts(self, standing: Iterable[Standing], now: datetime) -> None:
        """Say how many calls are in doubt, by vendor kind."""
        _stand(self._doubts, standing, now)

    def note_holds(self, standing: Iterable[Standing], now: datetime) -> None:
        """Say how many holds stand, by vendor kind."""
        _stand(self._holds, standing, now)

    def note_attention(self, standing: Iterable[Standing], now: datetime) -> None:
        """Say how many cases wait for a person, by code."""
        _stand(self._attention, standing, now)

    def note_queues(self, queues: Iterable[QueueState]) -> None:
        """Say who works at which queue, and how much waits there."""
        for gauge in (self._pollers, self._backlog, self._lag):
            gauge.clear()
        for queue in queues:
            named = (queue.name, queue.type)
            self._pollers.labels(*named).set(queue.pollers)
            self._backlog.labels(*named).set(queue.backlog)
            self._lag.labels(*named).set(queue.oldest_seconds)

    def exposition(self) -> bytes:
        """Write all of it in Prometheus' text format."""
        return generate_latest(self._registry)

    def _counter(self, name: str, words: str, *labels: str) -> Counter:
        return Counter(name, words, labels, registry=self._registry)

    def _gauge(self, name: str, words: str, *labels: str) -> Gauge:
        return Gauge(name, words, labels, registry=self._registry)

    def _standing(self, number: str, age: str, words: str, *labels: str) -> tuple[Gauge, Gauge]:
        oldest = "For how long the oldest of them has waited."
        return self._gauge(number, f"{words}.", *labels), self._gauge(age, oldest, *labels)


def outcome_of(status: int) -> str:
    """Name what kind of answer a till got.

    >>> [outcome_of(status) for status in (201, 202, 409, 503, 0)]
    ['good', 'accepted', 'refused', 'failed', 'gone']
    """
    if status == HTTPStatus.ACCEPTED:
        return "accepted"
    if status >= 500:
        return "failed"
    if status >= 400:
        return "refused"
    return "good" if status else "gone"


def _stand(gauges: tuple[Gauge, Gauge], standing: Iterable[Standing], now: datetime) -> None:
    number, age = gauges
    number.clear()
    age.clear()
    for each in standing:
        number.labels(each.name).set(each.number)
        age.labels(each.name).set(max(0.0, (now - each.oldest).total_seconds()))
