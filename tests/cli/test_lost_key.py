"""`tillsaga db forget-key`: only what is lost, and only on the word of who names it."""

import asyncio
from pathlib import Path

import pytest

from tests.cli.conftest import Cli
from tillsaga.keyring import KeyRing, new_key
from tillsaga.records.database import open_database
from tillsaga.records.migrations import upgrade
from tillsaga.records.personal import SqlVault

OLD, NEW = new_key("old"), new_key("new")


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Records with two values under the key `old`, and a ring that has lost it."""
    url = f"sqlite:///{tmp_path / 'records.db'}"
    upgrade(url)
    asyncio.run(_keep(url))
    monkeypatch.setenv("TILLSAGA_DATABASE_URL", url)
    monkeypatch.setenv("TILLSAGA_ENCRYPTION_KEYS", NEW)
    return url


async def _keep(url: str) -> None:
    database = open_database(url)
    await SqlVault(database, KeyRing.parse(OLD)).keep(["GIFT-0001", "ann@shopper.example"])
    await database.close()


def test_what_is_under_it_is_counted_and_then_let_go_of(cli: Cli, url: str) -> None:
    counted, forgotten = cli("db", "forget-key", "old", "--dry-run"), cli("db", "forget-key", "old")
    again = cli("db", "forget-key", "old")

    assert [(said.code, said.out) for said in (counted, forgotten)] == [(0, "2\n"), (0, "2\n")]
    assert again.code == 1
    assert "nothing is under a key old\nTry: " in again.err


def test_a_key_that_is_there_is_not_forgotten(cli: Cli, url: str) -> None:
    said = cli("db", "forget-key", "new")

    assert said.code == 2
    assert "the key new is not lost" in said.err
    assert "\nTry: " in said.err


def test_a_mistyped_key_changes_nothing(cli: Cli, url: str) -> None:
    assert cli("db", "forget-key", "odl").code == 1
    assert cli("db", "forget-key", "old", "--dry-run").out == "2\n"
