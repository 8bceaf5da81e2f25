"""Draws the Grafana dashboards: `make dashboards` writes their JSON beside this file.

A panel is a title, a unit, and what it asks, by legend. The tests hold every question against the
metrics that there are: tests/observability/test_dashboards.py.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

Json = dict[str, Any]
FOLDER = Path(__file__).parent / "dashboards"
SOURCE = {"type": "prometheus", "uid": "prometheus"}
WIDTH, HEIGHT, ACROSS = 12, 8, 2
"""A panel's size in Grafana's grid of 24 columns, and how many stand side by side."""


class Panel(NamedTuple):
    """One picture. The unit is Grafana's: `s`, `ops` (per second), `percentunit`, `short`."""

    title: str
    unit: str
    asked: Mapping[str, str]


def rate(metric: str, by: str, where: str = "") -> str:
    """Ask how often something happens per second; every process counts its own."""
    return f"sum by ({by}) (rate({metric}{_where(where)}[$__rate_interval]))"


def p95(histogram: str, by: str, where: str = "") -> str:
    """Ask below what 95 of 100 lie."""
    return f"histogram_quantile(0.95, {rate(f'{histogram}_bucket', f'le, {by}', where)})"


def latest(metric: str, by: str) -> str:
    """Ask for what stands open; every process tells the same."""
    return f"max by ({by}) ({metric})"


def _where(labels: str) -> str:
    return f"{{{labels}}}" if labels else ""


HTTP = "tillsaga_http_request_duration_seconds"
REQUESTS = "tillsaga_http_requests_total"
CALLS = "tillsaga_vendor_call_duration_seconds"
EFFECTS = "tillsaga_effects_total"
CIRCUIT = "tillsaga_vendor_circuit_open"
DOUBTS = "tillsaga_effects_in_doubt"
ACTIVITIES = "temporal_activity_schedule_to_start_latency_seconds"
TASKS = "temporal_workflow_task_schedule_to_start_latency_seconds"
FROM_TILLS = 'operation!~"get.*|list.*|unmatched"'
UNANSWERED = rate(f"{CALLS}_count", "vendor", 'outcome=~"unanswered|limited"')

