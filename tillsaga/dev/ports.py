"""The ports of a stack on one machine."""

import json
import random
import socket
from contextlib import ExitStack
from dataclasses import asdict, astuple, dataclass
from pathlib import Path
from typing import Self

HOST = "127.0.0.1"
_OURS = range(20_000, 32_000)
"""Below what systems give to outgoing connections: such a port is taken before it is used."""


@dataclass(frozen=True)
class Ports:
    """Where each process of a stack listens."""

    api: int = 8000
    temporal: int = 7233
    temporal_ui: int = 8233
    sandbox: int = 8600
    worker: int = 8001

    @classmethod
    def free(cls) -> Self:
        """Choose ports that nobody uses."""
        return cls(0, 0, 0, 0, 0).available()

    @classmethod
    def read(cls, file: Path) -> Self:
        """Read where the last stack of a folder was; the usual ports where none has said so."""
        try:
            return cls(**json.loads(file.read_text()))
        except (OSError, ValueError, TypeError):
            return cls()

    def write(self, file: Path) -> None:
        """Say where a stack is, so that others find it."""
        file.write_text(json.dumps(asdict(self)) + "\n")

    def available(self) -> Self:
        """Keep each port that is free and choose another where it is taken."""
        with ExitStack() as held:
            # All are held until all are chosen, so that no two get the same.
            return type(self)(*(_claim(held, port) for port in astuple(self)))


def _claim(held: ExitStack, wanted: int) -> int:
    port = wanted or random.choice(_OURS)
    claimed = held.enter_context(socket.socket())
    # What a server that ended a moment ago leaves behind does not count as taken.
    claimed.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        claimed.bind((HOST, port))
        claimed.listen()
    except OSError:
        return _claim(held, 0)
    return port
