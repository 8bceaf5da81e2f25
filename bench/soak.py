"""Hours in minutes: `python -m bench.soak [--minutes 30] [--open 10000] [--in-a-row 20000]`.

First how many checkouts a second the machine does at most. Then, beside many that are held open,
customers come at a part of that rate while the vendor goes wrong; then many more in a row while it
does not. Exit code 0: no invariant was broken and nothing grew. Goals are as in the other tables.
"""

import argparse
import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import uvloop
from rich.console import Console

from bench import processes
from bench.books import VendorBooks, our_differences
from bench.figures import Measured, Row, Section, Series, between, middle
from bench.measures.open_checkouts import Held
from bench.options import Scene, positive
from bench.program import main
from bench.reference import OURS, CheckoutFailed, Sale
from bench.report import console, show
from bench.rig import Rig, Running, running
from bench.rounds import run as play
from bench.rounds import warm_up
from bench.storm import Storm, arrivals
from bench.verdicts import MISSED, Check, Goal
from tillsaga.commands.trouble import Trouble
from tillsaga.dev.stack import API, WORKER
from tillsaga.records.database import open_database
from tillsaga.records.effects import SqlEffectBook

FLAT = Goal(1.1, "first third")
SLICES = 13
"""A phase is seen in slices; the first one, when caches still fill, is not compared."""
SHARE = 0.7
_END_SECONDS, _AT_ONCE = 900.0, 10
_ENOUGH = 100
"""Sales of a phase by which growth can be told from chance."""


@dataclass(frozen=True)
class Options:
    """How long, and how much; `faults` is the share of vendor calls that go wrong."""

    minutes: float
    open: int
    in_a_row: int
    faults: float
    tills: int


def parse(arguments: Sequence[str] | None = None) -> Options:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.soak", description="Run for long.")
    parser.add_argument("--minutes", type=float, default=30.0, help="of faults (30)")
    parser.add_argument("--open", type=positive, default=10_000, help="held open (10000)")
    parser.add_argument("--in-a-row", type=positive, default=20_000, help="afterwards (20000)")
    parser.add_argument("--faults", type=float, default=0.05, help="share of calls (0.05)")
    parser.add_argument("--tills", type=positive, default=50, help="that find out the peak (50)")
    return Options(**vars(parser.parse_args(arguments)))


@dataclass
class Phase:
    """What a phase has come to: one entry for each slice."""

    wholes: Series = field(default_factory=dict)
    memory: Series = field(default_factory=dict)
    sales: list[Sale] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    slice: int = 0

    def take(self, sale: Sale, wrong: str) -> None:
        """Note a sale that is over."""
        if wrong:
            self.problems.append(wrong)
            return
        self.sales.append(sale)
        self.wholes.setdefault(self.slice, []).append(sale.whole)

    def end_slice(self, rig: Rig) -> None:
        """Look at the memory of our processes, and begin the next slice."""
        if used := processes.memory(rig.pids):
            self.memory[self.slice] = [used[API] + used[WORKER]]
        self.slice += 1

    def rows(self, name: str) -> list[Row]:
        """Compare the last third of the phase with the first, if it was long enough."""
        judged = len(self.sales) >= _ENOUGH
        return [
            _flat(f"{name}: whole checkout, ms", self.wholes, judged=judged),
            _flat(f"{name}: memory api and worker, MB", self.memory, judged=judged),
        ]


