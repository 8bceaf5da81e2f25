"""What open checkouts cost: memory of the worker, and the patience of the tills beside them."""

import asyncio
import math
import random
import time
from collections.abc import Callable, Iterator
from itertools import cycle

import uvloop

from bench import processes
from bench.books import disagreements
from bench.figures import Measured, Row, Section, Series, between, middle
from bench.options import Options
from bench.reference import OURS, Json, Sale
from bench.rig import Rig, Running, running
from bench.rounds import play_one, warm_up
from bench.verdicts import Check, Goal
from tillsaga.demo.vendors.leat import new_customer
from tillsaga.dev.stack import WORKER

FEW = 10
MEMORY = Goal(1.0)
"""MB of the worker's memory for a checkout that it has in its cache."""
PATIENCE = Goal(1.3, f"{FEW} open")
CACHED, STEPS = 1_000, 4
"""How many a worker keeps at least, and in how many steps its growth up to there is seen."""
TILLS, CUSTOMERS, SALES, TOUCHED = 50, 20, 3, 2


def measured(options: Options, say: Callable[[str], None]) -> Measured:
    """Hold checkouts open, and look how the others and they themselves fare."""
    say("open: starting ours")
    with running() as here:
        return uvloop.run(_measured(here, options, say))


async def _measured(here: Running, options: Options, say: Callable[[str], None]) -> Measured:
    async with here.rig() as rig:
        await warm_up(rig)
        held = Held(rig, options.deadline("open"))
        await held.grow(FEW)
        before = await held.look(options.rounds)
        growth = [await held.growth(upto) for upto in _steps(options.open)]
        say(f"open: {len(held)} of {options.open}")
        await held.grow(options.open)
        after = await held.look(options.rounds)
        problems = await disagreements(rig, {OURS: held.sales}, here.stack.home.database_url)
    opened = len(held) + held.touched
    title = f"{opened:,} open checkouts"
    notes = [f"open: no time for more than {opened:,}"] if opened < options.open else []
    return Measured([Section(title, rows(growth, before, after))], problems, notes)


def _steps(most: int) -> Iterator[int]:
    top = min(most, CACHED)
    return (FEW + (top - FEW) * step // STEPS for step in range(1, STEPS + 1))


class Held:
    """The checkouts that are held open."""

    def __init__(self, rig: Rig, deadline: float = math.inf) -> None:
        """Take the rig, and until when more may be opened; nothing is open yet."""
        self._rig, self._deadline = rig, deadline
        self._open: list[Json] = []
        self._choice = random.Random(1)
        self._cards = cycle([new_customer(rig.sandbox).card for _ in range(CUSTOMERS)])
        self.touched = 0
        self.sales: list[Sale] = []

    def __len__(self) -> int:
        return len(self._open)

    async def grow(self, upto: int) -> None:
        """Open more, at many tills, until there are so many or the time is over."""
        left = iter(range(upto - len(self) - self.touched))

        async def till() -> None:
            for _ in left:
                if time.monotonic() > self._deadline:
                    return
                self._open.append(await self._rig.ours.open(next(self._cards)))

        await asyncio.gather(*(till() for _ in range(TILLS)))

    async def growth(self, upto: int) -> float | None:
        """Open more; answers by how many MB the worker grew for each; None where none can say."""
        before, there = processes.memory(self._rig.pids), len(self)
        await self.grow(upto)
        after, opened = processes.memory(self._rig.pids), len(self) - there
        if before is None or after is None or not opened:
            return None
        return (after[WORKER] - before[WORKER]) / opened

    async def look(self, rounds: int) -> tuple[Series, Series]:
        """Time whole checkouts beside them, and `ready` of some that were opened before."""
        wholes: Series = {}
        wakes: Series = {}
        for number in range(rounds):
            played = [await play_one(self._rig, self._rig.ours) for _ in range(SALES)]
            self.sales += played
            wholes[number] = [sale.whole for sale in played]
            wakes[number] = [await self._touch() for _ in range(TOUCHED) if self._open]
        return wholes, wakes

    async def _touch(self) -> float:
        """Take any of them; each is taken once, since the second time is another message."""
        chosen = self._open.pop(self._choice.randrange(len(self._open)))
        self.touched += 1
        began = asyncio.get_running_loop().time()
        await self._rig.ours.ready(chosen)
        return (asyncio.get_running_loop().time() - began) * 1000


def rows(
    growth: list[float | None], before: tuple[Series, Series], after: tuple[Series, Series]
) -> list[Row]:
    """Sum up."""
    known = tuple(each for each in growth if each is not None)
    memory = Check(MEMORY, known)
    return [
        Row("worker's memory for each, MB", _ours(memory.middle), (memory,)),
        _compared("whole checkout beside them, ms", before[0], after[0]),
        _compared("ready, of one of them, ms", before[1], after[1]),
    ]


def _compared(measure: str, before: Series, after: Series) -> Row:
    return Row(measure, {OURS: middle(after)}, (Check(PATIENCE, between(after, before)),))


def _ours(value: float | None) -> dict[str, float]:
    return {} if value is None else {OURS: value}
