"""Who has signed in to the pages: a session stands for an API key, and ends with it."""

import hashlib
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlmodel import col

from tillsaga.domain.model import Instant, Model
from tillsaga.records.apikeys import KeyHolder, SqlApiKeys
from tillsaga.records.database import Database, utc_now
from tillsaga.records.tables import SessionRow

LIFE = timedelta(hours=12)
"""A working day: nobody signs in twice on one, and a forgotten browser is closed by the next."""


class Session(Model):
    """A browser that has signed in, and whose key it showed.

    `csrf` is what its forms carry, and what another site's page cannot know.
    """

    holder: KeyHolder
    csrf: str
    expires_at: Instant


class SqlSessions:
    """The sessions."""

    def __init__(self, database: Database, now: Callable[[], datetime] = utc_now) -> None:
        self._database = database
        self._keys = SqlApiKeys(database, now)
        self._now = now

    async def begin(self, secret: str) -> tuple[Session, str] | None:
        """Sign in with an API key's secret; the cookie's token comes second. None: no live key."""
        holder = await self._keys.verify(secret)
        if holder is None:
            return None
        token, now = secrets.token_urlsafe(32), self._now()
        row = SessionRow(
            token_hash=_digest(token),
            api_key_id=holder.id,
            csrf=secrets.token_urlsafe(32),
            created_at=now,
            expires_at=now + LIFE,
        )
        async with self._database.write() as session:
            await session.execute(delete(SessionRow).where(col(SessionRow.expires_at) <= now))
            session.add(row)
        return Session(holder=holder, csrf=row.csrf, expires_at=row.expires_at), token

    async def find(self, token: str) -> Session | None:
        """Say who it is; None if the session is over, or its key is revoked or expired."""
        async with self._database.read() as session:
            row = await session.get(SessionRow, _digest(token))
        if row is None or row.expires_at <= self._now():
            return None
        holder = await self._keys.live(row.api_key_id)
        if holder is None:
            return None
        return Session(holder=holder, csrf=row.csrf, expires_at=row.expires_at)

    async def end(self, token: str) -> None:
        """Sign out."""
        gone = delete(SessionRow).where(col(SessionRow.token_hash) == _digest(token))
        async with self._database.write() as session:
            await session.execute(gone)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
