import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from tests.cli.conftest import Cli
from tillsaga.cli import app
from tillsaga.dev.ports import Ports
from tillsaga.records.apikeys import KeyHolder, SqlApiKeys
from tillsaga.records.checkouts import SqlCheckoutBook
from tillsaga.records.database import open_database
from tillsaga.records.migrations import upgrade


def paths(command: object, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield path
    if isinstance(command, TyperGroup):
        for name, inner in command.commands.items():
            yield from paths(inner, (*path, name))


@pytest.mark.parametrize("path", list(paths(get_command(app))), ids=" ".join)
def test_every_command_explains_itself(cli: Cli, path: tuple[str, ...]) -> None:
    said = cli(*path, "--help")

    assert said.code == 0
    assert f"Usage: {' '.join(('tillsaga', *path))}" in said.out


@pytest.mark.parametrize(
    "arguments",
    [("unheard-of",), ("keys", "create"), ("checkout", "show"), ("demo", "--scenario", "x")],
)
def test_wrong_usage_ends_with_2(cli: Cli, arguments: tuple[str, ...]) -> None:
    assert cli(*arguments).code == 2


def test_a_wrong_variable_is_named_without_its_value(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TILLSAGA_DATABASE_URL", "mysql://user:hunter2@db/x")

    said = cli("db", "upgrade")

    assert said.code == 2
    assert said.err.startswith("TILLSAGA_DATABASE_URL: ")
    assert "\nTry: " in said.err
    assert "hunter2" not in said.err


def test_keys_create_prints_the_key_and_nothing_else(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'records.db'}"
    upgrade(url)

    made = subprocess.run(
        [
            *(sys.executable, "-m", "tillsaga.cli", "keys", "create"),
            *("--scope", "pos", "--scope", "audit", "--store", "ams-1"),
        ],
        env=os.environ | {"TILLSAGA_DATABASE_URL": url},
        capture_output=True,
        text=True,
        check=True,
    )

    key = made.stdout.removesuffix("\n")
    assert key.startswith("ts_test_")
    assert key.split() == [key]
    holder = asyncio.run(holder_of(key, url))
    assert holder is not None
    assert (holder.scopes, holder.stores) == (("pos", "audit"), ("ams-1",))


async def holder_of(key: str, url: str) -> KeyHolder | None:
    database = open_database(url)
    try:
        return await SqlApiKeys(database).verify(key)
    finally:
        await database.close()


def test_a_key_needs_a_scope_that_there_is(cli: Cli) -> None:
    assert cli("keys", "create", "--scope", "everything", "--store", "ams-1").code == 2


@pytest.mark.parametrize(
    "arguments",
    [("keys", "create", "--scope", "pos", "--store", "s"), ("checkout", "show", "chk_1")],
)
def test_without_a_database_the_way_to_one_is_shown(cli: Cli, arguments: tuple[str, ...]) -> None:
    missing = cli(*arguments)
    Path(".tillsaga").mkdir()
    Path(".tillsaga/tillsaga.db").touch()
    empty = cli(*arguments)

    assert (missing.code, empty.code) == (1, 1)
    assert "\nTry: tillsaga db upgrade" in missing.err
    assert "\nTry: tillsaga db upgrade" in empty.err


def test_an_unknown_checkout_is_a_failure(cli: Cli) -> None:
    cli("db", "upgrade")

    said = cli("checkout", "show", "chk_1")

    assert said.code == 1
    assert "chk_1" in said.err
    assert "\nTry: " in said.err


def test_a_checkout_is_shown_from_the_records(cli: Cli) -> None:
    cli("db", "upgrade")
    asyncio.run(open_bill("chk_1", "sqlite:///.tillsaga/tillsaga.db"))

    assert cli("checkout", "show", "chk_1").out.startswith("chk_1 open\n")
    assert '"checkout_id": "chk_1"' in cli("checkout", "show", "chk_1", "--json").out


async def open_bill(checkout_id: str, url: str) -> None:
    database = open_database(url)
    book = SqlCheckoutBook(database)
    await book.open_bill("ams-1", str(uuid4()), "f", "till-1", lambda _: checkout_id)
    await database.close()


def test_a_sweep_without_temporal_names_its_address(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = f"127.0.0.1:{Ports.free().temporal}"
    monkeypatch.setenv("TEMPORAL_ADDRESS", address)

    said = cli("sweep")

    assert said.code == 1
    assert f"Temporal does not answer at {address}\nTry: " in said.err