DASHBOARDS: Mapping[str, tuple[Panel, ...]] = {
    "till": (
        Panel("Messages", "ops", {"{{outcome}}": rate(f"{HTTP}_count", "outcome", FROM_TILLS)}),
        Panel(
            "How long a till waits (p95)", "s", {"{{outcome}}": p95(HTTP, "outcome", FROM_TILLS)}
        ),
        Panel("By operation (p95)", "s", {"{{operation}}": p95(HTTP, "operation", FROM_TILLS)}),
        Panel(
            "Without an answer within the budget",
            "ops",
            {"{{message}}": rate("tillsaga_answer_budget_misses_total", "message")},
        ),
        Panel(
            "Taken, and finished later (202)",
            "ops",
            {"{{operation}}": rate(REQUESTS, "operation", 'status="202"')},
        ),
        Panel(
            "Failed (5xx)",
            "ops",
            {"{{operation}} {{status}}": rate(REQUESTS, "operation, status", 'status=~"5.."')},
        ),
        Panel(
            "Codes that nobody knows",
            "ops",
            {"{{outcome}}": rate("tillsaga_guesses_total", "outcome")},
        ),
        Panel("Reached by the API", "short", {"{{what}}": latest("tillsaga_reachable", "what")}),
    ),
    "vendors": (
        Panel(
            "Calls",
            "ops",
            {"{{vendor}} {{outcome}}": rate(f"{CALLS}_count", "vendor, outcome")},
        ),
        Panel("How long a call takes (p95)", "s", {"{{vendor}}": p95(CALLS, "vendor")}),
        Panel(
            "Part that gave no usable answer",
            "percentunit",
            {"{{vendor}}": f"{UNANSWERED} / {rate(f'{CALLS}_count', 'vendor')}"},
        ),
        Panel(
            "Left alone, since they do not answer",
            "short",
            {"{{store}} {{provider}}": latest(CIRCUIT, "store, provider")},
        ),
        Panel(
            "Effects done",
            "ops",
            {"{{vendor}} {{outcome}}": rate(EFFECTS, "vendor, outcome", 'direction="do"')},
        ),
        Panel(
            "Effects taken back",
            "ops",
            {"{{vendor}} {{outcome}}": rate(EFFECTS, "vendor, outcome", 'direction="undo"')},
        ),
        Panel("In doubt", "short", {"{{vendor}}": latest(DOUBTS, "vendor")}),
        Panel("Oldest doubt", "s", {"{{vendor}}": latest(f"{DOUBTS}_oldest_seconds", "vendor")}),
    ),
    "support": (
        Panel(
            "Cases that wait for a person",
            "short",
            {"{{code}}": latest("tillsaga_attention_open", "code")},
        ),
        Panel(
            "Oldest case", "s", {"{{code}}": latest("tillsaga_attention_oldest_seconds", "code")}
        ),
        Panel("Open holds", "short", {"{{vendor}}": latest("tillsaga_holds_open", "vendor")}),
        Panel(
            "Oldest hold", "s", {"{{vendor}}": latest("tillsaga_holds_oldest_seconds", "vendor")}
        ),
        Panel(
            "Webhooks that wait",
            "short",
            {"{{store}}": latest("tillsaga_webhook_deliveries_pending", "store")},
        ),
        Panel(
            "Oldest webhook",
            "s",
            {"{{store}}": latest("tillsaga_webhook_oldest_pending_seconds", "store")},
        ),
        Panel(
            "Attempts at webhooks",
            "ops",
            {"{{outcome}}": rate("tillsaga_webhook_attempts_total", "outcome")},
        ),
        Panel(
            "Checkouts that a sweep had repaired, an hour",
            "short",
            {"repairs": "sum(increase(tillsaga_repairs_total[1h]))"},
        ),
    ),
    "temporal": (
        Panel(
            "Workers at each queue",
            "short",
            {"{{queue}} {{type}}": latest("tillsaga_queue_pollers", "queue, type")},
        ),
        Panel(
            "Tasks that nobody has taken",
            "short",
            {"{{queue}} {{type}}": latest("tillsaga_queue_backlog", "queue, type")},
        ),
        Panel(
            "Age of the oldest of them",
            "s",
            {"{{queue}} {{type}}": latest("tillsaga_queue_backlog_age_seconds", "queue, type")},
        ),
        Panel("Activities wait (p95)", "s", {"{{task_queue}}": p95(ACTIVITIES, "task_queue")}),
        Panel("Workflow tasks wait (p95)", "s", {"{{task_queue}}": p95(TASKS, "task_queue")}),
        Panel(
            "Workflow tasks that failed in our code",
            "ops",
            {
                "{{workflow_type}} {{failure_reason}}": rate(
                    "temporal_workflow_task_execution_failed_total", "workflow_type, failure_reason"
                )
            },
        ),
        Panel(
            "Activities that failed",
            "ops",
            {
                "{{activity_type}}": rate(
                    "temporal_activity_execution_failed_total", "activity_type"
                )
            },
        ),
        Panel(
            "Requests to Temporal that failed",
            "ops",
            {"{{operation}}": rate("temporal_request_failure_total", "operation")},
        ),
        Panel(
            "Slots left in workers",
            "short",
            {"{{worker_type}}": "sum by (worker_type) (temporal_worker_task_slots_available)"},
        ),
        Panel(
            "Workflows kept in memory",
            "short",
            {"workflows": "sum(temporal_sticky_cache_size)"},
        ),
    ),
}


def drawn(name: str) -> Json:
    """Draw one dashboard as Grafana reads it."""
    panels = [_panel(number, panel) for number, panel in enumerate(DASHBOARDS[name])]
    return {
        "uid": f"tillsaga-{name}",
        "title": f"Tillsaga: {name}",
        "tags": ["tillsaga"],
        "timezone": "browser",
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "schemaVersion": 39,
        "panels": panels,
    }


def _panel(number: int, panel: Panel) -> Json:
    row, column = divmod(number, ACROSS)
    return {
        "id": number + 1,
        "type": "timeseries",
        "title": panel.title,
        "datasource": SOURCE,
        "gridPos": {"h": HEIGHT, "w": WIDTH, "x": column * WIDTH, "y": row * HEIGHT},
        "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
        "targets": [
            {"refId": chr(ord("A") + place), "expr": query, "legendFormat": legend}
            for place, (legend, query) in enumerate(panel.asked.items())
        ],
    }


def written(name: str) -> str:
    """Write one dashboard down."""
    return json.dumps(drawn(name), indent=2) + "\n"


if __name__ == "__main__":
    for name in DASHBOARDS:
        (FOLDER / f"{name}.json").write_text(written(name))
