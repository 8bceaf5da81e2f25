"""This machine's clock against others: what a vendor did is looked for by when it was done."""

import asyncio
from datetime import UTC, datetime, timedelta

from sqlalchemy import make_url, text
from sqlalchemy.exc import SQLAlchemyError

from tillsaga.doctor.finding import Finding, fault, ok
from tillsaga.doctor.installation import Installation
from tillsaga.doctor.knocking import ahead_by
from tillsaga.doctor.records import place_of
from tillsaga.errors import Unavailable

ALLOWED = timedelta(seconds=2)
"""What the connectors allow for (leat: `CLOCKS_DIFFER`); beyond it, done may look like not done."""

DATABASE_SECONDS = 5
REMEDY = "keep the time by NTP (timedatectl, chronyc tracking); if others agree, tell whose is off"


async def clock(at: Installation) -> Finding:
    """Compare it with those of the vendors and the database, as far as they tell the time."""
    ahead = await _by_vendors(at) | await _by_database(at)
    if not ahead:
        return ok("nobody here has another clock to compare it with")
    off = {name: by for name, by in ahead.items() if abs(by) > ALLOWED}
    if off:
        return fault("this machine's clock is " + ", ".join(map(_off, off.items())), REMEDY)
    return ok(f"as {', '.join(sorted(ahead))}")


def _off(named: tuple[str, timedelta]) -> str:
    name, by = named
    way = "ahead of" if by > timedelta(0) else "behind"
    return f"{abs(by).total_seconds():.0f} s {way} {name}"


async def _by_vendors(at: Installation) -> dict[str, timedelta]:
    addresses = {one.provider.base_url: one.provider.kind for one in at.stores.vendors}
    knocks = await asyncio.gather(*map(at.knock, addresses))
    told = zip(addresses.values(), knocks, strict=True)
    return {kind: heard.ahead for kind, heard in told if heard.ahead is not None}


async def _by_database(at: Installation) -> dict[str, timedelta]:
    url = make_url(at.settings.sqlalchemy_url)
    if url.get_backend_name() == "sqlite":
        return {}  # its clock is ours
    try:
        async with asyncio.timeout(DATABASE_SECONDS), at.database.read() as session:
            await session.execute(text("SELECT 1"))  # the connection is made before it is timed
            sent = at.now()
            theirs = await session.scalar(text("SELECT clock_timestamp()"))
            received = at.now()
    except (TimeoutError, Unavailable, SQLAlchemyError):
        return {}
    assert isinstance(theirs, datetime), "PostgreSQL answers a moment"
    theirs = theirs.astimezone(UTC)
    return {place_of(url): ahead_by(sent, received, theirs, theirs)}
