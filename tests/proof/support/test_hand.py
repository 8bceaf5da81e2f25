"""Support cancels or terminates a sale at every moment of its history."""

from contextlib import suppress
from pathlib import Path

import pytest
from temporalio.client import WorkflowHandle
from temporalio.service import RPCError

from tests.proof.support.counter import Counter, open_counter
from tests.proof.support.judge import judge
from tests.proof.support.sales import SHAPES
from tests.proof.tally import Proof

SHORT = ("leat",)


async def cancel_message(counter: Counter, handle: WorkflowHandle[object, object]) -> None:
    await handle.signal("cancel", {"reason": "support"})


async def cancel_request(counter: Counter, handle: WorkflowHandle[object, object]) -> None:
    await handle.cancel()


async def terminate(counter: Counter, handle: WorkflowHandle[object, object]) -> None:
    await handle.terminate("support")


async def repaired(counter: Counter, checkout_id: str) -> None:
    await counter.sweep(checkout_id)


HANDS = {
    "cancel message": ("Support: cancel", cancel_message, None, False),
    "cancel request": ("Support: cancel", cancel_request, None, False),
    "terminate": ("Support: terminate", terminate, repaired, False),
    "terminate, an activity hangs": ("Support: terminate", terminate, repaired, True),
}


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("hand", HANDS)
async def test_whatever_support_does_the_sale_is_whole_or_nothing(
    proof: Proof, tmp_path: Path, shape: str, hand: str
) -> None:
    if not proof.long and shape not in SHORT:
        return
    kind, act, recovery, holds = HANDS[hand]
    async with open_counter(tmp_path, shape) as counter:
        quiet = await counter.quiet()
        moments = list(counter.hand.moments)
        for at in range(0, len(moments), proof.of(3, 1)):
            if holds and not moments[at].startswith("before"):
                continue

            async def strike(workflow_id: str) -> None:
                handle = counter.shop.client.get_workflow_handle(workflow_id)
                with suppress(RPCError):  # it has ended
                    await act(counter, handle)

            with proof.case(kind, f"{shape}: {hand} at {at}, {moments[at]}"):
                played = await counter.disturbed(at, strike, recovery, holds=holds)
                if played is not None:
                    end, paid = played
                    judge(end, quiet, paid=paid)
