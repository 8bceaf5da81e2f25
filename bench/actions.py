"""How many billable actions a history stands for, by the rules of Temporal Cloud.

Counted are the start, each Update and Signal, each timer, each activity with its retries, each
batch of local activities of one workflow task, each upsert of search attributes or memo, and each
child workflow. Queries and heartbeats leave no event and are not in here; neither does ours need
any for a checkout. https://docs.temporal.io/evaluate/cloud/actions
"""

from collections import Counter
from collections.abc import Iterable

from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent

_ONE_EACH = {
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED: "start",
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED: "signal",
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED: "update",
    EventType.EVENT_TYPE_TIMER_STARTED: "timer",
    EventType.EVENT_TYPE_ACTIVITY_TASK_STARTED: "activity",
    EventType.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES: "search attributes",
    EventType.EVENT_TYPE_WORKFLOW_PROPERTIES_MODIFIED: "memo",
    EventType.EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_INITIATED: "child workflow",
    EventType.EVENT_TYPE_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED: "signal to another",
}
_LOCAL = "core_local_activity"
_PATCHED = "TemporalChangeVersion"


def actions(events: Iterable[HistoryEvent]) -> Counter[str]:
    """Count them by kind."""
    counted: Counter[str] = Counter()
    batches: set[int] = set()
    for event in events:
        if kind := _ONE_EACH.get(event.event_type):
            counted[kind] += _times(event)
        elif event.marker_recorded_event_attributes.marker_name == _LOCAL:
            # All of one workflow task come with its completion, and count once.
            batches.add(event.marker_recorded_event_attributes.workflow_task_completed_event_id)
    counted["local activities"] = len(batches)
    return +counted


def _times(event: HistoryEvent) -> int:
    if event.HasField("activity_task_started_event_attributes"):
        return event.activity_task_started_event_attributes.attempt
    if event.HasField("upsert_workflow_search_attributes_event_attributes"):
        upserted = event.upsert_workflow_search_attributes_event_attributes
        # What the SDK notes of a patched change is not billed.
        return int({*upserted.search_attributes.indexed_fields} != {_PATCHED})
    return 1
