"""The effect records of a checkout as CSV, a ledger for each vendor."""

import csv
import io
from collections.abc import Mapping, Sequence

from tillsaga.domain.ports import CallRecord, EffectRecord

_COLUMNS = (
    *("effect", "id", "operation", "amount", "status", "attempts", "started_at"),
    *("vendor_reference", "vendor_transaction", "undone", "undone_by", "undone_at", "code"),
)


def ledgers(effects: Sequence[EffectRecord], numbers: Mapping[str, int]) -> dict[str, bytes]:
    """Write `ledger-PROVIDER.csv` for each vendor; `numbers` are those of the audit, by key."""
    providers = sorted({record.order.provider for record in effects})
    return {f"ledger-{name}.csv": _ledger(effects, numbers, name) for name in providers}


def _ledger(effects: Sequence[EffectRecord], numbers: Mapping[str, int], provider: str) -> bytes:
    text = io.StringIO()
    ledger = csv.writer(text, lineterminator="\n")
    ledger.writerow(_COLUMNS)
    for record in effects:
        if record.order.provider == provider:
            ledger.writerow([_cell(cell) for cell in _line(record, numbers)])
    return text.getvalue().encode()


def _line(record: EffectRecord, numbers: Mapping[str, int]) -> tuple[object, ...]:
    order, do, undo = record.order, record.do, record.undo
    return (
        numbers.get(order.key, ""),
        order.effect_id,
        order.operation,
        order.amount,
        do.state.value,
        do.attempts + (undo.attempts if undo else 0),
        do.started_at.isoformat(timespec="milliseconds"),
        do.done.reference if do.done else None,
        do.done.transaction_id if do.done else None,
        undo.state.value if undo else None,
        _named(undo),
        undo.started_at.isoformat(timespec="milliseconds") if undo else None,
        do.code or (undo.code if undo else None),
    )


def _named(call: CallRecord | None) -> str | None:
    done = call.done if call else None
    return (done.transaction_id or done.reference) if done else None


def _cell(value: object) -> object:
    """A vendor's text must be no formula in whatever opens the file."""
    text = "" if value is None else str(value)
    return f"'{text}" if isinstance(value, str) and text[:1] in ("=", "+", "@", "\t") else text
