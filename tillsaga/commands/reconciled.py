"""What `tillsaga reconcile` shows."""

import json
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from tillsaga.domain.reconcile import Difference, Entry, Proof, Reconciled


def as_document(results: Sequence[Reconciled]) -> str:
    """Write it for programs."""
    return json.dumps([result.model_dump(mode="json") for result in results], indent=2)


def show(results: Sequence[Reconciled]) -> None:
    """Write it for people."""
    console = Console()
    for result in results:
        console.print(f"[bold]{result.provider}[/] {_verdict(result)}")
        for unread in result.unreadable:
            later = ", for now" if unread.again else ""
            console.print(f"  unreadable{later}: {unread.what} ({unread.count}): {unread.reason}")
        for key in result.open_keys:
            console.print(f"  open: {key}")
        if result.differences:
            console.print(_table(result))


def _verdict(result: Reconciled) -> str:
    compared = f"{result.compared} of our effects with {result.read} entries"
    if result.different:
        kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(result.counts.items()))
        return f"[red]differs[/]: {kinds}; compared {compared}"
    return f"agrees; compared {compared}" if result.compared else "nothing was compared"


def _table(result: Reconciled) -> Table:
    table = Table("difference", "books", "our record", "the vendor's")
    for each in result.differences:
        table.add_row(each.kind, each.ledger, _ours(each.ours), _theirs(each))
    more = result.different - len(result.differences)
    if more:
        table.add_row(f"{more} more", "", "", "")
    return table


def _ours(proof: Proof | None) -> str:
    if proof is None:
        return "no record"
    what = f"{proof.key}{' taken back' if proof.side == 'undo' else ''}: {proof.state}"
    return f"{what}, {proof.amount} of {proof.customer}, {proof.since:%Y-%m-%d %H:%M:%S}"


def _theirs(difference: Difference) -> str:
    return "\n".join(_entry(entry) for entry in difference.theirs) or "no entry"


def _entry(entry: Entry) -> str:
    at = f", {entry.at:%Y-%m-%d %H:%M:%S}" if entry.at else ""
    mark = f", marked {entry.mark}" if entry.mark else ""
    return f"{entry.id}: {entry.amount} of {entry.customer}{at}{mark}"
