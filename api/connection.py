"""A caller's connection, which does not stay for who only holds it.

Uvicorn waits for ever for the rest of a request's head, and for a caller that no longer reads.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

IDLE_SECONDS = 75
"""How long an idle connection stays open: longer than tills and proxies keep one (60 s is common).

Whoever closes first must be the caller, or its next message meets a closed connection.
"""
HEAD_SECONDS = 10.0
"""How long the head of a request may take, from its first byte."""
READ_SECONDS = 30.0
"""How long a caller may leave unread what we send; then the connection is cut."""
MOST_HEAD_BYTES = 32 * 1024


class Connection(H11Protocol):
    """HTTP/1.1 with a time limit on each side's silence."""

    _waiting: asyncio.TimerHandle | None = None
    _unread: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for the first byte as long as between two requests."""
        super().connection_made(transport)
        self._wait(IDLE_SECONDS)

    def data_received(self, data: bytes) -> None:
        """Give a request's head its time, and end that when it is there."""
        if not self._is_asked() and (self._waiting is None or not self._has_begun):
            self._wait(HEAD_SECONDS)
            self._has_begun = True
        super().data_received(data)
        if self._is_asked() or self.transport.is_closing():
            self._stop_waiting()

    def on_response_complete(self) -> None:
        """Go on to the next request, a part of which may have come already."""
        super().on_response_complete()
        if self.conn.trailing_data[0] and not self._is_asked() and self._waiting is None:
            self._wait(HEAD_SECONDS)
            self._has_begun = True

    def pause_writing(self) -> None:
        """Wait for the caller to read."""
        super().pause_writing()
        if self._unread is None:
            self._unread = self.loop.call_later(READ_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        """Go on: they do."""
        super().resume_writing()
        self._stop_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        """End the waiting with the connection."""
        self._stop_waiting()
        self._stop_reading()
        super().connection_lost(exc)

    _has_begun = False

    def _is_asked(self) -> bool:
        """Whether a request has come in that is not answered yet."""
        return self.cycle is not None and not self.cycle.response_complete

    def _wait(self, seconds: float) -> None:
        self._stop_waiting()
        self._waiting = self.loop.call_later(seconds, self.transport.close)

    def _stop_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
        self._waiting, self._has_begun = None, False

    def _stop_reading(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
        self._unread = None


OPTIONS: dict[str, Any] = {
    "http": Connection,
    "timeout_keep_alive": IDLE_SECONDS,
    "h11_max_incomplete_event_size": MOST_HEAD_BYTES,
}
"""What a server of ours passes to uvicorn."""
