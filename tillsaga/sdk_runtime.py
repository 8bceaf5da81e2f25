"""What Temporal's SDK tells of itself: metrics on a port of their own, log lines among ours."""

import logging

from temporalio.runtime import (
    LogForwardingConfig,
    LoggingConfig,
    PrometheusConfig,
    Runtime,
    TelemetryConfig,
    TelemetryFilter,
)

SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
"""Between a till's patience and a task that nobody takes; the SDK's own are coarser."""

_LATENCIES = (
    "temporal_workflow_task_schedule_to_start_latency",
    "temporal_workflow_task_execution_latency",
    "temporal_workflow_task_replay_latency",
    "temporal_activity_schedule_to_start_latency",
    "temporal_activity_execution_latency",
    "temporal_request_latency",
    "temporal_long_request_latency",
)
_WARNINGS = TelemetryFilter(core_level="WARN", other_level="ERROR")


class NoPlaceForMetrics(Exception):
    """The SDK cannot listen where its metrics are to be found."""


def sdk_runtime(host: str, port: int | None) -> Runtime:
    """Make the runtime that a process's client and workers share.

    `port` is where Prometheus finds the SDK's metrics; None: nowhere, and none are kept.

    Raises:
        NoPlaceForMetrics: another process listens there.
    """
    core = LogForwardingConfig(logging.getLogger("temporalio.core"))
    telemetry = TelemetryConfig(
        logging=LoggingConfig(_WARNINGS, forwarding=core),
        metrics=_served(host, port) if port is not None else None,
    )
    try:
        return Runtime(telemetry=telemetry)
    except ValueError as taken:
        raise NoPlaceForMetrics(f"{host}:{port} cannot be listened at") from taken


def _served(host: str, port: int) -> PrometheusConfig:
    return PrometheusConfig(
        bind_address=f"{host}:{port}",
        counters_total_suffix=True,
        unit_suffix=True,
        durations_as_seconds=True,
        histogram_bucket_overrides=dict.fromkeys(_LATENCIES, SECONDS),
    )
