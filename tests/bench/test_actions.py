"""Billable actions are counted by the rules, from histories that are known."""

from pathlib import Path

from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import WorkflowHistory

from bench.actions import actions

PAID = Path(__file__).parents[1] / "histories" / "paid.json"
LOCAL = "core_local_activity"


def marker(name: str, task: int) -> HistoryEvent:
    event = HistoryEvent(event_type=EventType.EVENT_TYPE_MARKER_RECORDED)
    recorded = event.marker_recorded_event_attributes
    recorded.marker_name, recorded.workflow_task_completed_event_id = name, task
    return event


def activity(attempt: int) -> HistoryEvent:
    event = HistoryEvent(event_type=EventType.EVENT_TYPE_ACTIVITY_TASK_STARTED)
    event.activity_task_started_event_attributes.attempt = attempt
    return event


def upsert(*names: str) -> HistoryEvent:
    kind = EventType.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES
    event = HistoryEvent(event_type=kind)
    fields = event.upsert_workflow_search_attributes_event_attributes.search_attributes
    for name in names:
        fields.indexed_fields[name].data = b"1"
    return event


def test_local_activities_of_one_workflow_task_count_once() -> None:
    events = [marker(LOCAL, 4), marker(LOCAL, 4), marker(LOCAL, 9), marker("core_patch", 9)]

    assert actions(events) == {"local activities": 2}


def test_every_attempt_of_an_activity_counts() -> None:
    assert actions([activity(1), activity(3)]) == {"activity": 4}


def test_search_attributes_count_but_those_of_a_patch() -> None:
    events = [upsert("TillsagaStatus", "TillsagaAttention"), upsert("TemporalChangeVersion")]

    assert actions(events) == {"search attributes": 1}


def test_a_recorded_checkout_counts_as_its_events_say() -> None:
    history = WorkflowHistory.from_json("paid", PAID.read_text())
    updates = EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED

    counted = actions(history.events)

    assert counted["start"] == 1
    assert counted["update"] == sum(e.event_type == updates for e in history.events) > 0
    assert counted.total() < len(history.events)
