"""What a worker's own work is counted by. What stands open is told by the API: `api.watch`."""

from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge
from temporalio import activity
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from tillsaga.domain.effects import EffectOrder, Outcome
from tillsaga.errors import Unavailable

SETTLE, SWEEP = "settle_effect", "find_forsaken_checkouts"


class WorkMetrics:
    """One registry per process's wiring, so that two in one process do not mix."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._effects = Counter(
            "tillsaga_effects",
            "Attempts to do, undo or settle an effect, by how they ended.",
            ("vendor", "operation", "direction", "outcome"),
            registry=self.registry,
        )
        self._repairs = Counter(
            "tillsaga_repairs",
            "Checkouts that a sweep found without a workflow, and had repaired.",
            registry=self.registry,
        )
        self._swept = Gauge(
            "tillsaga_sweep_last_timestamp_seconds",
            "When this process swept last; 0 if it never has.",
            registry=self.registry,
        )

    def note_effect(self, order: EffectOrder, name: str, outcome: str) -> None:
        """Count an attempt of the activity `name`."""
        undoes = "settle" if name == SETTLE else "undo"
        direction = "do" if name == order.operation else undoes
        self._effects.labels(order.kind, order.operation, direction, outcome).inc()

    def note_sweep(self, found: int) -> None:
        """Count a sweep and what it found."""
        self._repairs.inc(found)
        self._swept.set_to_current_time()


class Counting(Interceptor):
    """For workers: counts what activities come to."""

    def __init__(self, metrics: WorkMetrics) -> None:
        """Take what counts."""
        self._metrics = metrics

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        """Wrap every activity."""
        return _Counted(next, self._metrics)


class _Counted(ActivityInboundInterceptor):
    def __init__(self, next: ActivityInboundInterceptor, metrics: WorkMetrics) -> None:
        super().__init__(next)
        self._metrics = metrics

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        name, order = activity.info().activity_type, next(iter(input.args), None)
        try:
            result = await super().execute_activity(input)
        except Exception as failed:
            if isinstance(order, EffectOrder):
                known = isinstance(failed, Unavailable)
                self._metrics.note_effect(order, name, "retried" if known else "failed")
            raise
        if isinstance(order, EffectOrder) and isinstance(result, Outcome):
            self._metrics.note_effect(order, name, result.status)
        elif name == SWEEP:
            self._metrics.note_sweep(len(result))
        return result
