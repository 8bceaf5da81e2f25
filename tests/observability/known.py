"""Every metric that there is, as Prometheus stores it; and those that a query asks for."""

import re
from datetime import UTC, datetime

from prometheus_client import CollectorRegistry
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families

from api.metrics import Metrics
from api.temporal import QueueState
from tests.records.samples import NOON, order
from tillsaga.connectors.calls import VENDOR_CALLS
from tillsaga.connectors.circuit import CircuitState
from tillsaga.records.gauges import Standing
from tillsaga.records.webhooks import Backlog
from worker.health import CircuitMetrics, WebhookMetrics
from worker.metrics import WorkMetrics

TEMPORAL = frozenset(
    {
        "temporal_activity_execution_failed_total",
        "temporal_activity_schedule_to_start_latency_seconds",
        "temporal_request_failure_total",
        "temporal_sticky_cache_size",
        "temporal_worker_task_slots_available",
        "temporal_workflow_task_execution_failed_total",
        "temporal_workflow_task_schedule_to_start_latency_seconds",
    }
)
"""What we read of the SDK's own; `test_sdk_metrics` sees that it writes them."""

_NAME = re.compile(r"\b(?:tillsaga|temporal)_[a-z_]+\b")
_PART = re.compile(r"_(?:bucket|count|sum)$")


def ours() -> dict[str, set[str]]:
    """Our metrics with their labels, written by everything that writes any."""
    families = [*_of_the_api(), *_of_a_worker()]
    return {_stored(family): _labels(family) for family in families if _is_ours(family)}


def named_in(query: str) -> set[str]:
    """The metrics that a query asks for, without what a histogram appends."""
    return {_PART.sub("", name) for name in _NAME.findall(query)}


def _of_the_api() -> list[Metric]:
    metrics, one = Metrics(), [Standing(name="leat", number=1, oldest=NOON)]
    metrics.note("openCheckout", 201, 0.1)
    metrics.note_miss("apply_offer")
    metrics.note_guess("wrong")
    metrics.note_reachable("records", True)
    metrics.note_backlog([Backlog(store_id="ams-1", pending=1, oldest=NOON)], NOON)
    for note in (metrics.note_doubts, metrics.note_holds, metrics.note_attention):
        note(one, NOON)
    metrics.note_queues([QueueState("tillsaga", "workflow", 1, 0, 0.0)])
    return [*text_string_to_metric_families(metrics.exposition().decode())]


def _of_a_worker() -> list[Metric]:
    work, registry = WorkMetrics(), CollectorRegistry()
    work.note_effect(order("lock_voucher"), "lock_voucher", "applied")
    VENDOR_CALLS.labels("leat", "answered").observe(0.1)
    state = CircuitState(is_open=False, since=datetime(2026, 3, 1, tzinfo=UTC))
    circuits = CircuitMetrics(lambda: {("ams-1", "leat"): state})
    for collector in (work.registry, VENDOR_CALLS, circuits, WebhookMetrics({"delivered": 1})):
        registry.register(collector)
    return [*registry.collect()]


def _stored(family: Metric) -> str:
    return f"{family.name}_total" if family.type == "counter" else family.name


def _labels(family: Metric) -> set[str]:
    return {label for sample in family.samples for label in sample.labels} - {"le"}


def _is_ours(family: Metric) -> bool:
    return not family.name.endswith("_created")
