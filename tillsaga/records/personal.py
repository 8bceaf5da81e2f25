"""The vault: what tokens stand for, under the key ring where there is one (decision 0044)."""

import hashlib
import hmac
import os
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import bindparam, delete, func, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, or_, select

from tillsaga.domain.tokens import TOKEN, erased, new_token, tokens_in
from tillsaga.errors import Unavailable
from tillsaga.keyring import KeyRing
from tillsaga.records.database import Database, utc_now
from tillsaga.records.statements import Found, insert_new, table_of
from tillsaga.records.tables import Archive, Bill, EffectRow, Personal, PersonalUse

BRIEFLY = timedelta(days=1)
"""Longer than any look-up takes, and than a message is on its way to its checkout."""
MARGIN = timedelta(days=31)
"""How much later than asked a value may be deleted, so that it need not be written at each use."""
YEAR = timedelta(days=366)
NONCE_BYTES = 12
BATCH = 500
_PURPOSE = b"tillsaga personal data\n"


class SqlVault:
    """Fills the port `Vault`."""

    def __init__(
        self,
        database: Database,
        ring: KeyRing | None = None,
        *,
        keep_years: int = 10,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        """Take the records, the key ring, and how many years a store keeps its sales at most."""
        self._database = database
        self._ring = ring
        self._kept = keep_years * YEAR + MARGIN
        self._now = now

    async def keep(
        self, values: Iterable[str], *, checkout_id: str | None = None
    ) -> dict[str, str]:
        """Answer each value's token, and write down those that are new."""
        return await self._keep(values, BRIEFLY, timedelta(0), checkout_id)

    async def keep_long(self, values: Iterable[str]) -> dict[str, str]:
        """The same, for as long as an archive keeps what was sold today."""
        return await self._keep(values, self._kept, MARGIN)

    async def _keep(
        self,
        values: Iterable[str],
        at_least: timedelta,
        margin: timedelta,
        checkout_id: str | None = None,
    ) -> dict[str, str]:
        wanted = sorted({value for value in values if not TOKEN.fullmatch(value)})
        if not wanted:
            return {}
        until = self._now() + at_least
        async with self._database.read() as session:
            known = await self._known(session, wanted)
            used = await _used(session, checkout_id) if checkout_id else set()
        tokens = {value: row.token for value, row in known.items()}
        stale = [row.token for row in known.values() if row.needed_until < until - margin]
        new = [value for value in wanted if value not in known]
        if not (new or stale or (checkout_id and not set(tokens.values()) <= used)):
            return tokens
        async with self._database.write() as session:
            await _needed(session, stale, until)
            for value in new:
                tokens[value] = await self._written(session, value, until)
            if checkout_id:
                told = sorted(set(tokens.values()) - used)
                await self._note_uses(session, checkout_id, told)
        return tokens

    async def _note_uses(
        self, session: AsyncSession, checkout_id: str, tokens: Sequence[str]
    ) -> None:
        for token in tokens:
            use = PersonalUse(checkout_id=checkout_id, token=token, since=self._now())
            await insert_new(session, use, "checkout_id", "token")

    async def missing_keys(self) -> list[str]:
        """Name the keys that values are under and that are not in the ring."""
        known = list(self._ring.keys) if self._ring else []
        under = select(Personal.key_id).where(
            col(Personal.key_id).is_not(None), col(Personal.key_id).not_in(known)
        )
        async with self._database.read() as session:
            return sorted(key for key in await session.scalars(under.distinct()) if key)

    async def wrong_keys(self) -> list[str]:
        """Name the keys of the ring that do not open what is under their name."""
        wrong = []
        for key_id in self._ring.keys if self._ring else ():
            query = select(Personal).where(col(Personal.key_id) == key_id).limit(1)
            async with self._database.read() as session:
                row = (await session.scalars(query)).first()
            try:
                if row is not None:
                    self._opened(row)
            except Unavailable:
                wrong.append(key_id)
        return wrong

    async def under_key(self, key_id: str) -> int:
        """Count the values under a key."""
        theirs = select(func.count()).where(col(Personal.key_id) == key_id)
        async with self._database.read() as session:
            return await session.scalar(theirs) or 0

    async def forget_key(self, key_id: str) -> int:
        """Delete the values under a key that is lost; answers how many there were.

        From then on their tokens are as after an erasure.
        """
        theirs = delete(Personal).where(col(Personal.key_id) == key_id)
        async with self._database.write() as session:
            deleted = await session.execute(theirs.execution_options(synchronize_session=False))
        return int(getattr(deleted, "rowcount", 0))

    async def tokens_of(self, values: Iterable[str]) -> set[str]:
        """List the tokens of those values that have one."""
        async with self._database.read() as session:
            known = await self._known(session, sorted(set(values)))
        return {row.token for row in known.values()}

    async def reveal(self, tokens: Iterable[str]) -> dict[str, str]:
        """Read what tokens stand for; what is gone gives its marker.

        Raises:
            Unavailable: `key_missing`: a value is under a key that is not in the ring.
        """
        wanted = sorted(set(tokens))
        if not wanted:
            return {}
        async with self._database.read() as session:
            rows = (await session.execute(_BY_TOKEN, {"tokens": wanted})).all()
        found = {row.token: self._opened(row) for row in rows}
        await self._keep_longer(rows)
        return {token: found.get(token, erased(token)) for token in wanted}

    async def _keep_longer(self, rows: Sequence[Found]) -> None:
        """A refund after years keeps its sale, and so what it names."""
        now = self._now()
        stale = [
            row.token
            for row in rows
            if now + 2 * BRIEFLY < row.needed_until < now + self._kept - MARGIN
        ]
        if stale:
            async with self._database.write() as session:
                await _needed(session, stale, now + self._kept)

    async def tidy(self) -> int:
        """Delete what nobody needs any more, and put what is under an older key under the newest.

        Returns:
            How many values were deleted.
        """
        while await self._settle():
            pass
        in_use = select(PersonalUse.token).where(col(PersonalUse.token) == col(Personal.token))
        unneeded = delete(Personal).where(
            col(Personal.needed_until) < self._now(), ~in_use.exists()
        )
        async with self._database.write() as session:
            deleted = await session.execute(unneeded.execution_options(synchronize_session=False))
        while await self._renew():
            pass
        return int(getattr(deleted, "rowcount", 0))

    async def _settle(self) -> int:
        """Keep what the records of ended checkouts have, and let go of the rest."""
        running = select(Bill.checkout_id).where(
            col(Bill.checkout_id) == col(PersonalUse.checkout_id), col(Bill.ended_at).is_(None)
        )
        due = col(PersonalUse.since) < self._now() - BRIEFLY
        query = select(PersonalUse.checkout_id).where(due, ~running.exists())
        async with self._database.write() as session:
            ended = (await session.scalars(query.distinct().limit(BATCH))).all()
            for checkout_id in ended:
                left = await _used(session, checkout_id) & await _recorded(session, checkout_id)
                await _needed(session, sorted(left), self._now() + self._kept)
            uses = delete(PersonalUse).where(col(PersonalUse.checkout_id).in_(ended), due)
            await session.execute(uses.execution_options(synchronize_session=False))
        return len(ended)

    async def _renew(self) -> int:
        if self._ring is None:
            return 0
        older = or_(col(Personal.key_id).is_(None), col(Personal.key_id) != self._ring.newest)
        mine = col(Personal.key_id).is_(None) | col(Personal.key_id).in_(self._ring.keys)
        async with self._database.write() as session:
            query = select(Personal).where(older, mine).limit(BATCH).with_for_update()
            rows = (await session.scalars(query)).all()
            for row in rows:
                await self._put_under_newest(session, row)
        return len(rows)

    async def _put_under_newest(self, session: AsyncSession, row: Personal) -> None:
        value = self._opened(row)
        row.digest = self._digest(value, self._ring.newest if self._ring else None)
        row.key_id, row.sealed = self._sealed(row.token, value)

    # --- rows -----------------------------------------------------------------------------------

    async def _known(self, session: AsyncSession, values: Sequence[str]) -> dict[str, Found]:
        named = {digest: value for value in values for digest in self._digests(value)}
        rows = await session.execute(_BY_DIGEST, {"digests": list(named)})
        return {named[row.digest]: row for row in rows}

    async def _written(self, session: AsyncSession, value: str, until: datetime) -> str:
        token = new_token(value)
        key_id, sealed = self._sealed(token, value)
        row = Personal(
            token=token,
            digest=self._digest(value, key_id),
            key_id=key_id,
            sealed=sealed,
            created_at=self._now(),
            needed_until=until,
        )
        if await insert_new(session, row, "digest") is not None:
            return token
        known: str = (await self._known(session, [value]))[value].token
        return known

    def _digests(self, value: str) -> list[str]:
        """Name a value as any key of the ring does, and as nobody's key."""
        keys = self._ring.keys if self._ring else {}
        return [self._digest(value, key_id) for key_id in (*keys, None)]

    def _digest(self, value: str, key_id: str | None) -> str:
        key = self._ring.keys[key_id] if self._ring and key_id else b""
        return hmac.new(key, _PURPOSE + value.encode(), hashlib.sha256).hexdigest()

    def _sealed(self, token: str, value: str) -> tuple[str | None, bytes]:
        if self._ring is None:
            return None, value.encode()
        nonce, newest = os.urandom(NONCE_BYTES), self._ring.newest
        cipher = AESGCM(self._ring.keys[newest])
        return newest, nonce + cipher.encrypt(nonce, value.encode(), token.encode())

    def _opened(self, row: Personal | Found) -> str:
        if row.key_id is None:
            return row.sealed.decode()
        key = self._ring.keys.get(row.key_id) if self._ring else None
        if key is None:
            words = f"personal data needs the key {row.key_id!r}; add it to the key ring"
            raise Unavailable(words, code="key_missing")
        nonce, sealed = row.sealed[:NONCE_BYTES], row.sealed[NONCE_BYTES:]
        try:
            return AESGCM(key).decrypt(nonce, sealed, row.token.encode()).decode()
        except InvalidTag:
            words = f"personal data is not under the key {row.key_id!r} of this ring"
            raise Unavailable(words, code="key_missing") from None


class Log(Protocol):
    """What a log is, here."""

    def warning(self, event: str, **more: object) -> object:
        """Write a line."""
        ...


async def tell_of_keys(log: Log, vault: SqlVault | None, ring: KeyRing | None) -> None:
    """Say at the start what an operator should know of the keys."""
    if ring is None:
        log.warning("payloads_not_encrypted", hint="set TILLSAGA_ENCRYPTION_KEYS")
    try:
        missing = await vault.missing_keys() if vault else []
    except Unavailable:
        return  # it is said by whoever needs the records
    if missing:
        log.warning("encryption_keys_missing", key_ids=missing)


_PERSONAL, _USES = table_of(Personal), table_of(PersonalUse)
_BY_TOKEN = _PERSONAL.select().where(_PERSONAL.c.token.in_(bindparam("tokens", expanding=True)))
_BY_DIGEST = _PERSONAL.select().where(_PERSONAL.c.digest.in_(bindparam("digests", expanding=True)))
_USED = (
    _USES.select()
    .with_only_columns(_USES.c.token)
    .where(_USES.c.checkout_id == bindparam("checkout_id"))
)


async def _used(session: AsyncSession, checkout_id: str) -> set[str]:
    """List what a checkout was told."""
    return set(await session.scalars(_USED, {"checkout_id": checkout_id}))


async def _recorded(session: AsyncSession, checkout_id: str) -> set[str]:
    """List the tokens in an ended checkout's records."""
    archive = await session.get(Archive, checkout_id)
    bill = await session.get(Bill, checkout_id)
    orders = select(EffectRow.order).where(col(EffectRow.checkout_id) == checkout_id)
    documents = [archive and archive.document, bill and bill.state]
    return tokens_in([*documents, *await session.scalars(orders)])


async def _needed(session: AsyncSession, tokens: Sequence[str], until: datetime) -> None:
    if tokens:
        longer = update(Personal).where(col(Personal.token).in_(tokens))
        await session.execute(longer.values(needed_until=until))
