"""The records: whether they answer, have our tables, and can be read with our keys."""

from pathlib import Path

from sqlalchemy import URL, make_url, text
from sqlalchemy.exc import SQLAlchemyError

from tillsaga.doctor.finding import Finding, fault, ok, warning
from tillsaga.doctor.installation import Installation
from tillsaga.errors import Unavailable
from tillsaga.records.migrations import head, knows
from tillsaga.records.personal import SqlVault

LONGEST_REASON = 160
UPGRADE = "tillsaga db upgrade"
_REMEDIES = {
    "records_full": "make room where the database keeps its files; see docs/backup.md",
    "records_read_only": "point TILLSAGA_DATABASE_URL at the server that takes writes",
}


async def database(at: Installation) -> Finding:
    """Ask it what it is."""
    url = make_url(at.settings.sqlalchemy_url)
    is_file = url.get_backend_name() == "sqlite"
    if is_file and not _is_there(url):
        remedy = f"{UPGRADE}, or TILLSAGA_DATABASE_URL says where they are"
        return fault(f"there are no records at {url.database}", remedy)
    asked = "SELECT sqlite_version()" if is_file else "SHOW server_version"
    try:
        async with at.database.read() as session:
            version = await session.scalar(text(asked))
    except (Unavailable, SQLAlchemyError) as away:
        remedy = "start it there, or correct TILLSAGA_DATABASE_URL"
        return fault(f"{place_of(url)} cannot be used: {_reason(away)}", remedy)
    return ok(f"{'SQLite' if is_file else 'PostgreSQL'} {version} at {place_of(url)}")


def _is_there(url: URL) -> bool:
    return Path(url.database or "").is_file()


def place_of(url: URL) -> str:
    """Say where a database is, without who we are there."""
    if url.get_backend_name() == "sqlite":
        return str(url.database)
    return f"{url.host or 'the local socket'}:{url.port or 5432}/{url.database}"


def _reason(away: Exception) -> str:
    """Find the server's own words; they name a user or a database, and never a password."""
    cause = away.__cause__ if isinstance(away, Unavailable) else away
    said = str(getattr(cause, "orig", None) or "no answer").strip()
    return said.splitlines()[0][:LONGEST_REASON]


async def schema(at: Installation) -> Finding:
    """Compare its revision with the one that this version works with, and try to write."""
    there, needed = await _revision(at), head()
    if there is None:
        return fault("it has no tables yet", UPGRADE)
    if not knows(there):
        remedy = "run the version that made it, or one that is newer still"
        return fault(f"it is ahead: {there} is of a newer version than this", remedy)
    if there != needed:
        return fault(f"it is behind: {there}, and this version needs {needed}", UPGRADE)
    try:
        await at.database.ping()
    except Unavailable as trouble:
        return fault(trouble.message, _REMEDIES.get(trouble.code, "see the database's log"))
    return ok(f"{there}, as this version needs it, and can be written")


async def _revision(at: Installation) -> str | None:
    try:
        async with at.database.read() as session:
            found = await session.scalar(text("SELECT version_num FROM alembic_version"))
    except (Unavailable, SQLAlchemyError):
        return None  # there is no such table: that it answers has just been seen
    return str(found) if found else None


async def encryption_keys(at: Installation) -> Finding:
    """Try the ring on what is in the records."""
    ring = at.settings.key_ring
    vault = SqlVault(at.database, ring)
    missing, wrong = await vault.missing_keys(), await vault.wrong_keys()
    if missing or wrong:
        words = [f"the key {key} is missing" for key in missing]
        words += [f"the key {key} is not the one that was used" for key in wrong]
        remedy = "put it back into TILLSAGA_ENCRYPTION_KEYS; see docs/encryption.md"
        return fault(", ".join(words), f"{remedy}. Without it nobody can read what is under it")
    if ring is None:
        remedy = "set TILLSAGA_ENCRYPTION_KEYS for API and workers; see docs/encryption.md"
        return warning("nothing is encrypted", remedy)
    return ok(f"{', '.join(ring.keys)}: all that the records need, and {ring.newest} encrypts")
