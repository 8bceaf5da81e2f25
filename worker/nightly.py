"""The schedules that compare every store's day with its vendors' books."""

from collections.abc import Iterable
from datetime import time, timedelta

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleCalendarSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleRange,
    ScheduleSpec,
    ScheduleUpdate,
    ScheduleUpdateInput,
)
from temporalio.service import RPCError, RPCStatusCode

from tillsaga.domain.reconcile_orders import ReconcileOrder
from workflows.reconcile import ReconcileWorkflow

RECONCILE = "tillsaga-reconcile"


async def schedule_reconciliation(
    client: Client, task_queue: str, stores: Iterable[tuple[str, str]], at: time | None
) -> None:
    """Have every store's day compared the night after; None: not at all.

    Args:
        client: The connection.
        task_queue: The workers' queue.
        stores: Ids and IANA time zones.
        at: When, by each store's own clocks.
    """
    for store_id, timezone in stores:
        if at is None:
            await _drop(client, f"{RECONCILE}-{store_id}")
        else:
            await _make(client, _nightly(task_queue, store_id, timezone, at), store_id)


def _nightly(task_queue: str, store_id: str, timezone: str, at: time) -> Schedule:
    moment = ScheduleCalendarSpec(hour=[ScheduleRange(at.hour)], minute=[ScheduleRange(at.minute)])
    return Schedule(
        action=ScheduleActionStartWorkflow(
            ReconcileWorkflow.run,
            ReconcileOrder(store_id=store_id),
            id=f"{RECONCILE}-{store_id}",
            task_queue=task_queue,
            static_summary=f"{store_id}'s day against the vendors' books",
        ),
        spec=ScheduleSpec(calendars=[moment], time_zone_name=timezone),
        policy=SchedulePolicy(
            overlap=ScheduleOverlapPolicy.SKIP, catchup_window=timedelta(hours=12)
        ),
    )


async def _make(client: Client, schedule: Schedule, store_id: str) -> None:
    """Make it, or bring the one that is there up to date; one that is paused stays so."""

    def brought_up(there: ScheduleUpdateInput) -> ScheduleUpdate:
        changed = there.description.schedule
        changed.action, changed.spec = schedule.action, schedule.spec
        return ScheduleUpdate(schedule=changed)

    try:
        await client.create_schedule(f"{RECONCILE}-{store_id}", schedule)
    except ScheduleAlreadyRunningError:
        handle = client.get_schedule_handle(f"{RECONCILE}-{store_id}")
        await handle.update(brought_up)


async def _drop(client: Client, name: str) -> None:
    try:
        await client.get_schedule_handle(name).delete()
    except RPCError as missing:
        if missing.status is not RPCStatusCode.NOT_FOUND:
            raise
