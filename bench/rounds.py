"""The measurement: all sides in every scene, round after round."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import httpx

from bench import processes
from bench.options import Options, Scene
from bench.reference import CheckoutFailed, Sale, Side
from bench.rig import Rig
from tillsaga.demo.vendors.leat import new_customer


@dataclass
class Batch:
    """What one side did in one scene of one round; `cpu` in milliseconds, by process."""

    side: str
    scene: Scene
    round: int
    sales: list[Sale] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    seconds: float = 0.0
    calls: Counter[str] = field(default_factory=Counter)
    cpu: dict[str, float] | None = None


async def warm_up(rig: Rig) -> None:
    """Let each side do one checkout that is not counted, so that nothing is done the first time.

    Raises:
        CheckoutFailed: a side cannot even do one.
    """
    for side in rig.sides.values():
        await play_one(rig, side)
    await rig.calls()


async def play_one(rig: Rig, side: Side) -> Sale:
    """Play one checkout to its end.

    Raises:
        CheckoutFailed: it did not go through.
    """
    sale = Sale(new_customer(rig.sandbox))
    await side.play(sale)
    await side.settle(sale)
    return sale


async def measure(
    rig: Rig, options: Options, deadline: float, say: Callable[[str], None]
) -> list[Batch]:
    """Go through all scenes in every round, as long as there is time for another round."""
    batches: list[Batch] = []
    for number in range(options.rounds):
        began = time.monotonic()
        say(f"round {number + 1} of {options.rounds}")
        batches += await _round(rig, options, number)
        now = time.monotonic()
        if now + (now - began) > deadline:
            break
    await rig.delay(0)
    return batches


async def _round(rig: Rig, options: Options, number: int) -> list[Batch]:
    """Have all sides play in every scene; who begins takes turns."""
    batches = []
    for scene in options.scenes:
        await rig.delay(scene.vendor_ms)
        for name in in_turn(list(rig.sides), number):
            batches.append(await run(rig, name, scene, number, options.per_round(scene)))
    return batches


def in_turn(names: list[str], number: int) -> list[str]:
    """Say in which order sides play in a round, so that none is always the first or the last.

    >>> [in_turn(["a", "b", "c"], number) for number in (0, 1, 2)]
    [['a', 'b', 'c'], ['b', 'c', 'a'], ['c', 'a', 'b']]
    """
    first = number % len(names)
    return names[first:] + names[:first]


async def run(rig: Rig, name: str, scene: Scene, number: int, count: int) -> Batch:
    """Have one side play so many checkouts at the scene's tills."""
    batch, side = Batch(name, scene, number), rig.sides[name]
    waiting = iter([Sale(new_customer(rig.sandbox)) for _ in range(count)])
    before, began = processes.cpu(rig.pids), time.perf_counter()
    await asyncio.gather(*(_serve(side, waiting, batch) for _ in range(scene.concurrency)))
    batch.seconds = time.perf_counter() - began
    # What goes on behind the till's back costs CPU, too.
    await asyncio.gather(*(_settle(side, sale, batch) for sale in batch.sales))
    after = processes.cpu(rig.pids)
    if before and after:
        batch.cpu = {process: after[process] - before[process] for process in after}
    batch.calls = await rig.calls()
    return batch


async def _serve(side: Side, waiting: Iterator[Sale], batch: Batch) -> None:
    """One till: takes the next customer when it is done with the last."""
    for sale in waiting:
        try:
            await side.play(sale)
        except (CheckoutFailed, httpx.HTTPError) as failed:
            batch.failures.append(f"{batch.side}, {batch.scene.title}: {failed!r}")
        else:
            batch.sales.append(sale)


async def _settle(side: Side, sale: Sale, batch: Batch) -> None:
    try:
        await side.settle(sale)
    except CheckoutFailed as failed:
        batch.failures.append(f"{batch.side}, {batch.scene.title}: {failed}")
