import asyncio
import sys

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect

from tillsaga.records.database import database_url
from tillsaga.records.migrations import downgrade, upgrade
from tillsaga.records.tables import Row


def test_the_tables_are_those_of_the_models_after_up_down_and_up(empty_url: str) -> None:
    upgrade(empty_url)
    assert _differences(empty_url) == []
    downgrade(empty_url, "base")
    assert _tables(empty_url) == {"alembic_version"}
    upgrade(empty_url)
    assert _differences(empty_url) == []


def test_upgrading_again_changes_nothing(url: str) -> None:
    upgrade(url)
    assert _tables(url) == {*Row.metadata.tables, "alembic_version"}


async def test_two_processes_may_upgrade_at_once(empty_url: str) -> None:
    code = "import sys; from tillsaga.records.migrations import upgrade; upgrade(sys.argv[1])"
    arguments = (sys.executable, "-W", "error", "-c", code, empty_url)
    running = [await asyncio.create_subprocess_exec(*arguments) for _ in range(2)]
    assert [await process.wait() for process in running] == [0, 0]
    assert _differences(empty_url) == []


def _differences(url: str) -> list[object]:
    engine = create_engine(database_url(url))
    with engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), Row.metadata)
    engine.dispose()
    return list(differences)


def _tables(url: str) -> set[str]:
    engine = create_engine(database_url(url))
    tables = set(inspect(engine).get_table_names())
    engine.dispose()
    return tables
