"""For every alert what it is to fire upon; and a day on which none may.

Series are written as Prometheus' unit tests have them, a sample a minute: `0+6x60` grows by six a
minute, `1x60` stays. Where several processes tell the same, two of them do here.
"""

from collections.abc import Mapping
from typing import NamedTuple

Series = Mapping[str, str]


class Case(NamedTuple):
    """What is seen, and how long until the alert fires; it fires once."""

    seen: Series
    minutes: int


def told_twice(metric: str, labels: str, values: str) -> Series:
    """What every API process tells alike."""
    return {f'{metric}{{{labels},instance="{one}"}}': values for one in ("api-1", "api-2")}


def waited(kind: str, fast: str, slow: str) -> Series:
    """How long tasks waited: some for less than a tenth of a second, some for up to five."""
    name = f"temporal_{kind}_schedule_to_start_latency_seconds_bucket"
    buckets = {"0.1": fast, "1.0": fast, "5.0": slow, "+Inf": slow}
    return {f'{name}{{task_queue="tillsaga",le="{le}"}}': n for le, n in buckets.items()}


_ASKED = 'tillsaga_vendor_call_duration_seconds_count{vendor="leat",outcome='
_CIRCUIT = "tillsaga_vendor_circuit_open"
_REQUEST = "tillsaga_http_requests_total"
_OPENED, _BROKEN = 'operation="openCheckout",status="201"', 'operation="openCheckout",status="503"'
_READY = 'operation="getReadiness",status="503"'
_FAILED = "temporal_workflow_task_execution_failed_total"
_STUCK = 'workflow_type="Checkout",failure_reason="NonDeterminismError"'

CASES: Mapping[str, Case] = {
    "TillsagaAttentionWaits": Case(
        told_twice("tillsaga_attention_open", 'code="goodwill"', "0x4 1x60"), 21
    ),
    "TillsagaUndoFailed": Case(
        told_twice("tillsaga_attention_open", 'code="undo_failed"', "0x4 1x60"), 6
    ),
    "TillsagaHoldTooOld": Case(
        told_twice("tillsaga_holds_oldest_seconds", 'vendor="leat"', "21000+60x60"), 30
    ),
    "TillsagaInDoubt": Case(
        told_twice("tillsaga_effects_in_doubt_oldest_seconds", 'vendor="wll"', "0+60x60"), 17
    ),
    "TillsagaVendorErrors": Case(
        {f'{_ASKED}"answered"}}': "0+60x60", f'{_ASKED}"unanswered"}}': "0+20x60"}, 12
    ),
    "TillsagaVendorLeftAlone": Case(
        {
            f'{_CIRCUIT}{{store="ams-1",provider="leat",instance="{one}"}}': "1x60"
            for one in ("worker-1", "worker-2")
        },
        4,
    ),
    "TillsagaWebhooksWait": Case(
        told_twice("tillsaga_webhook_oldest_pending_seconds", 'store="ams-1"', "0+60x60"), 22
    ),
    "TillsagaApiErrors": Case(
        {f"{_REQUEST}{{{_OPENED}}}": "0+60x60", f"{_REQUEST}{{{_BROKEN}}}": "0+6x60"}, 12
    ),
    "TillsagaAnswersLate": Case(
        {
            f"{_REQUEST}{{{_OPENED}}}": "0+60x60",
            'tillsaga_answer_budget_misses_total{message="open"}': "0+6x60",
        },
        17,
    ),
    "TillsagaUnreachable": Case(told_twice("tillsaga_reachable", 'what="temporal"', "1x4 0x60"), 7),
    "TillsagaUnwatched": Case({'up{job="tillsaga-api",instance="api-1"}': "1x4 0x60"}, 9),
    "TillsagaNoWorker": Case(
        told_twice("tillsaga_queue_pollers", 'queue="tillsaga",type="workflow"', "2x4 0x60"), 8
    ),
    "TillsagaActivitiesWait": Case(waited("activity", "0+6x60", "0+60x60"), 17),
    "TillsagaWorkflowTasksWait": Case(waited("workflow_task", "0+6x60", "0+60x60"), 17),
    "TillsagaWorkflowTasksFail": Case({f"{_FAILED}{{{_STUCK}}}": "0x4 1+1x60"}, 8),
    "TillsagaSweepNotRun": Case(
        {
            'tillsaga_sweep_last_timestamp_seconds{instance="worker-1"}': "0x60",
            'tillsaga_sweep_last_timestamp_seconds{instance="worker-2"}': "60x60",
        },
        40,
    ),
}

HEALTHY: Series = {
    **told_twice("tillsaga_attention_open", 'code="goodwill"', "0x4 1x5 0x60"),
    **told_twice("tillsaga_holds_oldest_seconds", 'vendor="leat"', "0+60x60"),
    **told_twice("tillsaga_effects_in_doubt_oldest_seconds", 'vendor="wll"', "0+30x10 0x60"),
    **told_twice("tillsaga_webhook_oldest_pending_seconds", 'store="ams-1"', "0+60x10 0x60"),
    **told_twice("tillsaga_reachable", 'what="temporal"', "1x60"),
    # One process that does not reach it is for its own readiness to tell.
    'tillsaga_reachable{what="records",instance="api-1"}': "0x60",
    'tillsaga_reachable{what="records",instance="api-2"}': "1x60",
    **told_twice("tillsaga_queue_pollers", 'queue="tillsaga",type="workflow"', "2x60"),
    **waited("activity", "0+60x60", "0+61x60"),
    **waited("workflow_task", "0+60x60", "0+61x60"),
    f'{_ASKED}"answered"}}': "0+60x60",
    f'{_ASKED}"refused"}}': "0+60x60",
    f'{_ASKED}"unanswered"}}': "0+1x60",
    f'{_CIRCUIT}{{store="ams-1",provider="leat",instance="worker-1"}}': "0x60",
    f"{_REQUEST}{{{_OPENED}}}": "0+600x60",
    f"{_REQUEST}{{{_BROKEN}}}": "0+1x60",
    f"{_REQUEST}{{{_READY}}}": "0+600x60",
    'tillsaga_answer_budget_misses_total{message="open"}': "0+1x60",
    f"{_FAILED}{{{_STUCK}}}": "3x60",
    'tillsaga_sweep_last_timestamp_seconds{instance="worker-1"}': "0+60x60",
    'tillsaga_sweep_last_timestamp_seconds{instance="worker-2"}': "0x60",
    'up{job="tillsaga-api",instance="api-1"}': "1x60",
    'up{job="tillsaga-api",instance="api-2"}': "0x60",
}
