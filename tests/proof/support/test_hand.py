"""Support cancels or terminates a sale at every moment of its history."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import WorkflowHandle
from temporalio.service import RPCError

from tests.proof.support.counter import Counter, Recovery, open_counter
from tests.proof.support.judge import Ended, judge
from tests.proof.support.sales import SHAPES, Shape
from tests.proof.tally import Proof, proof_of_this_run

Handle = WorkflowHandle[Any, Any]
READS = ("visit", "find", "read", "check", "scan", "save", "note", "await")
"""Activities that begin so hold or charge nothing."""


async def cancel_message(handle: Handle) -> None:
    await handle.signal("cancel", {"reason": "support"})


async def cancel_request(handle: Handle) -> None:
    await handle.cancel()


async def terminate(handle: Handle) -> None:
    await handle.terminate("support")


async def repaired(counter: Counter, checkout_id: str) -> None:
    """The scheduled sweep comes, and whatever it finds is repaired."""
    await counter.sweep(checkout_id)


@dataclass(frozen=True)
class Doing:
    """What support does, and how many moments lie between two cases of the long form."""

    kind: str
    act: Callable[[Handle], Awaitable[None]]
    recovery: Recovery | None = None
    every: int = 1
    hangs: bool = False
    """An activity that the run was about to do hangs, and goes on when all else is over."""

    def moments(self, shape: Shape, moments: Sequence[str]) -> list[int]:
        """The moments of a sale that it is worth doing at."""
        first = moments.index(shape.since) if shape.since else 0
        chosen = range(first, len(moments), self.every)
        return [at for at in chosen if not self.hangs or _changes_something(moments[at])]


def _changes_something(moment: str) -> bool:
    when, _, activity = moment.partition(" ")
    return when == "before" and not activity.startswith(READS)


DOINGS = {
    "terminate": Doing("Support: terminate", terminate, repaired),
    "terminate, an activity hangs": Doing("Support: terminate", terminate, repaired, hangs=True),
    "cancel request": Doing("Support: cancel", cancel_request),
    "cancel message": Doing("Support: cancel", cancel_message, every=3),
}


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", proof_of_this_run().of(["leat"], list(SHAPES)))
async def test_whatever_support_does_the_sale_is_whole_or_nothing(
    proof: Proof, tmp_path: Path, name: str
) -> None:
    async with open_counter(tmp_path, name) as counter:
        quiet = await counter.quiet()
        moments = list(counter.hand.moments)
        for offset, (what, doing) in enumerate(DOINGS.items()):
            chosen = doing.moments(counter.shape, moments)
            for at in proof.of(chosen[offset::11], chosen):
                with proof.case(doing.kind, f"{name}: {what} at {at}, {moments[at]}"):
                    await try_it(counter, doing, at, quiet)


async def try_it(counter: Counter, doing: Doing, at: int, quiet: Ended) -> None:
    """One sale with support's hand in it, before the judge."""

    async def strike(workflow_id: str) -> None:
        handle = counter.shop.client.get_workflow_handle(workflow_id)
        with suppress(RPCError):  # it has ended by itself
            await doing.act(handle)

    played = await counter.disturbed(at, strike, doing.recovery, holds=doing.hangs)
    if played is not None:
        end, paid = played
        judge(end, quiet, paid=paid)
