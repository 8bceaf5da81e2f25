"""A copy of what one machine keeps, made while it works, and put back where nothing is.

Temporal's file is copied first and the records after it, so that the records are never the older
ones. A workflow that is behind its records is one that was reset: it asks them what is done
already. Records behind their workflow would forget what it relies on.
"""

import asyncio
import hashlib
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from tillsaga.commands.trouble import Trouble
from tillsaga.dev.home import Home
from tillsaga.domain.model import Instant
from tillsaga.records.database import open_database
from tillsaga.records.migrations import knows, upgrade
from tillsaga.records.restorations import SqlRestorations

TEMPORAL, RECORDS, MANIFEST = "temporal.db", "tillsaga.db", "backup.json"
BESIDES = ("stores.yaml", "encryption-keys", "audit-keys")
"""Without its keys nobody can read what Temporal has kept, or sign as before."""

WAIT_SECONDS = 30.0
_BESIDE = ("-wal", "-shm", "-journal")


class Manifest(BaseModel):
    """What a backup holds; it is written last, so a backup without one is no backup.

    `made_at`: what happened later may be missing. `files`: each file's SHA-256.
    """

    model_config = ConfigDict(frozen=True)

    format: Literal[1] = 1
    made_at: Instant
    version: str
    revision: str
    files: dict[str, str]


def back_up(home: Path, folder: Path) -> Manifest:
    """Copy a data folder, whether or not it is in use.

    Raises:
        Trouble: there is nothing to copy, the target is not empty, or the copy is no good.
    """
    _insist_on_data(home)
    _insist_on_empty(folder)
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    made_at = datetime.now(UTC)
    with _named(folder):
        for name in (TEMPORAL, RECORDS):
            _copy_database(home / name, folder / name)
        for name in BESIDES:
            if (home / name).exists():
                _write(folder / name, (home / name).read_bytes())
    manifest = Manifest(
        made_at=made_at,
        version=version("tillsaga"),
        revision=_revision(folder / RECORDS),
        files={file.name: _digest(file) for file in sorted(folder.iterdir())},
    )
    _write(folder / MANIFEST, (manifest.model_dump_json(indent=2) + "\n").encode())
    return manifest


def read_manifest(folder: Path) -> Manifest:
    """Read what a backup holds and check that it is whole and ours to read.

    Raises:
        Trouble: it is not.
    """
    try:
        manifest = Manifest.model_validate_json((folder / MANIFEST).read_bytes())
    except (OSError, ValidationError):
        hint = "give a folder that tillsaga backup has written to its end"
        raise Trouble(f"{folder} holds no backup", hint=hint) from None
    for name, digest in manifest.files.items():
        if not (folder / name).is_file() or _digest(folder / name) != digest:
            raise Trouble(f"{folder / name} is not what was backed up", hint="take another backup")
    if not {TEMPORAL, RECORDS} <= manifest.files.keys():
        raise Trouble(f"{folder} is not whole", hint="take another backup")
    if not knows(manifest.revision):
        words = f"the backup is of a newer version ({manifest.version}, {manifest.revision})"
        raise Trouble(words, hint="restore it with that version")
    return manifest


def restore(folder: Path, home: Home) -> Manifest:
    """Put a backup into a data folder that has none of its files.

    Raises:
        Trouble: the backup is no good, or something is in the way.
    """
    manifest = read_manifest(folder)
    with home:
        _insist_on_room(home.folder, manifest)
        for name in manifest.files:
            _write(_unfinished(home.folder / name), (folder / name).read_bytes())
        records = _unfinished(home.folder / RECORDS)
        # Marked before it has its name: records that do not know of their restore must not be used.
        asyncio.run(mark_restored(f"sqlite:///{records}", manifest.made_at))
        _close(records)
        for name in (RECORDS, *sorted(manifest.files.keys() - {RECORDS})):
            _unfinished(home.folder / name).rename(home.folder / name)
        _sync(home.folder)
    return manifest


async def mark_restored(url: str, backed_up_at: datetime) -> None:
    """Bring restored records up to date and let them know that they were restored."""
    await asyncio.to_thread(upgrade, url)
    database = open_database(url)
    try:
        await SqlRestorations(database).mark(backed_up_at)
    finally:
        await database.close()


# --- files --------------------------------------------------------------------------------------


def _copy_database(source: Path, target: Path) -> None:
    """Copy in one read transaction: what is written meanwhile is not in it, and waits for nobody.

    https://sqlite.org/backup.html
    """
    address = f"file:{source}?mode=ro"
    with (
        closing(sqlite3.connect(address, uri=True, timeout=WAIT_SECONDS)) as theirs,
        closing(sqlite3.connect(target)) as ours,
    ):
        theirs.backup(ours)
        # One file alone, without a log beside it.
        ours.execute("PRAGMA journal_mode=DELETE")
        [(found,)] = ours.execute("PRAGMA integrity_check(1)").fetchall()
    if found != "ok":
        raise Trouble(f"{source} is damaged: {found}", hint="restore an earlier backup")
    _sync(target)


@contextmanager
def _named(folder: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as failed:
        words = f"the backup in {folder} could not be written: {failed}"
        raise Trouble(words, hint="make room or choose another folder, and begin anew") from failed


def _revision(records: Path) -> str:
    with closing(sqlite3.connect(records)) as connection:
        [(revision,)] = connection.execute("SELECT version_num FROM alembic_version").fetchall()
    return str(revision)


def _close(records: Path) -> None:
    """Bring everything into the file itself, which alone will be renamed."""
    with closing(sqlite3.connect(records)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
    _sync(records)


def _unfinished(path: Path) -> Path:
    return path.with_name(f"{path.name}.restoring")


def _write(path: Path, content: bytes) -> None:
    """Write a file that only its owner reads."""
    opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(opened, "wb") as file:
        file.write(content)
    _sync(path)


def _sync(path: Path) -> None:
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


# --- what must be so ----------------------------------------------------------------------------


def _insist_on_data(home: Path) -> None:
    missing = [name for name in (TEMPORAL, RECORDS) if not (home / name).is_file()]
    if missing:
        words = f"there is no {' and no '.join(missing)} in {home}"
        hint = "TILLSAGA_DATA_DIR says where tillsaga dev keeps its data"
        raise Trouble(words, hint=hint)


def _insist_on_empty(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Trouble(f"{folder} is not empty", hint="give a new folder for every backup")


def _insist_on_room(home: Path, manifest: Manifest) -> None:
    names = {name + end for name in manifest.files for end in ("", *_BESIDE)}
    there = sorted(name for name in names if (home / name).exists())
    if there:
        words = f"{home} has {', '.join(there)} already; nothing is overwritten"
        raise Trouble(words, hint="move it away, or set TILLSAGA_DATA_DIR to an empty folder")
