"""How a worker is, for those who run it: it lives, it can work, which vendors do not answer it."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager

import uvicorn
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tillsaga.connectors.circuit import CircuitState
from worker.life import Life

Circuits = Callable[[], Mapping[tuple[str, str], CircuitState]]


class CircuitMetrics(Collector):
    """Writes how the circuits stand when Prometheus asks."""

    def __init__(self, circuits: Circuits) -> None:
        """Take who knows the circuits."""
        self._circuits = circuits

    def collect(self) -> Iterator[Metric]:
        """Write a line per vendor of each store."""
        labels = ("store", "provider")
        is_open = GaugeMetricFamily(
            "tillsaga_vendor_circuit_open",
            "1 while the vendor is left alone because it does not answer.",
            labels=labels,
        )
        opened = CounterMetricFamily(
            "tillsaga_vendor_circuit_opened", "How often that has begun.", labels=labels
        )
        for name, state in self._circuits().items():
            is_open.add_metric(name, float(state.is_open))
            opened.add_metric(name, state.times_opened)
        yield is_open
        yield opened


class WebhookMetrics(Collector):
    """Writes how attempts to deliver webhooks ended in this process."""

    def __init__(self, outcomes: Mapping[str, int]) -> None:
        """Take what counts them."""
        self._outcomes = outcomes

    def collect(self) -> Iterator[Metric]:
        """Write a line per outcome."""
        attempts = CounterMetricFamily(
            "tillsaga_webhook_attempts",
            "Attempts to deliver a webhook, by how they ended.",
            labels=("outcome",),
        )
        for outcome, times in sorted(self._outcomes.items()):
            attempts.add_metric((outcome,), times)
        yield attempts


def health_page(
    circuits: Circuits,
    webhooks: Mapping[str, int],
    life: Life,
    *,
    signs_roots: bool,
    more: Iterable[Collector] = (),
) -> Starlette:
    """Make the page: `/healthz`, `/readyz` and `/metrics`.

    `signs_roots`: whether this worker has keys for the audit's daily roots. `more`: what else it
    counts.
    """
    registry = CollectorRegistry()
    for collector in (CircuitMetrics(circuits), WebhookMetrics(webhooks), *more):
        registry.register(collector)

    async def lives(_: Request) -> Response:
        return _told(life.is_alive, {})

    async def is_ready(_: Request) -> Response:
        # A vendor that is down makes no worker unready: it works for the others.
        vendors = [
            {
                "store_id": store_id,
                "provider": provider,
                "circuit": "open" if state.is_open else "closed",
                "since": state.since.isoformat(timespec="seconds").replace("+00:00", "Z"),
            }
            for (store_id, provider), state in sorted(circuits().items())
        ]
        roots = "signed" if signs_roots else "unsigned"
        checks = await life.checks()
        well = all(state == "ok" for state in checks.values())
        return _told(well, {"checks": checks, "audit_roots": roots, "vendors": vendors})

    async def metrics(_: Request) -> Response:
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    routes = {"/healthz": lives, "/readyz": is_ready, "/metrics": metrics}
    return Starlette(routes=[Route(path, serve) for path, serve in routes.items()])


def _told(well: bool, more: Mapping[str, object]) -> Response:
    status, code = ("ok", 200) if well else ("unavailable", 503)
    return JSONResponse({"status": status, **more}, code)


class HealthServer(uvicorn.Server):
    """Serves the page; the worker itself takes the signals, and ends it last."""

    def __init__(self, page: Starlette, host: str, port: int) -> None:
        """Take the page and where to listen."""
        config = uvicorn.Config(
            page,
            host=host,
            port=port,
            log_config=None,
            log_level="warning",
            access_log=False,
            timeout_graceful_shutdown=1,  # nobody may hold a worker by asking how it is
        )
        super().__init__(config)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals alone."""
        yield
