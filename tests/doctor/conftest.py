"""Places for the doctor to look at, without anything that leads elsewhere."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from tests.support.stores import stores_yaml
from tillsaga.doctor.finding import Finding, Found, Level
from tillsaga.doctor.installation import find_installation
from tillsaga.doctor.report import report

Findings = dict[str, Finding]


@pytest.fixture(autouse=True)
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fresh folder, and no variable that means anything to us."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith(("TILLSAGA_", "TEMPORAL_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))


async def findings(environ: Mapping[str, str]) -> Findings:
    """What the doctor finds in this folder."""
    return by_name(await report(find_installation(environ)))


def by_name(found: Iterable[Found]) -> Findings:
    return {one.name: one.finding for one in found}


async def until(holds: Callable[[], Awaitable[bool]], seconds: float = 30) -> None:
    """Wait for something that comes true by itself."""
    async with asyncio.timeout(seconds):
        while True:
            if await holds():
                return
            await asyncio.sleep(0.1)


def faults(found: Findings) -> set[str]:
    return {name for name, one in found.items() if one.level is Level.FAULT}


def write_stores(sandbox: str, kinds: Sequence[str], **spoilt: str) -> None:
    """Write this folder's stores file, with some words exchanged for others."""
    text = stores_yaml(sandbox, kinds, {})
    for word, other in spoilt.items():
        text = text.replace(word, other)
    Path("stores.yaml").write_text(text)


@contextmanager
def answering(
    status: int = 200, body: bytes = b"{}", headers: Mapping[str, str] | None = None
) -> Iterator[int]:
    """Somebody's server that gives every question the same answer; answers its port."""

    class Answering(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response_only(status)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()
