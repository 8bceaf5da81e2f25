"""SQLite where the caller is: only what may wait for the disk or another process has a thread.

The driver sends each of the dozens of small calls of a transaction to a thread and back, which
costs several times what SQLite itself does. A statement of ours takes microseconds; what may take
long is the lock that a transaction begins with and the write to the disk at its end.
"""

import sqlite3
from collections.abc import Callable
from typing import Any

import aiosqlite

_SHORT = frozenset({"cursor", "fetchall", "fetchone", "fetchmany", "rollback"})
_MAY_WAIT = ("BEGIN IMMEDIATE", "PRAGMA", "DELETE")


class HereConnection(aiosqlite.Connection):
    """A connection of the usual driver that does what is short on the event loop."""

    async def _execute(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        if self._connection is None or not _is_short(fn, args):
            return await super()._execute(fn, *args, **kwargs)
        return fn(*args, **kwargs)


def _is_short(fn: Callable[..., Any], args: tuple[Any, ...]) -> bool:
    name = getattr(fn, "__name__", "")
    if name == "close":
        return isinstance(getattr(fn, "__self__", None), sqlite3.Cursor)
    if name == "execute":
        return not str(args[0]).startswith(_MAY_WAIT)
    return name in _SHORT


def connect_here(path: str, **options: Any) -> aiosqlite.Connection:
    """Open a connection; `options` are those of `sqlite3.connect`."""

    def connector() -> sqlite3.Connection:
        return sqlite3.connect(path, **options)

    connection = HereConnection(connector, iter_chunk_size=64)
    connection._thread.daemon = True
    return connection
