"""The evidence bundle: one file with all that is known of a checkout, and its digests."""

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from tillsaga.commands.auditing import as_text, trail_document
from tillsaga.commands.histories import Histories, fetch_histories
from tillsaga.commands.loading import records
from tillsaga.commands.trouble import Trouble
from tillsaga.domain.audit import Finding
from tillsaga.domain.audit_roots import Leaf, path_of
from tillsaga.domain.ports import CallRecord, EffectRecord
from tillsaga.records.audit import RootWithLeaves, SqlAuditBook, Trail
from tillsaga.records.checkouts import SqlCheckoutBook
from tillsaga.settings import Settings

Files = dict[str, bytes]
_COLUMNS = (
    *("effect", "id", "operation", "amount", "status", "attempts", "started_at"),
    *("vendor_reference", "vendor_transaction", "undone", "undone_by", "undone_at", "code"),
)


async def write_bundle(
    settings: Settings, trail: Trail, findings: Sequence[Finding], path: Path
) -> None:
    """Write the bundle; a file that is there is not overwritten.

    Raises:
        Trouble: the file is there, or cannot be written.
    """
    async with records(settings) as database:
        book, checkouts = SqlAuditBook(database), SqlCheckoutBook(database)
        effects = (await checkouts.facts(trail.checkout_id)).effects
        numbers = await book.effect_numbers(trail.checkout_id)
        runs = await checkouts.runs(trail.checkout_id)
        roots = {seen.root: await book.root(seen.root) for seen in trail.witnesses}
    histories = await fetch_histories(settings, trail.checkout_id, runs)
    files: Files = {
        "timeline.json": (trail_document(trail, findings) + "\n").encode(),
        "timeline.txt": as_text(trail).encode(),
        "proof.json": _json(_proofs(trail, [root for root in roots.values() if root])),
        **_ledgers(effects, numbers),
        **{f"history-{n}.json": text.encode() for n, text in enumerate(histories.found, start=1)},
    }
    files["about.json"] = _json(_about(trail, findings, histories))
    sums = [f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in files.items()]
    files["SHA256SUMS"] = "".join(sums).encode()
    try:
        with zipfile.ZipFile(path, "x", zipfile.ZIP_DEFLATED) as bundle:
            for name, content in files.items():
                bundle.writestr(name, content)
    except OSError as refused:
        raise Trouble(f"{path} cannot be written: {refused}", hint="give a new file") from None


def _about(trail: Trail, findings: Sequence[Finding], histories: Histories) -> object:
    return {
        "checkout_id": trail.checkout_id,
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "tillsaga": version("tillsaga"),
        "entries": len(trail.entries),
        "head": trail.head.hash if trail.head else None,
        "unchanged": not findings,
        "histories": len(histories.found),
        "histories_missing": histories.missing,
        "histories_decrypted": histories.decrypted,
    }


def _proofs(trail: Trail, roots: Sequence[RootWithLeaves]) -> object:
    """For each root that saw the chain: the root, the leaf, and the path from one to the other."""
    return [
        {
            "root": each.root.model_dump(mode="json"),
            "leaf": leaf.model_dump(mode="json"),
            "path": [step.model_dump() for step in path_of(each.leaves, trail.checkout_id)],
        }
        for each in roots
        for leaf in _leaves_of(trail.checkout_id, each.leaves)
    ]


def _leaves_of(checkout_id: str, leaves: Iterable[Leaf]) -> list[Leaf]:
    return [leaf for leaf in leaves if leaf.checkout_id == checkout_id]


def _ledgers(effects: Sequence[EffectRecord], numbers: dict[str, int]) -> Files:
    files: Files = {}
    for provider in sorted({record.order.provider for record in effects}):
        text = io.StringIO()
        ledger = csv.writer(text, lineterminator="\n")
        ledger.writerow(_COLUMNS)
        for record in effects:
            if record.order.provider == provider:
                ledger.writerow([_cell(cell) for cell in _line(record, numbers)])
        files[f"ledger-{provider}.csv"] = text.getvalue().encode()
    return files


def _line(record: EffectRecord, numbers: dict[str, int]) -> tuple[object, ...]:
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


def _json(document: object) -> bytes:
    return (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode()
