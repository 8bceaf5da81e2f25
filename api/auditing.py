"""The audit of a checkout as auditors read it."""

from api.dependencies import Place
from api.services import Services
from tillsaga.domain.audit import AuditEntry
from tillsaga.domain.audit_words import summary
from tillsaga.domain.model import Json


async def page(services: Services, place: Place, after: int, limit: int) -> Json:
    """Read a page of entries; the whole chain is verified each time, with what roots saw of it."""
    trail = await services.audit.trail(place.checkout_id)
    behind = [entry for entry in trail.entries if entry.number > after]
    findings = trail.verified()
    return {
        "checkout_id": place.checkout_id,
        "entries": [shown(entry) for entry in behind[:limit]],
        "head": trail.head.hash if trail.head else None,
        "verified": not findings,
        "findings": [each.model_dump(exclude={"checkout_id"}) for each in findings],
        "next_after": behind[limit - 1].number if len(behind) > limit else None,
    }


def shown(entry: AuditEntry) -> Json:
    """Write an entry: who works at the store is named, customers never are."""
    found: Json = entry.model_dump(mode="json", include={"number", "kind", "facts", "hash"})
    return {
        **found,
        "at": entry.at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "actor": entry.said_by,
        "reason": entry.reason,
        "summary": summary(entry),
    }
