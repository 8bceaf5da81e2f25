"""A checkout's chain as documents: for programs, with all that is hashed, and as lines."""

import json
from collections.abc import Sequence

from tillsaga.domain.audit import AuditEntry, Finding
from tillsaga.domain.audit_words import summary
from tillsaga.records.audit import Trail


def timeline(trail: Trail) -> list[AuditEntry]:
    """Order entries by when it happened: messages are written down with the next save."""
    return sorted(trail.entries, key=lambda entry: (entry.at, entry.number))


def as_text(trail: Trail) -> str:
    """Write the timeline as lines."""
    lines = [f"Audit of {trail.checkout_id}, times in UTC"]
    for entry in timeline(trail):
        at = f"{entry.at:%Y-%m-%d %H:%M:%S.%f}"
        lines.append(f"{entry.number:>5}  {at}  {entry.said_by:<20}  {summary(entry)}")
    return "\n".join(lines) + "\n"


def trail_document(trail: Trail, findings: Sequence[Finding]) -> str:
    """Write everything for programs."""
    found = trail.model_dump(mode="json")
    # As it was hashed, to the microsecond, so that everybody can hash it again.
    for entry, row in zip(trail.entries, found["entries"], strict=True):
        row["at"] = entry.at.isoformat(timespec="microseconds")
        row["summary"] = summary(entry)
    found["findings"] = [each.model_dump(mode="json") for each in findings]
    return json.dumps(found, indent=2, ensure_ascii=False)
