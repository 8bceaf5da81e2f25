"""Checkouts that run already survive this version."""

from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer
from temporalio.workflow import _Definition

from tests.support.record import SHAPES
from worker.wiring import WORKFLOWS, workflow_runner

HISTORIES = [
    WorkflowHistory.from_json(file.stem, file.read_text())
    for file in sorted((Path(__file__).parent.parent / "histories").glob("*.json"))
]


@pytest.mark.parametrize("history", HISTORIES, ids=lambda history: history.workflow_id)
async def test_a_recorded_checkout_replays(history: WorkflowHistory) -> None:
    replayer = Replayer(
        workflows=WORKFLOWS,
        data_converter=pydantic_data_converter,
        workflow_runner=workflow_runner(),
    )

    await replayer.replay_workflow(history)


def test_every_workflow_has_a_recorded_run() -> None:
    started = [
        history.events[0].workflow_execution_started_event_attributes for history in HISTORIES
    ]
    recorded = {attributes.workflow_type.name for attributes in started}
    assert recorded == {str(_Definition.must_from_class(each).name) for each in WORKFLOWS}


def test_every_shape_of_run_is_recorded() -> None:
    assert {history.workflow_id for history in HISTORIES} == {s.__name__ for s in SHAPES}
