"""The books: one SQLite database, the sandbox clock and opaque ids.

Every vendor keeps its own tables (prefixed with its name) in the same database.
"""

import itertools
import json
import secrets
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

Record = dict[str, Any]

sqlite3.register_converter("JSON", json.loads)
sqlite3.register_converter("BOOLEAN", lambda stored: stored == b"1")


class Clock:
    """Now, in UTC and whole seconds; real until somebody sets it."""

    def __init__(self) -> None:
        """Start on real time."""
        self._ahead = timedelta()
        self._stopped: datetime | None = None

    def now(self) -> datetime:
        """Answer the sandbox's present moment."""
        return self.exactly().replace(microsecond=0)

    def exactly(self) -> datetime:
        """Answer the present moment unrounded, for vendors that send fractions of a second."""
        return self._stopped or datetime.now(UTC) + self._ahead

    def stop_at(self, moment: datetime) -> None:
        """Stand still at `moment` until advanced or set back to real time."""
        self._stopped = _utc(moment)

    def advance(self, seconds: float) -> None:
        """Jump ahead; a clock on real time keeps ticking from there."""
        if self._stopped is None:
            self._ahead += timedelta(seconds=seconds)
        else:
            self._stopped += timedelta(seconds=seconds)

    def real(self) -> None:
        """Go back to real time."""
        self._ahead, self._stopped = timedelta(), None


def stamp(moment: datetime) -> str:
    """Write a moment as text that sorts by time: ISO 8601, UTC, whole seconds."""
    return _utc(moment).replace(microsecond=0).isoformat()


def parse_moment(text: str) -> datetime:
    """Read ISO 8601; a moment without an offset is UTC (sheet 1, timestamps)."""
    return _utc(datetime.fromisoformat(text))


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


class Books:
    """A database with one connection; the lock makes each transaction a turn of its own."""

    def __init__(self, database: str | Path, clock: Clock) -> None:
        """Open or create the database; `:memory:` keeps nothing after closing."""
        self.clock = clock
        self._turn = threading.RLock()
        self._count = itertools.count(1)
        self._connection = sqlite3.connect(
            str(database),
            isolation_level=None,
            check_same_thread=False,
            detect_types=sqlite3.PARSE_DECLTYPES,
            cached_statements=512,
        )
        self._connection.row_factory = _as_record
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=OFF")

    def close(self) -> None:
        """Close the database."""
        self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Keep all that happens inside, or nothing when it raises."""
        with self._turn:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def now(self) -> str:
        """Answer the clock's moment as it is stored and sent."""
        return stamp(self.clock.now())

    def script(self, statements: str) -> None:
        """Run several statements, such as a schema."""
        with self._turn:
            self._connection.executescript(statements)

    def one(self, query: str, *values: Any) -> Record | None:
        """Read the first row, if there is one."""
        row: Record | None = self._connection.execute(query, values).fetchone()
        return row

    def all(self, query: str, *values: Any) -> list[Record]:
        """Read every row."""
        return self._connection.execute(query, values).fetchall()

    def number(self, query: str, *values: Any) -> int:
        """Read one whole number, such as a count or a sum."""
        row = self._connection.execute(query, values).fetchone()
        return int(next(iter(row.values())))

    def run(self, statement: str, *values: Any) -> int:
        """Change rows; answers how many."""
        return self._connection.execute(statement, values).rowcount

    def insert(self, table: str, **values: Any) -> int:
        """Add a row; dicts and lists are stored as JSON. Answers the row's number."""
        names, marks = ", ".join(values), ", ".join("?" * len(values))
        added = self._connection.execute(
            f"INSERT INTO {table} ({names}) VALUES ({marks})",
            [_stored(value) for value in values.values()],
        )
        return added.lastrowid or 0

    def update(self, table: str, row: int, **values: Any) -> None:
        """Change a row, addressed by its `id`."""
        pairs = ", ".join(f"{name} = ?" for name in values)
        stored = [_stored(value) for value in values.values()]
        self._connection.execute(f"UPDATE {table} SET {pairs} WHERE id = ?", [*stored, row])

    def tables(self, prefix: str) -> list[str]:
        """List one vendor's tables."""
        names = self.all("SELECT name FROM sqlite_master WHERE type = 'table'")
        return [row["name"] for row in names if row["name"].startswith(f"{prefix}_")]

    def new_id(self, prefix: str) -> str:
        """Make an opaque id; every third is not UUID shaped, so nobody relies on the shape."""
        if next(self._count) % 3 == 0:
            return f"{prefix}-{secrets.token_hex(6)}"
        return str(uuid4())


def _stored(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, dict | list) else value


def _as_record(cursor: sqlite3.Cursor, row: tuple[Any, ...]) -> Record:
    return {column[0]: value for column, value in zip(cursor.description, row, strict=True)}
