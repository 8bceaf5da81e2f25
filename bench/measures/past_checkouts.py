"""Whether a checkout costs the same, however many there were before: SQLite and PostgreSQL."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import uvloop

from bench import processes
from bench.books import disagreements
from bench.figures import Measured, Row, Section, Series, between, middle
from bench.options import Options
from bench.past_rows import Past
from bench.postgres import POSTGRES
from bench.reference import OURS, Sale
from bench.rig import Rig, Running, running
from bench.rounds import play_one, warm_up
from bench.verdicts import Check, Goal
from tillsaga.dev.stack import API, WORKER

FEW, SALES = 10, 4
FLAT = Goal(1.1, f"{FEW} past")
DATABASES = {"SQLite": False, "PostgreSQL": True}
"""The records' databases, and whether each is a server of its own."""


@dataclass
class Looks:
    """What rounds of checkouts came to: milliseconds of the till's time, and of CPU."""

    wholes: Series = field(default_factory=dict)
    cpu: Series = field(default_factory=dict)
    sales: list[Sale] = field(default_factory=list)


def measured(options: Options, say: Callable[[str], None]) -> Measured:
    """Measure beside few past checkouts, make many, and measure again."""
    sections: list[Section] = []
    problems: list[str] = []
    began, over = time.monotonic(), options.deadline("past")
    for turn, name in enumerate(DATABASES, start=1):
        deadline = began + (over - began) * turn / len(DATABASES)
        say(f"past: starting ours on {name}")
        with running(on_postgres=DATABASES[name]) as here:
            section, wrong = uvloop.run(_measured(here, name, options, deadline, say))
        sections.append(section)
        problems += wrong
    return Measured(sections, problems)


async def _measured(
    here: Running, name: str, options: Options, deadline: float, say: Callable[[str], None]
) -> tuple[Section, list[str]]:
    async with here.rig() as rig:
        await warm_up(rig)
        originals = [await play_one(rig, rig.ours) for _ in range(FEW)]
        before = await look(rig, options.rounds)
        say(f"past: {options.past:,} on {name}")
        records = Past.at(here.stack.home.database_url)
        there = records.fill([sale.checkout_id for sale in originals], options.past, deadline)
        after = await look(rig, options.rounds)
        sales = [*originals, *before.sales, *after.sales]
        problems = await disagreements(rig, {OURS: sales}, here.stack.home.database_url)
    return Section(f"{there:,} past checkouts, {name}", rows(before, after)), problems


async def look(rig: Rig, rounds: int) -> Looks:
    """Play a few checkouts in each round."""
    seen = Looks()
    for number in range(rounds):
        used = processes.cpu(rig.pids)
        played = [await play_one(rig, rig.ours) for _ in range(SALES)]
        seen.wholes[number] = [sale.whole for sale in played]
        seen.sales += played
        now = processes.cpu(rig.pids)
        if used and now:
            seen.cpu[number] = [_spent(used, now) / SALES]
    return seen


def _spent(before: dict[str, float], after: dict[str, float]) -> float:
    return sum(after[name] - before[name] for name in (API, WORKER, POSTGRES) if name in after)


def rows(before: Looks, after: Looks) -> Sequence[Row]:
    """Compare."""
    return [
        _compared("whole checkout, ms", before.wholes, after.wholes),
        _compared("CPU api, worker, database, ms", before.cpu, after.cpu),
    ]


def _compared(measure: str, before: Series, after: Series) -> Row:
    values = {OURS: middle(after)} if after else {}
    return Row(measure, values, (Check(FLAT, between(after, before)),))
