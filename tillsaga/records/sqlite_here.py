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
_ROWS_AT_ONCE = 64
_MAY_WAIT = ("BEGIN IMMEDIATE", "PRAGMA", "DELETE")


class HereConnection(aiosqlite.Connection):
    """A connection of the usual driver that does what is short on the event loop."""

    def __init__(self, connector: Callable[[], sqlite3.Connection]) -> None:
        """Take how to connect, which happens in the thread."""
        super().__init__(connector, iter_chunk_size=_ROWS_AT_ONCE)
        self._thread.daemon = True
        self._in_thread: set[object] = set()

    async def _execute(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        # Who gave up waiting has not stopped what the thread does: the next call queues behind it.
        if self._connection is None or self._in_thread or not _is_short(fn, args):
            return await super()._execute(self._noted(fn), *args, **kwargs)  # type: ignore[no-untyped-call]
        return fn(*args, **kwargs)

    def _noted(self, fn: Callable[..., Any]) -> Callable[..., Any]:
        turn = object()
        self._in_thread.add(turn)

        def run(*args: Any, **kwargs: Any) -> Any:
            try:
                return fn(*args, **kwargs)
            finally:
                self._in_thread.discard(turn)

        return run


def _is_short(fn: Callable[..., Any], args: tuple[Any, ...]) -> bool:
    name = getattr(fn, "__name__", "")
    if name == "close":
        return isinstance(getattr(fn, "__self__", None), sqlite3.Cursor)
    if name == "execute":
        return not str(args[0]).startswith(_MAY_WAIT)
    return name in _SHORT


def connect_here(path: str, **options: Any) -> HereConnection:
    """Open a connection; `options` are those of `sqlite3.connect`."""

    def connector() -> sqlite3.Connection:
        connection: sqlite3.Connection = sqlite3.connect(path, **options)
        return connection

    return HereConnection(connector)
