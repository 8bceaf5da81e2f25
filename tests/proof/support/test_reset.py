"""Support resets a sale to every workflow task, with what was said later and without it."""

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowFailureError, WorkflowHandle

from tests.proof.support.counter import Counter, open_counter
from tests.proof.support.judge import Ended
from tests.proof.support.sales import SHAPES, Clerk, Over
from tests.proof.tally import Proof, proof_of_this_run
from tests.support.shop import Checkout
from tests.workflows.test_support import current_run, reset, workflow_tasks

KIND = "Support: reset"
SILENCE = "abandon_after: 4s"
"""For a quarter of an hour: only the real server can reset, and its time is ours."""


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("shape", proof_of_this_run().of(["leat"], list(SHAPES)))
async def test_a_reset_of_an_ended_sale_changes_no_book(
    proof: Proof, tmp_path: Path, shape: str
) -> None:
    async with open_counter(tmp_path, shape, SILENCE) as counter:
        clerk, quiet = await played(counter)
        checkout = Checkout(counter.shop, counter.shop.client.get_workflow_handle(clerk.view["id"]))
        tasks = await workflow_tasks(counter.shop, checkout)
        run_id = await current_run(counter.shop, checkout)
        for task in tasks[:: proof.of(6, 1)]:
            for exclude in (False, True):
                how = "without later messages, then silence" if exclude else "with them"
                with proof.case(KIND, f"{shape}: to task {task}, {how}"):
                    await reset(counter.shop, checkout, task, exclude, run_id)
                    await is_as_it_was(counter, clerk, quiet)


async def played(counter: Counter) -> tuple[Clerk, Ended]:
    """One quiet sale, and how it ended."""
    counter.hand.watch()
    clerk = await counter.clerk()
    with suppress(Over):
        await counter.shape.story(clerk)
    return clerk, await counter.end(clerk)


async def is_as_it_was(counter: Counter, clerk: Clerk, quiet: Ended) -> None:
    """The new run ends by itself, and nothing has changed but that it ran."""
    handle = counter.shop.client.get_workflow_handle(clerk.view["id"])
    try:
        async with asyncio.timeout(40):
            with suppress(WorkflowFailureError):  # cancelled once, cancelled again
                await handle.result()
    except TimeoutError:
        raise AssertionError(f"it does not end: {await standing(handle)}") from None
    end = await counter.end(clerk)
    assert (end.status, end.net, end.cases) == (quiet.status, quiet.net, quiet.cases)
    assert end.view["totals"] == quiet.view["totals"]


async def standing(handle: WorkflowHandle[Any, Any]) -> str:
    """Say what a run waits for."""
    raw = (await handle.describe()).raw_description
    latest = [event async for event in handle.fetch_history_events()][-6:]
    return (
        f"{raw.workflow_execution_info.execution.run_id}, task {raw.pending_workflow_task}, "
        f"{[(one.activity_type.name, one.attempt) for one in raw.pending_activities]}, "
        f"{[(event.event_id, EventType.Name(event.event_type)) for event in latest]}"
    )
