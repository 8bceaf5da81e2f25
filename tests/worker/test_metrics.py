"""What activities come to is counted, by labels that stay few."""

from typing import Any

import pytest
from prometheus_client import generate_latest
from temporalio import activity
from temporalio.testing import ActivityEnvironment
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput

from tests.records.samples import order
from tillsaga.domain.effects import Outcome
from tillsaga.errors import NotSent
from worker.metrics import SWEEP, Counting, WorkMetrics

LOCK = order("lock_voucher", subject="GIFT-0001")


class Ends(ActivityInboundInterceptor):
    """An activity that ends in a certain way."""

    def __init__(self, end: Any) -> None:
        self._end = end

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        if isinstance(self._end, Exception):
            raise self._end
        return self._end


async def ended(name: str, end: Any, *args: object) -> str:
    """Let an activity end; answers what was counted."""
    metrics = WorkMetrics()
    counting = Counting(metrics).intercept_activity(Ends(end))
    env = ActivityEnvironment()
    env.info = ActivityEnvironment.default_info()
    env.info = type(env.info)(**{**vars(env.info), "activity_type": name})
    called = ExecuteActivityInput(fn=lambda: None, args=args, executor=None, headers={})

    async def run() -> Any:
        assert activity.info().activity_type == name
        return await counting.execute_activity(called)

    if isinstance(end, Exception):
        with pytest.raises(type(end)):
            await env.run(run)
    else:
        assert await env.run(run) == end
    return generate_latest(metrics.registry).decode()


@pytest.mark.parametrize(
    ("name", "end", "direction", "outcome"),
    [
        ("lock_voucher", Outcome(status="applied"), "do", "applied"),
        ("release_voucher", Outcome(status="manual"), "undo", "manual"),
        ("settle_effect", Outcome(status="in_doubt"), "settle", "in_doubt"),
        ("lock_voucher", NotSent("not yet"), "do", "retried"),
        ("lock_voucher", ValueError("a bug"), "do", "failed"),
    ],
)
async def test_an_effect_is_counted_by_how_its_attempt_ended(
    name: str, end: Any, direction: str, outcome: str
) -> None:
    told = await ended(name, end, LOCK)

    labels = f'direction="{direction}",operation="lock_voucher",outcome="{outcome}",vendor="leat"'
    assert f"tillsaga_effects_total{{{labels}}} 1.0" in told
    assert "GIFT-0001" not in told


async def test_a_sweep_says_when_it_ran_and_what_it_had_repaired() -> None:
    told = await ended(SWEEP, ["chk_1", "chk_2"])

    assert "tillsaga_repairs_total 2.0" in told
    [swept] = [s for s in told.splitlines() if s.startswith("tillsaga_sweep_last_timestamp")]
    assert float(swept.split()[1]) > 1_700_000_000


async def test_other_activities_are_not_counted() -> None:
    told = await ended("read_facts", {"facts": 1}, "chk_1")

    assert "tillsaga_effects_total{" not in told
    assert "tillsaga_repairs_total 0.0" in told
