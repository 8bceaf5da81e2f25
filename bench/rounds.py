"""The measurement: both sides in every scene, round after round."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import httpx

from bench import cpu
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
    own_cpu: float = 0.0


async def warm_up(rig: Rig) -> None:
    """Let each side do one checkout that is not counted, so that nothing is done the first time.

    Raises:
        CheckoutFailed: a side cannot even do one.
    """
    for side in rig.sides.values():
        sale = Sale(new_customer(rig.sandbox))
        await side.play(sale)
        await side.settle(sale)
    await rig.calls()


async def measure(rig: Rig, options: Options, say: Callable[[str], None]) -> list[Batch]:
    """Go through all scenes in every round; who begins takes turns."""
    batches = []
    for number in range(options.rounds):
        say(f"round {number + 1} of {options.rounds}")
        for scene in options.scenes:
            await rig.delay(scene.vendor_ms)
            for name in sorted(rig.sides, reverse=bool(number % 2)):
                batch = Batch(name, scene, number)
                await _run(rig, batch, options.per_round(scene))
                batches.append(batch)
    await rig.delay(0)
    return batches


async def _run(rig: Rig, batch: Batch, count: int) -> None:
    side = rig.sides[batch.side]
    waiting = iter([Sale(new_customer(rig.sandbox)) for _ in range(count)])
    before, own_before = cpu.used(rig.pids), time.process_time()
    began = time.perf_counter()
    await asyncio.gather(
        *(_serve(side, waiting, batch) for _ in range(batch.scene.concurrency)),
    )
    batch.seconds = time.perf_counter() - began
    batch.own_cpu = (time.process_time() - own_before) * 1000
    # What goes on behind the till's back costs CPU, too.
    await asyncio.gather(*(_settle(side, sale, batch) for sale in batch.sales))
    after = cpu.used(rig.pids)
    if before and after:
        batch.cpu = {name: after[name] - before[name] for name in after}
    batch.calls = await rig.calls()


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
