"""The audit on SQL: chains to read and verify, and the daily roots over them."""

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from tillsaga.domain.audit import AuditEntry, AuditNote, ChainHead, Finding, Witness, verify
from tillsaga.domain.audit_roots import DailyRoot, Leaf, Signer, made
from tillsaga.domain.model import Model
from tillsaga.records.audit_rows import append, entry_of
from tillsaga.records.database import Database, utc_now
from tillsaga.records.statements import insert_new
from tillsaga.records.tables import (
    AuditChainRow,
    AuditEntryRow,
    AuditLeafRow,
    AuditRootRow,
    EffectRow,
)

PAGE = 500


class RootWithLeaves(Model):
    """A root as it is exported: a line of JSON that can be checked without the database."""

    root: DailyRoot
    leaves: tuple[Leaf, ...]


class Trail(Model):
    """One checkout's chain, and what the daily roots saw of it."""

    checkout_id: str
    head: ChainHead | None
    entries: tuple[AuditEntry, ...]
    witnesses: tuple[Witness, ...]

    def verified(self, more: Iterable[Witness] = ()) -> list[Finding]:
        """Say what is wrong with it; `more` is what exported roots saw."""
        return verify(self.checkout_id, self.entries, self.head, [*self.witnesses, *more])


class SqlAuditBook:
    """Reads chains, makes roots."""

    def __init__(self, database: Database, now: Callable[[], datetime] = utc_now) -> None:
        self._database = database
        self._now = now

    async def trail(self, checkout_id: str) -> Trail:
        """Read a whole chain; one that nobody knows has neither head nor entries."""
        async with self._database.read() as session:
            return await read_trail(session, checkout_id)

    async def chains(self) -> AsyncIterator[str]:
        """Name all checkouts that have a head, entries or a leaf, each once."""
        after = ""
        while True:
            names: set[str] = set()
            async with self._database.read() as session:
                for table in (AuditChainRow, AuditEntryRow, AuditLeafRow):
                    ids = select(table.checkout_id).where(col(table.checkout_id) > after)
                    page = ids.distinct().order_by(table.checkout_id).limit(PAGE)
                    names.update(await session.scalars(page))
            page_of_all = sorted(names)[:PAGE]
            for name in page_of_all:
                yield name
            if not page_of_all:
                return
            after = page_of_all[-1]

    async def effect_numbers(self, checkout_id: str) -> dict[str, int]:
        """Say by which numbers entries name a checkout's effects, by key."""
        mine = select(EffectRow.key, EffectRow.number)
        async with self._database.read() as session:
            rows = await session.execute(mine.where(col(EffectRow.checkout_id) == checkout_id))
            return {key: number for key, number in rows.all() if number is not None}

    async def note_export(self, checkout_id: str, what: str, actor: str) -> None:
        """Append that somebody took something of a chain with them."""
        note = AuditNote(kind="exported", actor=actor, at=self._now(), facts={"what": what})
        async with self._database.write() as session:
            await append(session, checkout_id, note)

    # --- roots ------------------------------------------------------------------------------------

    async def roots(self, since: int = 1) -> AsyncIterator[RootWithLeaves]:
        """Read the roots with their leaves, one after another."""
        number = since
        while True:
            async with self._database.read() as session:
                query = select(AuditRootRow).where(col(AuditRootRow.number) >= number)
                row = (
                    await session.scalars(query.order_by(col(AuditRootRow.number)).limit(1))
                ).first()
                if row is None:
                    return
                found = RootWithLeaves(root=_root(row), leaves=await _leaves(session, row.number))
            yield found
            number = found.root.number + 1

    async def root(self, number: int) -> RootWithLeaves | None:
        """Read one root with its leaves."""
        async with self._database.read() as session:
            row = await session.get(AuditRootRow, number)
            if row is None:
                return None
            return RootWithLeaves(root=_root(row), leaves=await _leaves(session, number))

    async def close_days(self, signer: Signer | None) -> DailyRoot | None:
        """Make the root of yesterday (UTC), and answer it; None if it is there.

        It covers whatever was appended until now and no root before covers, so that no entry is
        left out because a clock was slow, or because nobody made a root for some days.
        """
        now = self._now()
        day = (now.date() - timedelta(days=1)).isoformat()
        async with self._database.write() as session:
            last = await _last_root(session)
            if last is not None and last.day >= day:
                return None
            moved = await _moved(session)
            root = made(last, day, moved, now, signer)
            if await insert_new(session, _row(root), "number") is None:
                return None  # another worker was faster
            for leaf in moved:
                session.add(AuditLeafRow(root=root.number, **leaf.model_dump()))
                seen = update(AuditChainRow).where(
                    col(AuditChainRow.checkout_id) == leaf.checkout_id
                )
                await session.execute(seen.values(rooted=leaf.number))
            return root

    async def latest_root(self) -> DailyRoot | None:
        """Read the last root."""
        async with self._database.read() as session:
            return await _last_root(session)


