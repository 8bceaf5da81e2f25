"""From measured batches to the rows of the table."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from bench.options import Scene
from bench.reference import MESSAGES
from bench.rig import OURS, UNDURABLE
from bench.rounds import Batch
from tillsaga.dev.stack import API, TEMPORAL, WORKER

Series = dict[int, list[float]]
"""Values by round."""


@dataclass(frozen=True)
class Figure:
    """The median of the rounds' medians, and the 95th percentile of all values together."""

    median: float
    p95: float | None = None


@dataclass(frozen=True)
class Row:
    """One measure; None is what cannot be said."""

    measure: str
    ours: Figure | None = None
    undurable: Figure | None = None
    ratio: float | None = None


def latency_rows(batches: Sequence[Batch], scene: Scene) -> list[Row]:
    """Tell how long each message, the whole checkout and the throughput were in one scene."""
    here = [batch for batch in batches if batch.scene == scene]
    rows = [_row(f"{name}, ms", here, _laps(name)) for name in MESSAGES]
    rows.append(_row("whole checkout, ms", here, lambda b: [sale.whole for sale in b.sales]))
    rows.append(_row("checkouts per second", here, lambda b: [len(b.sales) / b.seconds]))
    return rows


def cost_rows(batches: Sequence[Batch], history: tuple[int, int] | None) -> list[Row]:
    """Tell what a checkout costs, whatever the scene."""
    ours = [batch for batch in batches if batch.side == OURS]
    theirs = [batch for batch in batches if batch.side == UNDURABLE]
    own = _per_sale(theirs, lambda batch: batch.own_cpu)
    processes = (API, WORKER, TEMPORAL)
    rows = [Row(f"CPU {name}, ms", figure(_cpu(ours, name))) for name in processes]
    rows.append(row("CPU in all, ms", _cpu(ours, *processes), own))
    calls = (_per_sale(side, lambda batch: float(batch.calls.total())) for side in (ours, theirs))
    rows.append(row("vendor calls", *calls))
    events, size = history or (None, None)
    rows.append(Row("history events", None if events is None else Figure(events)))
    rows.append(Row("history bytes", None if size is None else Figure(size)))
    return rows


def _laps(message: str) -> Callable[[Batch], list[float]]:
    return lambda batch: [sale.laps[message] for sale in batch.sales if message in sale.laps]


def _row(measure: str, batches: Sequence[Batch], pick: Callable[[Batch], list[float]]) -> Row:
    series: dict[str, Series] = {OURS: {}, UNDURABLE: {}}
    for batch in batches:
        if batch.sales and (values := pick(batch)):
            series[batch.side][batch.round] = values
    return row(measure, series[OURS], series[UNDURABLE])


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


def row(measure: str, ours: Series, undurable: Series) -> Row:
    """Compare two sides: the ratio is made within each round, then the median is taken.

    >>> row("whole", {0: [40.0], 1: [90.0]}, {0: [10.0], 1: [30.0]}).ratio
    3.5
    """
    ratios = [
        median(ours[number]) / median(undurable[number])
        for number in ours.keys() & undurable.keys()
        if median(undurable[number])
    ]
    return Row(measure, figure(ours), figure(undurable), median(ratios) if ratios else None)


def figure(series: Series) -> Figure | None:
    """Sum a series up; with one value a round there is no percentile to speak of."""
    if not series:
        return None
    values = sorted(value for each in series.values() for value in each)
    p95 = values[math.ceil(0.95 * len(values)) - 1] if len(values) > len(series) else None
    return Figure(median(median(each) for each in series.values()), p95)
