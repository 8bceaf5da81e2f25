"""Idempotency keys: which request used a till's key, and for which checkout."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import ColumnElement, delete, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tillsaga.domain.audit import AuditNote, digest
from tillsaga.domain.model import Instant, Model
from tillsaga.records.audit_rows import append
from tillsaga.records.database import Database, utc_now
from tillsaga.records.statements import first_to_insert, lock_or_insert, table_of
from tillsaga.records.tables import IdempotencyKey

_KEYS = table_of(IdempotencyKey)


class KeyRecord(Model):
    """A used key. `accepted`: its answer was 202, so a repetition shows the current state."""

    api_key_id: str
    key: str
    route: str
    fingerprint: str
    checkout_id: str | None
    accepted: bool
    created_at: Instant


class SqlKeyBook:
    """The idempotency keys of the door."""

    def __init__(self, database: Database, now: Callable[[], datetime] = utc_now) -> None:
        self._database = database
        self._now = now

    async def claim(
        self,
        api_key_id: str,
        key: str,
        route: str,
        fingerprint: str,
        checkout_id: str | None = None,
    ) -> tuple[KeyRecord, bool]:
        """Use a key for a request, or read who has used it; says whether it was new."""
        new = KeyRecord(
            api_key_id=api_key_id,
            key=key,
            route=route,
            fingerprint=fingerprint,
            checkout_id=checkout_id,
            accepted=False,
            created_at=self._now(),
        )
        async with self._database.write() as session:
            first = first_to_insert(session, _KEYS, "api_key_id", "key")
            if (await session.execute(first, new.model_dump())).one_or_none() is not None:
                await _tell(session, new)
                return new, True
            used = lock_or_insert(session, _KEYS, "api_key_id", "key")
            return _record((await session.execute(used, new.model_dump())).one()), False

    async def find(self, api_key_id: str, key: str) -> KeyRecord | None:
        """Find the request that used a key."""
        async with self._database.read() as session:
            row = await session.get(IdempotencyKey, (api_key_id, key))
            return _record(row) if row else None

    async def set_checkout(self, api_key_id: str, key: str, checkout_id: str) -> None:
        """Note which checkout the request was about."""
        async with self._database.write() as session:
            row = await session.get(IdempotencyKey, (api_key_id, key))
            if row is not None and row.checkout_id != checkout_id:
                row.checkout_id = checkout_id
                await _tell(session, row)

    async def mark_accepted(self, api_key_id: str, key: str) -> None:
        """Note that the request was answered with 202."""
        await self._change(api_key_id, key, accepted=True)

    async def give_back(self, api_key_id: str, key: str) -> None:
        """Forget a key whose request was refused at the door: it may be used again."""
        ours = delete(IdempotencyKey).where(*_is(api_key_id, key))
        async with self._database.write() as session:
            await session.execute(ours)

    async def purge(self, older_than: datetime) -> int:
        """Forget keys used before `older_than`; says how many."""
        old = delete(IdempotencyKey).where(col(IdempotencyKey.created_at) < older_than)
        async with self._database.write() as session:
            gone = await session.scalars(old.returning(col(IdempotencyKey.key)))
            return len(gone.all())

    async def _change(self, api_key_id: str, key: str, **values: bool) -> None:
        change = update(IdempotencyKey).where(*_is(api_key_id, key)).values(**values)
        async with self._database.write() as session:
            await session.execute(change)


async def _tell(session: AsyncSession, row: IdempotencyKey | KeyRecord) -> None:
    """Let the audit know of the request, where it is about a checkout."""
    if row.checkout_id is None:
        return
    note = AuditNote(
        kind="asked",
        actor=f"key {row.api_key_id}",
        at=row.created_at,
        facts={"method": row.route.partition(" ")[0]},
        private={"route": row.route, "key": row.key, "fingerprint": row.fingerprint},
        source=digest(["asked", row.api_key_id, row.key]),
    )
    await append(session, row.checkout_id, note)


def _is(api_key_id: str, key: str) -> tuple[ColumnElement[bool], ...]:
    return col(IdempotencyKey.api_key_id) == api_key_id, col(IdempotencyKey.key) == key


def _record(row: object) -> KeyRecord:
    return KeyRecord.model_validate({name: getattr(row, name) for name in KeyRecord.model_fields})
