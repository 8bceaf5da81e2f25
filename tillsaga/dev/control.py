"""The supervisor's ear: a socket in the data folder, by which a page has a process killed.

Only the folder's owner can open it. Whoever does writes a process's name and reads one word:
`killed`, `down` (it was killed before, and starts soon) or `unknown`.
"""

import select
import socket
import time
from contextlib import suppress
from pathlib import Path
from typing import Protocol, Self

from tillsaga.dev.stack import TEMPORAL, WORKER

KILLABLE = (TEMPORAL, WORKER)
"""In the order in which they start again: no worker is ready without Temporal."""
DOWN_SECONDS = 3.0
"""Long enough to see that something is missing, and short enough to wait for."""
_READING_SECONDS = 1.0
_LONGEST_NAME = 64


class Supervisor(Protocol):
    """Whose processes they are."""

    def kill(self, name: str) -> None:
        """End one process as a power cut would."""

    def start(self, name: str) -> None:
        """Start it again and wait until it can be used."""


class Control:
    """Listens while it is entered; `path` is None where the folder's path is too long for it."""

    def __init__(self, path: Path) -> None:
        """Take where to listen."""
        self.path: Path | None = path
        self._socket = socket.socket(socket.AF_UNIX)
        self._due: dict[str, float] = {}

    def __enter__(self) -> Self:
        """Listen. The folder is ours alone, so what lies there is left over."""
        assert self.path is not None, "it is entered once"
        self.path.unlink(missing_ok=True)
        try:
            self._socket.bind(str(self.path))
        except OSError:  # a socket's path has about a hundred characters at most
            self.path = None
            return self
        self.path.chmod(0o600)
        self._socket.listen()
        return self

    def __exit__(self, *_: object) -> None:
        """Listen no longer."""
        self._socket.close()
        if self.path is not None:
            self.path.unlink(missing_ok=True)

    def serve(self, stack: Supervisor, seconds: float) -> None:
        """Hear who asks within the time, and start again what has been down for long enough.

        Raises:
            Trouble: what was killed does not start again.
        """
        self._start_again(stack)
        if self.path is None:
            time.sleep(seconds)
            return
        self._socket.settimeout(seconds)
        try:
            asking, _ = self._socket.accept()
        except TimeoutError:
            return
        with asking, suppress(OSError):
            asking.settimeout(_READING_SECONDS)
            name = asking.recv(_LONGEST_NAME).decode("ascii", "replace").strip()
            if not _has_gone(asking):
                asking.sendall(self._kill(stack, name).encode())

    def _kill(self, stack: Supervisor, name: str) -> str:
        if name not in KILLABLE:
            return "unknown"
        if name in self._due:
            return "down"
        stack.kill(name)
        self._due[name] = time.monotonic() + DOWN_SECONDS
        return "killed"

    def _start_again(self, stack: Supervisor) -> None:
        for name in KILLABLE:
            if name not in self._due:
                continue
            if time.monotonic() < self._due[name]:
                return  # what comes after it would wait for it in vain
            stack.start(name)
            del self._due[name]


def _has_gone(asking: socket.socket) -> bool:
    """Whether nobody waits for the answer: a late kill would surprise them."""
    readable, _, _ = select.select([asking], [], [], 0)
    return bool(readable) and not asking.recv(1, socket.MSG_PEEK)
