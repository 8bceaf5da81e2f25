"""What a till waits for, how many checkouts a machine does, and what CPU each costs: every side."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

import uvloop

from bench.books import disagreements
from bench.figures import Measured, Row, Section, Series, high, row
from bench.options import Options, Scene
from bench.reference import DBOS, FLOOR, MESSAGES, OURS, SIDES, UNDURABLE, Sale
from bench.rig import Running, running
from bench.rounds import Batch, measure, warm_up
from bench.stack import PROCESSES
from bench.verdicts import Goal
from tillsaga.dev.stack import API, TEMPORAL, WORKER

MESSAGE = Goal(1.5, FLOOR)
"""Each message of one till, of a vendor that answers at once."""
ONE_CALL = Goal(1.4, UNDURABLE)
"""A message with one vendor call, of a vendor that takes its time."""
WHOLE = Goal(1.05, UNDURABLE)
"""The whole checkout, of a vendor that takes its time."""
THROUGHPUT = (Goal(0.75, FLOOR, at_least=True), Goal(1.0, DBOS, at_least=True))
"""Checkouts a second with many tills."""
API_CPU = Goal(4.0)
"""Milliseconds of the API's CPU for a till's message."""
MANY_TILLS, SLOW_VENDOR_MS, ONE_CALL_MESSAGE = 50, 100, "reward"

Pick = Callable[[Batch], list[float]]


def measured(options: Options, say: Callable[[str], None]) -> Measured:
    """Play the reference checkout on all sides, in turn."""
    say("tills: starting ours and the yardsticks")
    with running(yardsticks=True) as here:
        return uvloop.run(_measured(here, options, say))


async def _measured(here: Running, options: Options, say: Callable[[str], None]) -> Measured:
    async with here.rig() as rig:
        await warm_up(rig)
        batches = await measure(rig, options, options.deadline("tills"), say)
        problems = [failure for batch in batches for failure in batch.failures]
        sales: dict[str, list[Sale]] = defaultdict(list)
        for batch in batches:
            sales[batch.side] += batch.sales
        problems += await disagreements(rig, sales, here.stack.home.database_url)
    scenes = [_scene(batches, scene) for scene in options.scenes]
    return Measured([*scenes, costs(batches)], problems, unlike(batches))


def _scene(batches: Sequence[Batch], scene: Scene) -> Section:
    here = [batch for batch in batches if batch.scene == scene]
    number = sum(len(batch.sales) for batch in here if batch.side == OURS)
    return Section(f"{scene.title} (n={number})", scene_rows(here, scene))


def scene_rows(batches: Sequence[Batch], scene: Scene) -> list[Row]:
    """Tell how long each message, the whole checkout and the throughput were in one scene."""
    is_alone, is_slow = scene.concurrency == 1, scene.vendor_ms >= SLOW_VENDOR_MS
    rows = []
    for name in MESSAGES:
        goals = [MESSAGE] if is_alone and not scene.vendor_ms else []
        goals += [ONE_CALL] if is_alone and is_slow and name == ONE_CALL_MESSAGE else []
        rows.append(_row(f"{name}, ms", batches, _laps(name), *goals))
    goals = [WHOLE] if is_alone and is_slow else []
    rows.append(_row("whole checkout, ms", batches, _wholes, *goals))
    rows.append(_row("whole checkout, p95, ms", batches, lambda b: [high(_wholes(b))]))
    is_busy = scene.concurrency >= MANY_TILLS and not scene.vendor_ms
    rate = THROUGHPUT if is_busy else ()
    rows.append(_row("checkouts per second", batches, lambda b: [len(b.sales) / b.seconds], *rate))
    return rows


def costs(batches: Sequence[Batch]) -> Section:
    """Tell what a checkout costs, whatever the scene."""
    sides = {side: [batch for batch in batches if batch.side == side] for side in SIDES}
    ours = sides[OURS]
    each = {side: _cpu(some, *PROCESSES[side]) for side, some in sides.items()}
    rows = [row("CPU in all, ms", each, against=FLOOR)]
    rows += [row(f"CPU {name}, ms", {OURS: _cpu(ours, name)}) for name in (API, WORKER, TEMPORAL)]
    message = {number: [v / len(MESSAGES) for v in cpu] for number, cpu in _cpu(ours, API).items()}
    rows.append(row("CPU api a message, ms", {OURS: message}, API_CPU))
    calls = {
        side: _per_sale(some, lambda b: float(b.calls.total())) for side, some in sides.items()
    }
    rows.append(row("vendor calls", calls))
    return Section("per checkout, all scenes", rows)


def unlike(batches: Sequence[Batch]) -> list[str]:
    """Say where a yardstick did not ask the vendor for the same as ours."""
    asked: dict[str, defaultdict[str, float]] = {}
    for side in SIDES:
        some = [batch for batch in batches if batch.side == side]
        sold = sum(len(batch.sales) for batch in some)
        asked[side] = defaultdict(float)
        for batch in some:
            for operation, times in batch.calls.items():
                asked[side][operation] += times / (sold or 1)
    return [
        f"not like for like: {operation}: a checkout of ours asks {asked[OURS][operation]:.2f}"
        f" times, of {side} {asked[side][operation]:.2f} times"
        for operation in sorted({name for each in asked.values() for name in each})
        for side in SIDES
        if asked[side] and abs(asked[side][operation] - asked[OURS][operation]) > 0.005
    ]


def _laps(message: str) -> Pick:
    return lambda batch: [sale.laps[message] for sale in batch.sales if message in sale.laps]


def _wholes(batch: Batch) -> list[float]:
    return [sale.whole for sale in batch.sales]


def _row(measure: str, batches: Sequence[Batch], pick: Pick, *goals: Goal) -> Row:
    sides: dict[str, Series] = {side: {} for side in SIDES}
    for batch in batches:
        if batch.sales and (values := pick(batch)):
            sides[batch.side][batch.round] = values
    return row(measure, sides, *goals, against=FLOOR)


def _cpu(batches: Sequence[Batch], *names: str) -> Series:
    known = [batch for batch in batches if batch.cpu is not None]
    return _per_sale(known, lambda batch: sum((batch.cpu or {})[name] for name in names))


def _per_sale(batches: Iterable[Batch], spent: Callable[[Batch], float]) -> Series:
    """Share out what a round's batches spent together."""
    sums: defaultdict[int, float] = defaultdict(float)
    sales: defaultdict[int, int] = defaultdict(int)
    for batch in batches:
        sums[batch.round] += spent(batch)
        sales[batch.round] += len(batch.sales)
    return {number: [sums[number] / sold] for number, sold in sales.items() if sold}