async def read_trail(session: AsyncSession, checkout_id: str) -> Trail:
    """Read a whole chain as a transaction sees it.

    Entries come with their head in one statement, and what roots saw before them: what is
    appended meanwhile must not look like a difference.
    """
    witnesses = await _witnesses(session, checkout_id)
    query = _entries(checkout_id).add_columns(col(AuditChainRow.length), col(AuditChainRow.head))
    joined = col(AuditChainRow.checkout_id) == col(AuditEntryRow.checkout_id)
    rows = (await session.execute(query.outerjoin(AuditChainRow, joined))).all()
    chain = await session.get(AuditChainRow, checkout_id) if not rows else None
    length, last = (chain.length, chain.head) if chain else (None, None)
    if rows:
        _, length, last = rows[0]
    return Trail(
        checkout_id=checkout_id,
        head=ChainHead(length=length, hash=last or "") if length is not None else None,
        entries=tuple(entry_of(row) for row, _, _ in rows),
        witnesses=tuple(witnesses),
    )


def witnesses_by_checkout(roots: Iterable[RootWithLeaves]) -> dict[str, list[Witness]]:
    """Say what some roots saw, by checkout."""
    found: dict[str, list[Witness]] = {}
    for each in roots:
        for leaf in each.leaves:
            number, day = each.root.number, each.root.day
            seen = Witness(root=number, day=day, number=leaf.number, hash=leaf.hash)
            found.setdefault(leaf.checkout_id, []).append(seen)
    return found


async def _moved(session: AsyncSession) -> list[Leaf]:
    moved = select(AuditChainRow).where(col(AuditChainRow.length) > col(AuditChainRow.rooted))
    rows = await session.scalars(moved.order_by(AuditChainRow.checkout_id))
    return [Leaf(checkout_id=r.checkout_id, number=r.length, hash=r.head) for r in rows]


async def _witnesses(session: AsyncSession, checkout_id: str) -> Sequence[Witness]:
    query = (
        select(AuditLeafRow, AuditRootRow.day)
        .join(AuditRootRow, col(AuditRootRow.number) == col(AuditLeafRow.root))
        .where(col(AuditLeafRow.checkout_id) == checkout_id)
        .order_by(col(AuditLeafRow.root))
    )
    return [
        Witness(root=leaf.root, day=day, number=leaf.number, hash=leaf.hash)
        for leaf, day in (await session.execute(query)).all()
    ]


async def _leaves(session: AsyncSession, root: int) -> tuple[Leaf, ...]:
    query = select(AuditLeafRow).where(col(AuditLeafRow.root) == root)
    rows = await session.scalars(query.order_by(AuditLeafRow.checkout_id))
    return tuple(Leaf(checkout_id=r.checkout_id, number=r.number, hash=r.hash) for r in rows)


async def _last_root(session: AsyncSession) -> DailyRoot | None:
    query = select(AuditRootRow).order_by(col(AuditRootRow.number).desc()).limit(1)
    row = (await session.scalars(query)).first()
    return _root(row) if row else None


def _root(row: AuditRootRow) -> DailyRoot:
    names = DailyRoot.model_fields
    return DailyRoot.model_validate({name: getattr(row, name) for name in names})


def _row(root: DailyRoot) -> AuditRootRow:
    return AuditRootRow(**{name: getattr(root, name) for name in DailyRoot.model_fields})


def _entries(checkout_id: str) -> SelectOfScalar[AuditEntryRow]:
    mine = select(AuditEntryRow).where(col(AuditEntryRow.checkout_id) == checkout_id)
    return mine.order_by(col(AuditEntryRow.number))