def _flat(measure: str, series: Series, *, judged: bool) -> Row:
    seen = [(number, values) for number, values in series.items() if number]
    third = -(-len(seen) // 3)
    first, last = dict(seen[:third]), dict(seen[-third:])
    values = {OURS: middle(last)} if last else {}
    return Row(measure, values, (Check(FLAT, between(last, first) if judged else ()),))


def run(arguments: Sequence[str] | None = None) -> int:
    """Run, print; answers the exit code."""
    options, aside = parse(arguments), Console(stderr=True)
    try:
        aside.print("soak: starting ours")
        with running(settle_after="1s") as here:
            found = uvloop.run(_measured(here, options, aside.print))
    except (Trouble, CheckoutFailed) as failed:
        aside.print(str(failed), style="red", markup=False)
        return 1
    show(console(), found.sections, found.notes)
    for problem in found.problems:
        aside.print(problem, style="red", markup=False, soft_wrap=True)
    return 1 if found.problems else 0


async def _measured(here: Running, options: Options, say: Callable[[str], None]) -> Measured:
    async with here.rig() as rig:
        await warm_up(rig)
        peak = await _peak(rig, options.tills)
        rate = peak * SHARE
        say(f"soak: {peak:.1f} a second at most; opening {options.open:,}")
        held = Held(rig)
        await held.grow(options.open)
        say(f"soak: {options.minutes:g} minutes at {rate:.1f} a second, the vendor going wrong")
        storm = Storm(rig, options.faults)
        stormy = await _stormy(rig, storm, rate, options.minutes * 60)
        say(f"soak: {options.in_a_row:,} in a row")
        calm = await _calm(rig, rate, options.in_a_row)
        say("soak: comparing the books")
        problems, cases = await _broken(here, rig, [*stormy.sales, *calm.sales])
    problems += [*stormy.problems, *calm.problems]
    rows = [Row("checkouts per second, at most", {OURS: peak})]
    rows += [*stormy.rows("faults"), *calm.rows("in a row")]
    problems += [
        f"{row.measure}: it grew" for row in rows if any(c.verdict == MISSED for c in row.checks)
    ]
    title = f"{len(stormy.sales):,} with faults, {len(calm.sales):,} in a row, {len(held):,} open"
    share = storm.struck / storm.asked if storm.asked else 0.0
    notes = [f"{share:.1%} of {storm.asked:,} vendor calls went wrong; {cases} left to a person"]
    return Measured([Section(title, rows)], problems, notes)


async def _peak(rig: Rig, tills: int) -> float:
    """Answer how many checkouts a second many tills do."""
    batch = await play(rig, OURS, Scene(0, tills), 0, 2 * tills)
    if batch.failures:
        raise CheckoutFailed(batch.failures[0])
    return len(batch.sales) / batch.seconds


async def _stormy(rig: Rig, storm: Storm, rate: float, seconds: float) -> Phase:
    phase = Phase()
    await storm.look()
    raging = asyncio.create_task(storm.rage())
    slicing = asyncio.create_task(_slice(phase, rig, seconds))
    await arrivals(rig, rate, seconds, phase.take)
    for task in (raging, slicing):
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    await storm.look()
    await rig.mend()
    return phase


async def _slice(phase: Phase, rig: Rig, seconds: float) -> None:
    while True:
        await asyncio.sleep(seconds / SLICES)
        phase.end_slice(rig)


async def _calm(rig: Rig, rate: float, count: int) -> Phase:
    phase = Phase()
    for part in _parts(count):
        await arrivals(rig, rate, part / rate, phase.take)
        phase.end_slice(rig)
    return phase


def _parts(count: int) -> Iterator[int]:
    """Divide a phase into slices, as even as may be."""
    for number in range(SLICES):
        if part := count * (number + 1) // SLICES - count * number // SLICES:
            yield part


async def _broken(here: Running, rig: Rig, sales: Sequence[Sale]) -> tuple[list[str], int]:
    """Say which invariants are broken, and how many cases wait for a person.

    Every sale was paid, so it must end as completed; the vendor's books, our records and what the
    till sees must agree.
    """
    deadline = time.monotonic() + _END_SECONDS
    late = await _until_ended(rig, sales, deadline)
    books, database = VendorBooks(await rig.books()), open_database(here.stack.home.database_url)
    records, turn = SqlEffectBook(database), asyncio.Semaphore(_AT_ONCE)

    async def judge(sale: Sale) -> tuple[list[str], int]:
        async with turn:
            seen = await rig.ours.read(sale.checkout_id)
            if seen["attention"]:
                return [], len(seen["attention"])
            wrong = await our_differences(seen, sale, books, records)
        status = seen["status"]
        return wrong + ([f"{sale.checkout_id} is {status}"] if status != "completed" else []), 0

    try:
        judged = await asyncio.gather(*(judge(sale) for sale in sales))
    finally:
        await database.close()
    return [*late, *(words for wrong, _ in judged for words in wrong)], sum(n for _, n in judged)


async def _until_ended(rig: Rig, sales: Sequence[Sale], deadline: float) -> list[str]:
    """Wait for every workflow's end; answers which do not come to it."""
    turn, late = asyncio.Semaphore(_AT_ONCE), []

    async def wait(sale: Sale) -> None:
        async with turn:
            try:
                async with asyncio.timeout(max(deadline - time.monotonic(), 0.001)):
                    await rig.ours.settle(sale)
            except (TimeoutError, CheckoutFailed) as failed:
                late.append(f"{sale.checkout_id} does not end: {failed!r}")

    await asyncio.gather(*(wait(sale) for sale in sales))
    return late


if __name__ == "__main__":
    main(run)
