"""What is done by night: every store's day against the vendors' books, and the audit's root."""

from collections.abc import Iterable
from contextlib import suppress
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
from workflows.audit import AuditRootWorkflow
from workflows.reconcile import ReconcileWorkflow

RECONCILE = "tillsaga-reconcile"
AUDIT_ROOT = "tillsaga-audit-root"


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


async def schedule_audit_root(client: Client, task_queue: str) -> None:
    """Have the audit's day closed shortly after midnight, UTC: one root is over all stores.

    A night without a worker is made up for: the next root covers whatever has none.
    """
    just_after = ScheduleCalendarSpec(hour=[ScheduleRange(0)], minute=[ScheduleRange(5)])
    schedule = Schedule(
        action=ScheduleActionStartWorkflow(
            AuditRootWorkflow.run,
            id=AUDIT_ROOT,
            task_queue=task_queue,
            static_summary="the audit's root of yesterday",
        ),
        spec=ScheduleSpec(calendars=[just_after]),
        policy=SchedulePolicy(
            overlap=ScheduleOverlapPolicy.SKIP, catchup_window=timedelta(hours=23)
        ),
    )
    with suppress(ScheduleAlreadyRunningError):
        await client.create_schedule(AUDIT_ROOT, schedule)


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
