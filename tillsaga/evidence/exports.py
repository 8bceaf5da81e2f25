"""What leaves the house is noted in the audit before it leaves."""

from dataclasses import dataclass

import structlog

from tillsaga.domain.audit import Finding
from tillsaga.records.audit import SqlAuditBook, Trail

_log = structlog.get_logger("tillsaga.audit")


@dataclass(frozen=True)
class Export:
    """A chain as it is exported, with the entry that says so; `is_noted`: it has that entry."""

    trail: Trail
    findings: list[Finding]
    is_noted: bool


async def begin_export(book: SqlAuditBook, checkout_id: str, what: str, actor: str) -> Export:
    """Note an export, and read the chain with that note in it.

    A chain with findings is a scene that nobody walks through: the export goes out as it is found,
    and only the log has it.

    Raises:
        Unavailable: the records cannot be written.
    """
    trail = await book.trail(checkout_id)
    findings = trail.verified()
    if findings or trail.head is None:
        _log.warning("export_not_noted", checkout_id=checkout_id, what=what, actor=actor)
        return Export(trail, findings, is_noted=False)
    await book.note_export(checkout_id, what, actor)
    trail = await book.trail(checkout_id)
    return Export(trail, trail.verified(), is_noted=True)
