"""The evidence bundle: one file with all that is known of a checkout, and its digests."""

import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version

from tillsaga.domain.audit_roots import Leaf, path_of
from tillsaga.domain.ports import EffectRecord
from tillsaga.evidence.documents import as_text, trail_document
from tillsaga.evidence.exports import Export
from tillsaga.evidence.histories import Histories
from tillsaga.evidence.ledgers import ledgers
from tillsaga.records.audit import RootWithLeaves, SqlAuditBook, Trail
from tillsaga.records.checkouts import SqlCheckoutBook
from tillsaga.records.histories import SqlHistories

Files = dict[str, bytes]


@dataclass(frozen=True)
class Known:
    """What the records know of a checkout besides its chain.

    `numbers` are by effect key, `histories` the kept ones by run.
    """

    effects: Sequence[EffectRecord]
    numbers: Mapping[str, int]
    runs: Sequence[str]
    histories: Mapping[str, str]
    roots: Sequence[RootWithLeaves]


async def read_known(
    book: SqlAuditBook, checkouts: SqlCheckoutBook, kept: SqlHistories, trail: Trail
) -> Known:
    """Read it."""
    roots = [await book.root(number) for number in {seen.root for seen in trail.witnesses}]
    return Known(
        effects=(await checkouts.facts(trail.checkout_id)).effects,
        numbers=await book.effect_numbers(trail.checkout_id),
        runs=await checkouts.runs(trail.checkout_id),
        histories=await kept.of_checkout(trail.checkout_id),
        roots=sorted((root for root in roots if root), key=lambda each: each.root.number),
    )


def bundle_of(export: Export, known: Known, histories: Histories) -> bytes:
    """Write the bundle, a zip."""
    trail = export.trail
    files: Files = {
        "timeline.json": (trail_document(trail, export.findings) + "\n").encode(),
        "timeline.txt": as_text(trail).encode(),
        "proof.json": _json(_proofs(trail, known.roots)),
        **ledgers(known.effects, known.numbers),
        **{f"history-{n}.json": text.encode() for n, text in enumerate(histories.found, start=1)},
    }
    files["about.json"] = _json(_about(export, histories))
    sums = [f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in files.items()]
    files["SHA256SUMS"] = "".join(sums).encode()
    return _zipped(files)


def _zipped(files: Files) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, content in files.items():
            bundle.writestr(name, content)
    return held.getvalue()


def _about(export: Export, histories: Histories) -> object:
    trail = export.trail
    return {
        "checkout_id": trail.checkout_id,
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "tillsaga": version("tillsaga"),
        "entries": len(trail.entries),
        "head": trail.head.hash if trail.head else None,
        "unchanged": not export.findings,
        "export_noted": export.is_noted,
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


def _json(document: object) -> bytes:
    return (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode()
