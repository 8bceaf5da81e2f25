"""Measure ourselves: `python -m bench [--quick]`.

Exit code 0: every checkout went through and all books agree.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NoReturn

import httpx
from rich.console import Console

from bench.books import disagreements
from bench.options import Options, parse
from bench.reference import CheckoutFailed
from bench.report import show
from bench.rig import OURS, BenchStack, open_rig
from bench.rounds import Batch, measure, warm_up
from tillsaga.commands.trouble import Trouble
from tillsaga.dev.api_key import api_key
from tillsaga.dev.home import Home
from tillsaga.dev.ports import Ports
from tillsaga.dev.stores_template import AMSTERDAM


@dataclass(frozen=True)
class Measured:
    """Everything that a run has found out."""

    batches: list[Batch]
    history: tuple[int, int] | None
    problems: list[str]


def run(arguments: Sequence[str] | None = None) -> int:
    """Start the stack, measure, print; answers the exit code."""
    options, aside = parse(arguments), Console(stderr=True)
    try:
        with TemporaryDirectory(prefix="tillsaga-bench-") as folder, Home(Path(folder)) as home:
            aside.print("starting the stack")
            with BenchStack(home, Ports.free()) as stack:
                key = api_key(home, [AMSTERDAM.id])
                measured = asyncio.run(_measured(stack, key, options, aside))
    except (Trouble, CheckoutFailed, httpx.HTTPError) as failed:
        aside.print(str(failed) or repr(failed), style="red", markup=False)
        return 1
    show(Console(), measured.batches, options.scenes, measured.history)
    for problem in measured.problems:
        aside.print(problem, style="red", markup=False, soft_wrap=True)
    return 1 if measured.problems else 0


async def _measured(stack: BenchStack, key: str, options: Options, aside: Console) -> Measured:
    async with open_rig(stack, key) as rig:
        await warm_up(rig)
        batches = await measure(rig, options, aside.print)
        problems = [failure for batch in batches for failure in batch.failures]
        problems += await disagreements(rig, batches, stack.home.database_url)
        ours = [sale for batch in batches if batch.side == OURS for sale in batch.sales]
        history = await rig.ours.history(ours[0].checkout_id) if ours else None
    stack.check()
    return Measured(batches, history, problems)


def main() -> NoReturn:
    """Run as a program; a SIGTERM stops the stack as Ctrl-C does.

    Without the interpreter's own farewell: Temporal's SDK may abort in it and turn success into
    exit code 134 (https://github.com/temporalio/sdk-python/issues/300).
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        code = run()
    except KeyboardInterrupt:
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
