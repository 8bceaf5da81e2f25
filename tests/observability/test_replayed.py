"""What goes along with a message is no command: recorded runs replay with it and without."""

from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer

from tests.observability.recorded import recorded
from tillsaga.interceptors import IncomingOrigin
from worker.wiring import WORKFLOWS, workflow_runner

HISTORIES = [
    WorkflowHistory.from_json(file.stem, file.read_text())
    for file in sorted((Path(__file__).parent.parent / "histories").glob("*.json"))
]


@pytest.mark.parametrize("history", HISTORIES, ids=lambda history: history.workflow_id)
async def test_a_recorded_run_replays_while_it_is_traced(history: WorkflowHistory) -> None:
    replayer = Replayer(
        workflows=WORKFLOWS,
        data_converter=pydantic_data_converter,
        workflow_runner=workflow_runner(),
        interceptors=[IncomingOrigin()],
    )
    with recorded() as seen:
        await replayer.replay_workflow(history)

    assert seen.spans == [], "what has happened is not told again"
