"""How a yardstick that speaks HTTP is served: as our API is, in a process of its own."""

import socket
from pathlib import Path

import uvicorn
import uvloop
from fastapi import FastAPI

from api import connection
from tillsaga.dev.ports import HOST


class _Server(uvicorn.Server):
    """Says where it listens as soon as it can be asked."""

    def __init__(self, config: uvicorn.Config, ready: Path, url: str) -> None:
        super().__init__(config)
        self._ready, self._url = ready, url

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then tell."""
        await super().startup(sockets)
        tell(self._ready, self._url)


def tell(ready: Path, words: str) -> None:
    """Write the file that says that a process can be used: whole, or not at all."""
    unfinished = ready.with_suffix(".unfinished")
    unfinished.write_text(words)
    unfinished.rename(ready)


def serve(app: FastAPI, ready: Path) -> None:
    """Serve on a free port until SIGTERM; the file `ready` gets the URL."""
    with socket.create_server((HOST, 0)) as listening:
        url = f"http://{HOST}:{listening.getsockname()[1]}"
        config = uvicorn.Config(app, log_level="warning", access_log=False, **connection.OPTIONS)
        uvloop.run(_Server(config, ready, url).serve([listening]))
