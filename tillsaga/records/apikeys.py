"""API keys: made once, shown once, known by their hash."""

import hashlib
import hmac
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlmodel import col, select

from tillsaga.domain.model import Instant, Model
from tillsaga.records.database import Database, utc_now
from tillsaga.records.tables import ApiKey

SHOWN_CHARACTERS = 12
# A write for every request would be felt at the till; support needs no better than this.
USE_NOTED_EVERY = timedelta(minutes=1)


class KeyHolder(Model):
    """Who calls: the scopes and the stores of an API key, never its secret."""

    id: str
    prefix: str
    name: str
    scopes: tuple[str, ...]
    stores: tuple[str, ...]
    created_at: Instant
    expires_at: Instant | None
    revoked_at: Instant | None
    last_used_at: Instant | None


class SqlApiKeys:
    """The API keys."""

    def __init__(self, database: Database, now: Callable[[], datetime] = utc_now) -> None:
        self._database = database
        self._now = now

    async def create(
        self,
        name: str,
        scopes: Sequence[str],
        stores: Sequence[str],
        *,
        live: bool = False,
        expires_at: datetime | None = None,
    ) -> tuple[KeyHolder, str]:
        """Make a key. Its secret comes second and is never to be had again."""
        secret = f"ts_{'live' if live else 'test'}_{secrets.token_urlsafe(32)}"
        row = ApiKey(
            id=f"key_{secrets.token_hex(8)}",
            hash=_digest(secret),
            prefix=secret[:SHOWN_CHARACTERS],
            name=name,
            scopes=list(scopes),
            stores=list(stores),
            created_at=self._now(),
            expires_at=expires_at,
        )
        async with self._database.write() as session:
            session.add(row)
        return _holder(row), secret

    async def verify(self, secret: str) -> KeyHolder | None:
        """Say whose secret it is; None if nobody's, expired or revoked."""
        digest = _digest(secret)
        async with self._database.read() as session:
            found = select(ApiKey).where(col(ApiKey.hash) == digest)
            row = (await session.scalars(found)).one_or_none()
        # The index compares hashes, from whose timing no secret can be built; to be sure, again.
        if row is None or not hmac.compare_digest(row.hash, digest) or self._is_over(row):
            return None
        await self._note_use(row)
        return _holder(row)

    async def list_all(self) -> list[KeyHolder]:
        """List all keys, oldest first, the revoked ones too."""
        async with self._database.read() as session:
            rows = await session.scalars(select(ApiKey).order_by(col(ApiKey.created_at)))
            return [_holder(row) for row in rows]

    async def revoke(self, key_id: str) -> bool:
        """End a key at once; says whether there was one to end."""
        ends = update(ApiKey).where(col(ApiKey.id) == key_id, col(ApiKey.revoked_at).is_(None))
        ends = ends.values(revoked_at=self._now())
        async with self._database.write() as session:
            return await session.scalar(ends.returning(col(ApiKey.id))) is not None

    def _is_over(self, row: ApiKey) -> bool:
        expired = row.expires_at is not None and row.expires_at <= self._now()
        return expired or row.revoked_at is not None

    async def _note_use(self, row: ApiKey) -> None:
        now = self._now()
        if row.last_used_at is not None and now - row.last_used_at < USE_NOTED_EVERY:
            return
        row.last_used_at = now
        async with self._database.write() as session:
            await session.execute(
                update(ApiKey).where(col(ApiKey.id) == row.id).values(last_used_at=now)
            )


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _holder(row: ApiKey) -> KeyHolder:
    return KeyHolder.model_validate({name: getattr(row, name) for name in KeyHolder.model_fields})
