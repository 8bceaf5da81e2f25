"""The connection to the records: SQLite on one machine, PostgreSQL beyond it."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime

from sqlalchemy import URL, event, make_url, text
from sqlalchemy.engine import Connection
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import InterfaceError, InternalError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from tillsaga.errors import Unavailable
from tillsaga.records.sqlite_here import connect_here

BUSY_TIMEOUT_MS = 10_000
# The time-out stands first: switching to WAL may have to wait for another process itself.
# FULL: in WAL mode NORMAL may lose the last commits in a power cut, and these rows answer
# for money.
SQLITE_PRAGMAS = (
    f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}",
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    # What was erased is overwritten, and not only out of sight.
    "PRAGMA secure_delete=ON",
)

# A server that has failed over to a standby, or was told to refuse writes; and one without room.
READ_ONLY, DISK_FULL = "25006", "53100"
SQLITE_READ_ONLY, SQLITE_FULL = "attempt to write a readonly database", "database or disk is full"


def utc_now() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


_HERE = {"async_creator_fn": connect_here, "check_same_thread": False}


class Database:
    """Short transactions on the records. Trouble with the server is raised as `Unavailable`."""

    def __init__(self, writer: AsyncEngine, reader: AsyncEngine) -> None:
        self._writer = writer
        self._reader = reader

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        """Open a transaction that is durable when the block ends, and undone if it raises."""
        with _trouble_named():
            session = AsyncSession(self._writer, expire_on_commit=False)
            async with session, session.begin():
                yield session

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """Open a transaction that only reads and never waits for a writer."""
        with _trouble_named():
            async with AsyncSession(self._reader, autoflush=False) as session:
                yield session

    async def ping(self) -> None:
        """Ask the database for a sign of life, and write: a full disk can still be read.

        Raises:
            Unavailable: there is none, or nothing can be written.
        """
        async with self.write() as session:
            await session.execute(text("UPDATE alembic_version SET version_num = version_num"))

    async def close(self) -> None:
        """Close all connections."""
        await self._writer.dispose()
        await self._reader.dispose()


def open_database(url: str) -> Database:
    """Open the records at `sqlite:///PATH` or `postgresql://...`; connects on first use."""
    parsed = database_url(url)
    if parsed.get_backend_name() == "sqlite":
        parsed = parsed.set(drivername="sqlite+aiosqlite")
        return Database(_sqlite_writer(parsed), _sqlite_reader(parsed))
    engine = create_async_engine(parsed, pool_pre_ping=True, hide_parameters=True)
    return Database(engine, engine)


def database_url(url: str) -> URL:
    """Read a database's address, with the driver that speaks it without asyncio.

    Raises:
        ValueError: neither an SQLite file nor PostgreSQL.
    """
    parsed = make_url(url)
    backend = parsed.get_backend_name()
    if backend in ("postgresql", "postgres"):
        return parsed.set(drivername="postgresql+psycopg")
    if backend == "sqlite" and parsed.database not in (None, "", ":memory:"):
        return parsed.set(drivername="sqlite")
    raise ValueError("the records need sqlite:///PATH or postgresql://...")


def prepare_connection(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    """Set what every SQLite connection needs, and leave BEGIN to us.

    The driver's own BEGIN is deferred and comes only before the first write, so what was read
    before it may be stale: https://docs.sqlalchemy.org/en/21/dialects/sqlite.html (transactions).
    """
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in SQLITE_PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def begin_immediate(connection: Connection) -> None:
    """Take SQLite's write lock at once: another process's writer is waited for, not met midway."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def _sqlite_writer(url: URL) -> AsyncEngine:
    """One connection: SQLite has one writer, and the pool's queue is fairer than its busy lock."""
    engine = create_async_engine(
        url,
        hide_parameters=True,
        pool_size=1,
        max_overflow=0,
        pool_timeout=BUSY_TIMEOUT_MS / 1000,
        connect_args=_HERE,
    )
    event.listen(engine.sync_engine, "connect", prepare_connection)
    event.listen(engine.sync_engine, "begin", begin_immediate)
    return engine


def _sqlite_reader(url: URL) -> AsyncEngine:
    engine = create_async_engine(url, hide_parameters=True, connect_args=_HERE)
    event.listen(engine.sync_engine, "connect", prepare_connection)
    event.listen(engine.sync_engine, "begin", _begin)
    return engine


@contextmanager
def _trouble_named() -> Iterator[None]:
    try:
        yield
    except (OperationalError, InterfaceError, PoolTimeoutError) as error:
        raise _named(error) from error
    except InternalError as error:
        if _sqlstate(error) != READ_ONLY:
            raise
        raise _named(error) from error


def _named(error: SQLAlchemyError) -> Unavailable:
    """Say why nothing was written. Nothing was, so that the same may be tried again."""
    said = str(getattr(error, "orig", ""))
    if _sqlstate(error) == READ_ONLY or said.startswith(SQLITE_READ_ONLY):
        return Unavailable("the records can only be read", code="records_read_only")
    if _sqlstate(error) == DISK_FULL or said.startswith(SQLITE_FULL):
        return Unavailable("there is no room for the records", code="records_full")
    return Unavailable("the records do not answer")


def _sqlstate(error: SQLAlchemyError) -> str | None:
    return getattr(getattr(error, "orig", None), "sqlstate", None)
