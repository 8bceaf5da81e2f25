"""Writes the evidence bundle of a checkout to a file."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from tillsaga.commands.histories import fetch_histories
from tillsaga.commands.loading import records
from tillsaga.commands.trouble import Trouble
from tillsaga.domain.audit import Witness
from tillsaga.evidence.bundle import bundle_of, read_known
from tillsaga.evidence.exports import begin_export
from tillsaga.records.audit import SqlAuditBook
from tillsaga.records.checkouts import SqlCheckoutBook
from tillsaga.records.histories import SqlHistories
from tillsaga.settings import Settings


async def write_bundle(
    settings: Settings, checkout_id: str, seen: Sequence[Witness], path: Path
) -> None:
    """Write the bundle; a file that is there is not overwritten. `seen` is of exported roots.

    Raises:
        Trouble: the file is there, or cannot be written.
    """
    _insist_on_new(path)
    async with records(settings) as database:
        book = SqlAuditBook(database)
        export = await begin_export(book, checkout_id, "evidence bundle", "operator")
        export = replace(export, findings=export.trail.verified(seen))
        kept = SqlHistories(database)
        known = await read_known(book, SqlCheckoutBook(database), kept, export.trail)
    histories = await fetch_histories(settings, checkout_id, known.runs, known.histories)
    bundle = bundle_of(export, known, histories)
    try:
        with path.open("xb") as file:
            file.write(bundle)
    except OSError as refused:
        raise Trouble(f"{path} cannot be written: {refused}", hint="give a new file") from None


def _insist_on_new(path: Path) -> None:
    """Find out before the audit is told of an export."""
    if path.exists():
        raise Trouble(f"{path} is there already", hint="give a new file")
