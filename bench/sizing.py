"""How much an installation needs: a simulated busiest hour, times what one checkout costs.

`make sizing ARGS="--stores 1000 --checkouts-an-hour 60"`. What one costs was measured once, on two
shared cores with everything on them (docs/capacity.md): put the figures of your own bench here.
"""

import argparse
import random
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from math import ceil, log2

HOUR = 3600
STORES = (10, 100, 1_000, 10_000)


@dataclass(frozen=True)
class Cost:
    """Of one reference checkout, from the bench; CPU in milliseconds, sizes in bytes."""

    api_ms: float = 82
    worker_ms: float = 280
    worker_loop_ms: float = 185
    """Of these, what runs in the worker's one event loop, and so on one core."""
    events: int = 77
    commits: int = 34
    effects: int = 6
    """Activities on one vendor's queue, which its rate counts."""
    history_bytes: int = 33_000
    records_bytes: int = 70_000


COST = Cost()
BUSY = 0.6
"""How busy a process may be on average, so that nobody waits long behind another."""
CACHED = 1_000
"""Open checkouts that a worker has in memory; others are replayed first."""
CONNECTIONS = 15
"""To the records, of each process at most."""
WRITE_SECONDS = 0.005
"""How long a write takes at Temporal's database; a shard does one at a time."""
SPREAD = 10
"""How many times more shards there are than would be busy if the load were even."""
HOURS_A_DAY, DAYS_A_YEAR, WEEK = 8, 360, 7


@dataclass(frozen=True)
class Load:
    """The busiest hour of some stores, as it came out."""

    stores: int
    a_second: float
    peak: float
    """Checkouts a second in the busiest ten seconds."""
    open: int
    """The most that were open at once."""


@dataclass(frozen=True)
class Need:
    """What carries a load."""

    apis: int
    workers: int
    commits: float
    connections: int
    effects: float
    shards: int
    temporal_gb: float
    """Histories of a week."""
    records_gb: float
    """A year's sales."""


def simulated(stores: int, an_hour: float, open_seconds: float, seed: int = 1) -> Load:
    """Have customers come to all stores by chance, each by themselves, and stay for some time.

    Args:
        stores: How many.
        an_hour: Checkouts of one store in its busiest hour.
        open_seconds: How long one is open: half of them less, some much longer.
        seed: The same seed gives the same hour.
    """
    chance = random.Random(seed)
    rate, now = stores * an_hour / HOUR, 0.0
    tens: Counter[int] = Counter()
    ends: list[float] = []
    most = 0
    while (now := now + chance.expovariate(rate)) < HOUR:
        tens[int(now // 10)] += 1
        while ends and ends[0] < now:
            heappop(ends)
        heappush(ends, now + open_seconds * chance.lognormvariate(0, 0.8))
        most = max(most, len(ends))
    return Load(stores, rate, max(tens.values(), default=0) / 10, most)


def needed(load: Load, cost: Cost = COST) -> Need:
    """Say what carries a load, with at least two of everything."""
    apis = max(2, ceil(load.peak * cost.api_ms / 1000 / BUSY))
    by_cpu = ceil(load.peak * cost.worker_loop_ms / 1000 / BUSY)
    workers = max(2, by_cpu, ceil(load.open / CACHED))
    a_year = load.a_second * HOUR * HOURS_A_DAY * DAYS_A_YEAR
    a_week = load.a_second * HOUR * HOURS_A_DAY * WEEK
    busy_shards = load.peak * cost.events * WRITE_SECONDS
    return Need(
        apis=apis,
        workers=workers,
        commits=load.peak * cost.commits,
        connections=(apis + workers) * CONNECTIONS,
        effects=load.peak * cost.effects,
        shards=2 ** max(2, ceil(log2(max(1.0, SPREAD * busy_shards)))),
        temporal_gb=a_week * cost.history_bytes / 1e9,
        records_gb=a_year * (cost.records_bytes + cost.history_bytes) / 1e9,
    )


def table(loads: Sequence[Load]) -> str:
    """Write it as Markdown, a column for each number of stores."""
    needs = [needed(load) for load in loads]
    rows: list[tuple[str, list[str]]] = [
        ("Stores", [f"{load.stores:,}" for load in loads]),
        ("Checkouts a second, on average", [f"{load.a_second:.1f}" for load in loads]),
        ("the same in the busiest ten seconds", [f"{load.peak:.1f}" for load in loads]),
        ("Open at once, at most", [f"{load.open:,}" for load in loads]),
        ("APIs", [f"{need.apis:,}" for need in needs]),
        ("Workers", [f"{need.workers:,}" for need in needs]),
        ("Commits to the records, a second", [f"{need.commits:,.0f}" for need in needs]),
        ("Connections to the records, at most", [f"{need.connections:,}" for need in needs]),
        ("Effects at one vendor, a second", [f"{need.effects:,.0f}" for need in needs]),
        ("Shards of Temporal, at least", [f"{need.shards:,}" for need in needs]),
        ("Temporal's histories, a week, GB", [f"{need.temporal_gb:,.0f}" for need in needs]),
        ("Records, a year, GB", [f"{need.records_gb:,.0f}" for need in needs]),
    ]
    head, *body = (f"| {name} | {' | '.join(values)} |" for name, values in rows)
    return "\n".join([head, "|---|" + "---:|" * len(loads), *body, ""])


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m bench.sizing", description=__doc__)
    parser.add_argument("--stores", type=int, nargs="+", default=STORES)
    parser.add_argument("--checkouts-an-hour", type=float, default=60)
    parser.add_argument("--open-seconds", type=float, default=90)
    asked = parser.parse_args(arguments)
    loads = [
        simulated(stores, asked.checkouts_an_hour, asked.open_seconds) for stores in asked.stores
    ]
    sys.stdout.write(table(loads))


if __name__ == "__main__":
    main()
