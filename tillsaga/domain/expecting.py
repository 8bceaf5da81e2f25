"""Turns effect records into what should stand in a vendor's books."""

from collections.abc import Iterable
from typing import Literal

from tillsaga.domain.ports import CallRecord, CallState, EffectRecord
from tillsaga.domain.privacy import ERASED
from tillsaga.domain.reconcile import Claimed

NOBODY_KNOWS = "the customer's data was erased"
_STATES: dict[CallState, Literal["done", "not_done", "open"]] = {
    CallState.APPLIED: "done",
    CallState.REFUSED: "not_done",
    CallState.WITHDRAWN: "not_done",
}
"""Anything else may still be either: a call is open, or a person has to find out."""


def did(record: EffectRecord, ledger: str, **more: object) -> Claimed:
    """Say what the doing left in a ledger; `more` as in `Claimed`."""
    return _claim(record, "do", record.do, ledger, more)


def undid(record: EffectRecord, ledger: str, **more: object) -> list[Claimed]:
    """Say what the taking back left there; a no to it leaves nothing to compare."""
    if record.undo is None or record.do.state is not CallState.APPLIED:
        return []
    return [_claim(record, "undo", record.undo, ledger, more)]


def unreadable(record: EffectRecord, reason: str) -> list[Claimed]:
    """Say that nobody can see what an effect that happened has left."""
    if record.do.state is not CallState.APPLIED:
        return []
    claim = did(record, record.order.operation)
    return [claim.model_copy(update={"state": "unreadable", "reason": reason})]


def is_undone(record: EffectRecord) -> bool:
    """Whether it was taken back."""
    return record.undo is not None and record.undo.state is CallState.APPLIED


def is_moving(records: Iterable[EffectRecord]) -> bool:
    """Whether a call is open, or a person has yet to say how it ended."""
    calls = [call for record in records for call in (record.do, record.undo) if call]
    return any(call.state not in _STATES for call in calls)


def _claim(
    record: EffectRecord,
    side: Literal["do", "undo"],
    call: CallRecord,
    ledger: str,
    more: dict[str, object],
) -> Claimed:
    fields: dict[str, object] = {
        "key": record.order.key,
        "side": side,
        "state": _STATES.get(call.state, "open"),
        "ledger": ledger,
        "id": call.done.transaction_id if call.done else None,
        "since": call.started_at,
        "until": call.last_ended_at or call.last_started_at,
        "moments": (call.started_at,),
    }
    return discreet(Claimed.model_validate(fields | more))


def discreet(claim: Claimed) -> Claimed:
    """Compare nothing with what stands where a customer's data was erased."""
    is_erased = claim.customer is not None and ERASED.fullmatch(claim.customer) is not None
    named = claim.id is not None or claim.mark is not None
    asked = any(isinstance(v, str) and ERASED.fullmatch(v) for v in claim.known.values())
    if asked or (is_erased and not named):
        return claim.model_copy(update={"state": "unreadable", "reason": NOBODY_KNOWS})
    return claim.model_copy(update={"customer": None}) if is_erased else claim
