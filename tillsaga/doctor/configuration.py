"""What was configured: settings, the stores file and the secrets that it refers to."""

from collections.abc import Sequence

from pydantic import ValidationError

from tillsaga.config_problems import shown
from tillsaga.doctor.finding import Finding, fault, not_looked_at, ok, warning
from tillsaga.doctor.installation import Installation, Kind
from tillsaga.marked_yaml import Problem
from tillsaga.setting_names import unknown_names, wrong_values

START = "tillsaga dev starts everything on this machine"


async def installation(at: Installation) -> Finding:
    """Say what is looked at."""
    match at.kind:
        case Kind.NOTHING:
            return warning(
                at.kind, f"{START}; docs/configuration.md says what a shop of yours needs"
            )
        case Kind.STOPPED:
            return warning(at.kind, f"{START} again")
    return ok(at.kind)


async def settings(at: Installation) -> Finding:
    """Read the `TILLSAGA_*` variables."""
    wrong = _wrong_values(at)
    if wrong:
        return fault("; ".join(wrong), "tillsaga config check; see docs/configuration.md")
    return ok("each has a value that it may have")


async def setting_names(at: Installation) -> Finding:
    """Look for names that no process reads."""
    unknown = unknown_names(at.environ)
    if not unknown:
        return ok("every TILLSAGA_ name is one that is read")
    nearest = sorted({name for name in unknown.values() if name})
    meant = f"set {', '.join(nearest)} instead" if nearest else "unset it"
    return fault(f"no process reads {', '.join(unknown)}", meant)


def _wrong_values(at: Installation) -> list[str]:
    try:
        at.settings.model_dump()
    except ValidationError as wrong:
        return wrong_values(wrong)
    return []


async def stores_file(at: Installation) -> Finding:
    """Read the stores file, whatever becomes of its secrets."""
    read = at.stores
    if read.stores is None:
        return _told(read.problems, f"tillsaga config check {read.file}")
    shops, vendors = len(read.stores.stores), len(list(read.vendors))
    return ok(f"{read.file}: {shops} stores, {vendors} vendors")


async def credentials(at: Installation) -> Finding:
    """Read every secret that the stores file refers to."""
    read = at.stores
    if read.unreadable:
        hint = read.unreadable[0].hint or f"tillsaga config check {read.file}"
        return _told(read.unreadable, hint)
    if read.stores is None:
        return not_looked_at("stores-file")
    return ok("every secret that the stores file refers to can be read")


async def audit_keys(at: Installation) -> Finding:
    """See that somebody signs the audit's daily roots."""
    signer = at.settings.audit_signer
    if signer is None:
        remedy = "set TILLSAGA_AUDIT_KEYS for the workers; see docs/auditors.md"
        return warning("nobody signs the audit's daily roots", remedy)
    return ok("they sign the audit's daily roots")


def _told(problems: Sequence[Problem], remedy: str) -> Finding:
    first = problems[0]
    place = ": ".join(filter(None, [f"line {first.mark.line}", shown(first.path), first.message]))
    more = f", and {len(problems) - 1} more" if len(problems) > 1 else ""
    return fault(place + more, remedy)
