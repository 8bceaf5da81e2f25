"""API keys: made once, shown once, known by their hash; turned with two of them live."""

import hashlib
import hmac
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, or_, select

from tillsaga.domain.model import Instant, Model
from tillsaga.records.database import Database, utc_now
from tillsaga.records.key_format import can_be_key, new_key
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
    family: str | None = None

    @property
    def caller(self) -> str:
        """Who it is, whichever key they show: a till that retries with its next key is the same."""
        return self.family or self.id

    def is_over(self, now: datetime) -> bool:
        """Whether it opens nothing any more."""
        return self.revoked_at is not None or (
            self.expires_at is not None and self.expires_at <= now
        )


class CannotRotate(Exception):
    """Why a key has no successor now, in words for people."""


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
        row, secret = self._new(name, scopes, stores, live)
        row.expires_at = expires_at
        async with self._database.write() as session:
            session.add(row)
        return _holder(row), secret

    def _new(
        self, name: str, scopes: Sequence[str], stores: Sequence[str], live: bool
    ) -> tuple[ApiKey, str]:
        secret = new_key(live=live)
        row = ApiKey(
            id=f"key_{secrets.token_hex(8)}",
            hash=_digest(secret),
            prefix=secret[:SHOWN_CHARACTERS],
            name=name,
            scopes=list(scopes),
            stores=list(stores),
            created_at=self._now(),
        )
        return row, secret

    async def rotate(self, key_id: str, overlap: timedelta) -> tuple[KeyHolder, str]:
        """Make a key's successor; the old one ends after the overlap, or sooner if it would anyway.

        To the door both are the same caller: a request that is sent again with the new key gets
        the first answer.

        Raises:
            CannotRotate: there is no such live key, or two of its family live already.
        """
        async with self._database.write() as session:
            family = await _family(session, key_id)
            live = [row for row in family if not self._is_over(row)]
            old = next((row for row in live if row.id == key_id), None)
            if old is None:
                raise CannotRotate(f"no live key has the id {key_id}")
            if len(live) > 1:
                others = ", ".join(row.id for row in live if row is not old)
                raise CannotRotate(f"two keys live already; revoke one first: {others}")
            is_live = old.prefix.startswith("ts_live_")
            row, secret = self._new(old.name, old.scopes, old.stores, is_live)
            row.family = old.family or old.id
            ends = self._now() + overlap
            old.expires_at = min(old.expires_at or ends, ends)
            session.add(row)
        return _holder(row), secret

    async def verify(self, secret: str) -> KeyHolder | None:
        """Say whose secret it is; None if nobody's, expired or revoked."""
        if not can_be_key(secret):
            return None
        digest = _digest(secret)
        async with self._database.read() as session:
            found = select(ApiKey).where(col(ApiKey.hash) == digest)
            row = (await session.scalars(found)).one_or_none()
        # The index compares hashes, from whose timing no secret can be built; to be sure, again.
        if row is None or not hmac.compare_digest(row.hash, digest) or self._is_over(row):
            return None
        await self._note_use(row)
        return _holder(row)

    async def live(self, key_id: str) -> KeyHolder | None:
        """Find a key by its id; None if it is not there, expired or revoked."""
        async with self._database.read() as session:
            row = await session.get(ApiKey, key_id)
        return None if row is None or self._is_over(row) else _holder(row)

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
        return _holder(row).is_over(self._now())

    async def _note_use(self, row: ApiKey) -> None:
        now = self._now()
        if row.last_used_at is not None and now - row.last_used_at < USE_NOTED_EVERY:
            return
        row.last_used_at = now
        async with self._database.write() as session:
            await session.execute(
                update(ApiKey).where(col(ApiKey.id) == row.id).values(last_used_at=now)
            )


async def _family(session: AsyncSession, key_id: str) -> Sequence[ApiKey]:
    """Find a key and all that came before and after it, held until the transaction ends."""
    found = await session.get(ApiKey, key_id)
    if found is None:
        return ()
    first = found.family or found.id
    # The first one's row stands for all: who waited here reads below what the other has written.
    await session.execute(select(ApiKey.id).where(col(ApiKey.id) == first).with_for_update())
    members = or_(col(ApiKey.id) == first, col(ApiKey.family) == first)
    query = select(ApiKey).where(members).order_by(col(ApiKey.created_at))
    return (await session.scalars(query.execution_options(populate_existing=True))).all()


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _holder(row: ApiKey) -> KeyHolder:
    return KeyHolder.model_validate({name: getattr(row, name) for name in KeyHolder.model_fields})
