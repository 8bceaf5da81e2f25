"""`tillsaga backup` and `restore`: what is copied, what is checked, what is never overwritten."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.cli.conftest import Cli
from tillsaga.keyring import new_key
from tillsaga.records.migrations import downgrade, upgrade

FOLDER = "saved"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder with records and something that stands for Temporal's file."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("TILLSAGA_DATA_DIR", str(folder))
    upgrade(f"sqlite:///{folder / 'tillsaga.db'}")
    with written(folder / "temporal.db") as temporal:
        temporal.execute("PRAGMA journal_mode=WAL")
        temporal.execute("CREATE TABLE executions (id INTEGER)")
    return folder


@pytest.fixture
def elsewhere(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "elsewhere"
    monkeypatch.setenv("TILLSAGA_DATA_DIR", str(folder))
    return folder


@contextmanager
def written(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path)) as connection, connection:
        yield connection


def read(path: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(query).fetchall()


def back_up(cli: Cli, home: Path, monkeypatch: pytest.MonkeyPatch, elsewhere: Path) -> None:
    monkeypatch.setenv("TILLSAGA_DATA_DIR", str(home))
    assert cli("backup", FOLDER).code == 0
    monkeypatch.setenv("TILLSAGA_DATA_DIR", str(elsewhere))


def test_what_is_written_during_a_backup_waits_for_nobody(
    cli: Cli, home: Path, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(home / "temporal.db", timeout=0)) as busy:
        busy.execute("INSERT INTO executions VALUES (1)")  # open: nobody may see it yet

        said = cli("backup", FOLDER)

        busy.commit()
    assert said.code == 0, said.err
    assert read(tmp_path / FOLDER / "temporal.db", "SELECT * FROM executions") == []
    names = {file.name for file in (tmp_path / FOLDER).iterdir()}
    assert names == {"backup.json", "tillsaga.db", "temporal.db"}


def test_a_restored_folder_has_it_all_and_knows_that_it_was_restored(
    cli: Cli, home: Path, elsewhere: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with written(home / "temporal.db") as temporal:
        temporal.execute("INSERT INTO executions VALUES (7)")
    (home / "stores.yaml").write_text("stores: []\n")
    keys = f"{new_key('dev')}\n"
    (home / "encryption-keys").write_text(keys)
    back_up(cli, home, monkeypatch, elsewhere)

    said = cli("restore", FOLDER)

    assert said.code == 0, said.err
    made_at = json.loads((tmp_path / FOLDER / "backup.json").read_text())["made_at"]
    assert made_at[:19] in said.out
    assert read(elsewhere / "temporal.db", "SELECT * FROM executions") == [(7,)]
    restorations = read(elsewhere / "tillsaga.db", "SELECT reconciled_at FROM restorations")
    assert restorations == [(None,)]
    assert (elsewhere / "stores.yaml").read_text() == "stores: []\n"
    assert (elsewhere / "encryption-keys").read_text() == keys
    for file in (tmp_path / FOLDER, elsewhere / "encryption-keys"):
        assert file.stat().st_mode & 0o077 == 0
    assert not list(elsewhere.glob("*.restoring"))
    assert read(home / "tillsaga.db", "SELECT * FROM restorations") == []


def test_a_backup_of_an_older_version_is_brought_up_to_date(
    cli: Cli, home: Path, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    downgrade(f"sqlite:///{home / 'tillsaga.db'}", "0008_unsettled")
    back_up(cli, home, monkeypatch, elsewhere)

    assert cli("restore", FOLDER).code == 0
    assert len(read(elsewhere / "tillsaga.db", "SELECT * FROM restorations")) == 1


def test_nothing_is_overwritten(
    cli: Cli, home: Path, elsewhere: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    back_up(cli, home, monkeypatch, elsewhere)
    assert cli("restore", FOLDER).code == 0
    before = (elsewhere / "tillsaga.db").read_bytes()

    again = cli("restore", FOLDER)
    monkeypatch.setenv("TILLSAGA_DATA_DIR", str(home))
    twice = cli("backup", FOLDER)

    assert (again.code, twice.code) == (1, 1)
    assert "nothing is overwritten" in again.err
    assert f"{FOLDER} is not empty" in twice.err
    assert (elsewhere / "tillsaga.db").read_bytes() == before


def damage(folder: Path) -> None:
    with (folder / "tillsaga.db").open("r+b") as file:
        file.seek(5000)
        file.write(b"x")


def cut_short(folder: Path) -> None:
    (folder / "backup.json").unlink()


def come_from_the_future(folder: Path) -> None:
    manifest = json.loads((folder / "backup.json").read_text())
    (folder / "backup.json").write_text(json.dumps(manifest | {"revision": "9999_later"}))


def lose_a_file(folder: Path) -> None:
    (folder / "temporal.db").unlink()


WRONG = {
    "damaged": (damage, "is not what was backed up"),
    "cut short": (cut_short, "holds no backup"),
    "of a newer version": (come_from_the_future, "of a newer version"),
    "not whole": (lose_a_file, "is not what was backed up"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_backup_that_is_no_good_restores_nothing(
    cli: Cli,
    home: Path,
    elsewhere: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    spoil, words = WRONG[name]
    back_up(cli, home, monkeypatch, elsewhere)
    spoil(tmp_path / FOLDER)

    said = cli("restore", FOLDER)

    assert said.code == 1
    assert words in said.err
    assert not (elsewhere / "tillsaga.db").exists()


def test_without_data_there_is_nothing_to_back_up(cli: Cli, tmp_path: Path) -> None:
    said = cli("backup", FOLDER)
    assert said.code == 1
    assert "there is no temporal.db and no tillsaga.db" in said.err
    assert not (tmp_path / FOLDER).exists()


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_postgresql_has_its_own_tools(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setenv("TILLSAGA_DATABASE_URL", "postgresql://tillsaga@db/tillsaga")
    said = cli(command, FOLDER)
    assert said.code == 1
    assert "pg_dump" in said.err
    assert "tillsaga db restored --made-at" in said.err


def test_records_that_another_tool_put_back_are_told_so(
    cli: Cli, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cli("db", "restored", "--made-at", "2026-03-01T10:00:00Z").code == 0

    [(made_at,)] = read(home / "tillsaga.db", "SELECT backed_up_at FROM restorations")
    assert str(made_at).startswith("2026-03-01 10:00:00")
    assert cli("db", "restored", "--made-at", "2999-01-01T00:00:00Z").code == 2
