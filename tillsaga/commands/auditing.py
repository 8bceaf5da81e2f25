"""What `tillsaga audit` reads, checks and shows."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from rich.console import Console
from rich.table import Table

from tillsaga.commands.loading import records
from tillsaga.domain.audit import Finding, Witness
from tillsaga.domain.audit_roots import DailyRoot, Leaf, RootFinding, SignatureCheck, check_roots
from tillsaga.domain.audit_words import summary
from tillsaga.evidence.documents import timeline
from tillsaga.records.audit import RootWithLeaves, SqlAuditBook, Trail, witnesses_by_checkout
from tillsaga.settings import Settings


@dataclass
class Verdict:
    """What came of checking everything."""

    chains: int = 0
    entries: int = 0
    roots: int = 0
    findings: list[Finding] = field(default_factory=list)
    root_findings: list[RootFinding] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        """Whether nothing proves a change."""
        return not self.findings and not any(each.is_fault for each in self.root_findings)


async def read_trail(settings: Settings, checkout_id: str) -> Trail:
    """Read a checkout's chain."""
    async with records(settings) as database:
        return await SqlAuditBook(database).trail(checkout_id)


async def verify_all(
    settings: Settings, exported: Sequence[RootWithLeaves], keys: SignatureCheck | None
) -> Verdict:
    """Check every chain and every root; `exported` roots are believed before those of the records.

    A root of the file that the records have otherwise, or not at all, was changed there.
    """
    verdict = Verdict()
    async with records(settings) as database:
        book = SqlAuditBook(database)
        own = [root async for root in book.roots()]
        seen = witnesses_by_checkout(exported)
        async for checkout_id in book.chains():
            _judge(verdict, await book.trail(checkout_id), seen.pop(checkout_id, ()))
        for checkout_id, witnesses in sorted(seen.items()):
            _judge(verdict, await book.trail(checkout_id), witnesses)
    verdict.roots = len(own)
    verdict.root_findings = check_roots(_pairs(own), keys)
    if exported:
        first = exported[0].root.number
        if first == 1:
            verdict.root_findings += check_roots(_pairs(exported), keys)
        verdict.root_findings += _compared(own, exported)
    verdict.root_findings = list({str(each): each for each in verdict.root_findings}.values())
    return verdict


def _judge(verdict: Verdict, trail: Trail, witnesses: Sequence[Witness]) -> None:
    verdict.chains += 1
    verdict.entries += len(trail.entries)
    verdict.findings += trail.verified(witnesses)


def _pairs(roots: Sequence[RootWithLeaves]) -> list[tuple[DailyRoot, Sequence[Leaf]]]:
    return [(each.root, each.leaves) for each in roots]


def _compared(
    own: Sequence[RootWithLeaves], exported: Sequence[RootWithLeaves]
) -> list[RootFinding]:
    """Say which exported roots the records have no longer, or otherwise."""
    known = {each.root.number: each for each in own}
    found = []
    for theirs in exported:
        root, ours = theirs.root, known.get(theirs.root.number)
        if ours is None:
            words = "it was exported, and the records have it no longer"
            found.append(
                RootFinding(number=root.number, day=root.day, wrong="missing", detail=words)
            )
        elif ours != theirs:
            words = "the records have it otherwise than it was exported"
            found.append(
                RootFinding(number=root.number, day=root.day, wrong="changed", detail=words)
            )
    return found


# --- for people -----------------------------------------------------------------------------------


def show_trail(trail: Trail) -> None:
    """Print the timeline."""
    table = Table("no.", "at (UTC)", "who", "kind", "what", title=f"Audit of {trail.checkout_id}")
    for entry in timeline(trail):
        at = f"{entry.at:%Y-%m-%d %H:%M:%S}.{entry.at.microsecond // 1000:03}"
        table.add_row(str(entry.number), at, entry.said_by, entry.kind, summary(entry))
    Console().print(table)


def show_findings(trail: Trail, findings: Sequence[Finding]) -> None:
    """Say whether a chain is whole, and which entries are not."""
    console = Console(stderr=True, highlight=False)
    for each in findings:
        console.print(f"[red]entry {each.number} {each.wrong}[/]: {each.detail}")
    if findings:
        console.print(f"{trail.checkout_id}: {len(findings)} findings")
        return
    roots = len(trail.witnesses)
    seen = f"the last root saw entry {trail.witnesses[-1].number}" if roots else "no root yet"
    length = trail.head.length if trail.head else 0
    console.print(f"{trail.checkout_id}: {length} entries, unchanged; {roots} roots, {seen}")


def show_verdict(verdict: Verdict) -> None:
    """Say what came of checking everything."""
    console = Console(highlight=False)
    for found in verdict.findings:
        named = f"{found.checkout_id} entry {found.number} {found.wrong}"
        console.print(f"[red]{named}[/]: {found.detail}")
    for about in verdict.root_findings:
        colour = "red" if about.is_fault else "yellow"
        named = f"root {about.number} of {about.day} {about.wrong}"
        console.print(f"[{colour}]{named}[/]: {about.detail}")
    unproven = sum(not each.is_fault for each in verdict.root_findings)
    told = f"{verdict.chains} chains, {verdict.entries} entries, {verdict.roots} roots"
    whole = "unchanged" if verdict.is_whole else "CHANGED"
    signed = f"; {unproven} roots without a checked signature" if unproven else ""
    console.print(f"{told}: {whole}{signed}")
