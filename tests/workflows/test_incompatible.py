"""A change that recorded histories do not survive is caught before it is deployed.

The workflows are changed here as a careless hand would change them, and every recorded history
that takes the changed path has to fail to replay.
"""

from collections.abc import Callable
from typing import Any

import pytest
from temporalio import workflow
from temporalio.client import WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer

from tests.workflows.test_replay import HISTORIES
from worker.wiring import WORKFLOWS, workflow_runner
from workflows import memory
from workflows.effects import Effects
from workflows.paying import Paying

Change = Callable[[pytest.MonkeyPatch], None]


async def breaks(history: WorkflowHistory) -> bool:
    replayer = Replayer(
        workflows=WORKFLOWS,
        data_converter=pydantic_data_converter,
        workflow_runner=workflow_runner(),
    )
    result = await replayer.replay_workflow(history, raise_on_replay_failure=False)
    failed = result.replay_failure
    assert failed is None or isinstance(failed, workflow.NondeterminismError), failed
    return failed is not None


def a_timer_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """A step more before the first one."""
    real = memory.read_facts

    async def later(checkout_id: str) -> Any:
        await workflow.sleep(1)
        return await real(checkout_id)

    monkeypatch.setattr(memory, "read_facts", later)


def one_after_another(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was undone side by side is undone in turn."""

    async def in_turn(self: Effects, effects: Any) -> None:
        for effect in reversed(list(effects)):
            await self.undo(effect)

    monkeypatch.setattr(Effects, "undo_all", in_turn)


def another_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """An activity under another name."""
    real = Effects._run

    async def renamed(self: Effects, effect: Any, name: str, *arguments: Any) -> Any:
        return await real(self, effect, name.replace("post_order", "send_order"), *arguments)

    monkeypatch.setattr(Effects, "_run", renamed)


def a_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """A timer before everything is given back."""
    real = Paying.give_back

    async def later(self: Paying, end_as: Any) -> None:
        await workflow.sleep(1)
        await real(self, end_as)

    monkeypatch.setattr(Paying, "give_back", later)


CHANGES: dict[Change, set[str]] = {
    a_timer_first: {"paid", "cancelled", "refunded", "returned", "settled", "claimed"},
    one_after_another: {"cancelled", "declined", "expired"},
    another_name: {"paid", "told_later"},
    a_pause: {"cancelled", "declined", "cancelled_from_outside"},
}
"""The histories, at least, that each change must break."""


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
async def test_an_incompatible_change_fails_the_replay(
    change: Change, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(monkeypatch)

    broken = {history.workflow_id for history in HISTORIES if await breaks(history)}

    assert broken >= CHANGES[change]
