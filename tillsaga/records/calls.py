"""How one direction of an effect, do or undo, moves from state to state; and its columns.

A yes outweighs everything: it is what the vendor's books say, also where it arrives late, after a
no or a withdrawal. Any other end is kept. What is open moves freely.
"""

from datetime import datetime
from typing import Literal

from tillsaga.domain.effects import Done
from tillsaga.domain.holds import HOLDING
from tillsaga.domain.ports import CallRecord, CallState
from tillsaga.records.statements import Found
from tillsaga.records.tables import EffectRow

Side = Literal["do", "undo"]
UNSURE = frozenset({CallState.CALLING, CallState.IN_DOUBT})
OPEN = UNSURE | {CallState.NOT_SENT}
MAY_STAND = UNSURE | {CallState.APPLIED, CallState.MANUAL}


def first_call(now: datetime) -> CallRecord:
    """Open the first call."""
    return CallRecord(
        state=CallState.CALLING, attempts=1, started_at=now, last_started_at=now, last_ended_at=None
    )


def never_called(now: datetime) -> CallRecord:
    """Withdraw what was never begun, so that a late beginning meets it."""
    return CallRecord(
        state=CallState.WITHDRAWN,
        attempts=0,
        started_at=now,
        last_started_at=now,
        last_ended_at=now,
    )


def next_call(call: CallRecord, now: datetime) -> CallRecord:
    """Open another call, or the first one of what was only doubted before."""
    opened: dict[str, object] = {
        "state": CallState.CALLING,
        "attempts": call.attempts + 1,
        "last_started_at": now,
    }
    if not call.attempts:
        opened["started_at"] = now
    return call.model_copy(update={**opened, "last_ended_at": None})


def ended(
    call: CallRecord,
    state: CallState,
    now: datetime,
    *,
    code: str | None = None,
    detail: str | None = None,
) -> CallRecord:
    """End the call without a yes, unless it is settled meanwhile."""
    if call.state not in OPEN:
        return call
    end = call.last_ended_at or now
    said = {"state": state, "last_ended_at": end, "code": code, "detail": detail}
    return call.model_copy(update=said)


def succeeded(call: CallRecord, done: Done, now: datetime) -> CallRecord:
    """Note the yes. The first one stays: a second attempt's answer says the same or less."""
    if call.state is CallState.APPLIED:
        return call
    end = call.last_ended_at or now
    said = {"state": CallState.APPLIED, "last_ended_at": end, "done": done}
    return call.model_copy(update={**said, "code": None, "detail": None})


def reopened(call: CallRecord) -> CallRecord:
    """Doubt again what a person should have settled: the vendor is asked before anything is sent.

    The last call's times stay, so that `settle_after` counts from it.
    """
    if call.state is not CallState.MANUAL:
        return call
    doubt = {"state": CallState.IN_DOUBT, "code": None, "detail": None}
    return call.model_copy(update=doubt)


def read_call(row: EffectRow | Found, side: Side) -> CallRecord | None:
    """Read one direction from its columns; None if it was never begun."""
    if getattr(row, f"{side}_state") is None:
        return None
    fields = {name: getattr(row, f"{side}_{name}") for name in CallRecord.model_fields}
    return CallRecord.model_validate(fields)


def write_call(row: EffectRow, side: Side, call: CallRecord, now: datetime) -> None:
    """Write one direction to its columns, and whether the effect is open."""
    for name in CallRecord.model_fields:
        setattr(row, f"{side}_{name}", getattr(call, name))
    setattr(row, f"{side}_state", call.state.value)
    setattr(row, f"{side}_done", call.done.model_dump(mode="json") if call.done else None)
    open_states = {row.do_state, row.undo_state} & {state.value for state in OPEN}
    row.open_since = (row.open_since or now) if open_states else None
    row.held_since = row.do_started_at if _may_be_held(row) else None


def _may_be_held(row: EffectRow) -> bool:
    given_back = row.undo_state == CallState.APPLIED
    return row.operation in HOLDING and row.do_state in MAY_STAND and not given_back
