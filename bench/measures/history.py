"""What one reference checkout leaves in Temporal: events, bytes and billable actions."""

from collections.abc import Callable

import uvloop

from bench.actions import actions
from bench.books import disagreements
from bench.figures import Measured, Row, Section
from bench.options import Options
from bench.reference import OURS
from bench.rig import Running, running
from bench.rounds import play_one, warm_up
from bench.verdicts import Check, Goal

EVENTS, BYTES, ACTIONS = Goal(75), Goal(40_000), Goal(20)
_SALES = 5
"""Workflow tasks may merge or not as the moment wills: a few tell how far the count varies."""


def measured(_: Options, say: Callable[[str], None]) -> Measured:
    """Play a few checkouts, one after another, and read their histories."""
    say("history: starting ours")
    with running() as here:
        return uvloop.run(_measured(here))


async def _measured(here: Running) -> Measured:
    async with here.rig() as rig:
        await warm_up(rig)
        sales = [await play_one(rig, rig.ours) for _ in range(_SALES)]
        histories = [await rig.ours.history(sale.checkout_id) for sale in sales]
        problems = await disagreements(rig, {OURS: sales}, here.stack.home.database_url)
    kinds = [actions(history.events) for history, _ in histories]
    rows = [
        _row("events", EVENTS, [len(history.events) for history, _ in histories]),
        _row("bytes", BYTES, [size for _, size in histories]),
        _row("billable actions, webhooks apart", ACTIONS, [kind.total() for kind in kinds]),
    ]
    told = ", ".join(f"{times} {name}" for name, times in kinds[-1].most_common())
    return Measured([Section("history of a checkout", rows)], problems, [f"actions: {told}"])


def _row(measure: str, goal: Goal, counts: list[int]) -> Row:
    check = Check(goal, tuple(map(float, counts)), counted=True)
    return Row(measure, {OURS: check.middle or 0.0}, (check,))
