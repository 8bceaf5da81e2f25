"""A reader's terminal: types the blocks of a page one after another, as they stand there."""

import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Self

import httpx

from tests.docs.pages import Block
from tillsaga.dev.ports import HOST, Ports

BLOCK_SECONDS = 240
"""How long one block may take, on a machine that does other things beside."""
SERVING_SECONDS = 180
_MOST_SHOWN = 4000
_KEPT = re.compile(r"^declare -[a-zA-Z]*r|^declare -\S+ (BASH|FUNCNAME|GROUPS|PIPESTATUS|SHLVL|_=)")
_PORT = re.compile(r"((?:127\.0\.0\.1|localhost):|--port[ =]|_PORT=)(\d{4,5})")
_WELCOME = re.compile(r"^  (API|Worker|Temporal UI|Vendor sandbox) +\S+:(\d+)", re.M)
_USUAL = {"API": 8000, "Worker": 8001, "Temporal UI": 8233, "Vendor sandbox": 8600}

# What a block leaves behind is there for the next one: variables, functions, the folder.
_TYPED = """\
if [ -f {state} ]; then source {state} 2>/dev/null; fi
cd "$(cat {folder})"
set -euo pipefail
source {block}
set +euo pipefail
{{ declare -p; declare -f; }} > {state}.new
grep -vE '{dropped}' {state}.new > {state}
pwd > {folder}
"""


class Failed(AssertionError):
    """What a page says does not work."""


@dataclass
class Addresses:
    """Where the ports of a page really are, since they may be taken on this machine."""

    ports: dict[int, int] = field(default_factory=dict)

    def real(self, page_port: int) -> int:
        """The port that stands for one of the page."""
        if page_port not in self.ports:
            self.ports[page_port] = Ports.free().api
        return self.ports[page_port]

    def translated(self, text: str) -> str:
        """Write the real ports into a block."""
        return _PORT.sub(lambda found: f"{found[1]}{self.real(int(found[2]))}", text)

    def learn(self, welcome: str) -> None:
        """Read from what `tillsaga dev` says where it listens."""
        for name, port in _WELCOME.findall(welcome):
            self.ports[_USUAL[name]] = int(port)


class Shell:
    """One terminal, its folder and its variables, and what was started beside it."""

    def __init__(self, folder: Path, keep: Path, environ: Mapping[str, str], at: Addresses) -> None:
        """Take where the reader is, where to keep what is no concern of theirs, and variables."""
        self._environ = {**environ}
        self._at = at
        self._keep = keep
        self._state = keep / "state"
        self._folder = keep / "folder"
        self._folder.write_text(str(folder))
        self._beside: list[subprocess.Popen[bytes]] = []
        self._numbers = count(1)

    def __enter__(self) -> Self:
        """Sit down."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop what still runs, the latest first."""
        for process in reversed(self._beside):
            _interrupt(process)

    def run(self, block: Block) -> str:
        """Type a block; answers what was said.

        Raises:
            Failed: a command of it failed.
        """
        if block.serves:
            return self._serve(block)
        log = self._keep / "said"
        with log.open("wb") as said:
            process = self._start(block, said.fileno())
            try:
                code = process.wait(BLOCK_SECONDS)
            except subprocess.TimeoutExpired:
                _interrupt(process)
                raise self._failed(block, f"did not end in {BLOCK_SECONDS} s", log) from None
        if code:
            raise self._failed(block, f"exit code {code}", log)
        return log.read_text(errors="replace")

    def _serve(self, block: Block) -> str:
        """Start what runs until Ctrl-C, and wait until it can be used."""
        log = self._keep / f"beside-{len(self._beside)}"
        with log.open("wb") as said:
            process = self._start(block, said.fileno())
        self._beside.append(process)
        deadline = time.monotonic() + SERVING_SECONDS
        while not self._answers(block, log):
            if process.poll() is not None:
                raise self._failed(block, f"ended with exit code {process.returncode}", log)
            if time.monotonic() > deadline:
                raise self._failed(block, f"was not there after {SERVING_SECONDS} s", log)
            time.sleep(0.1)
        said_so = log.read_text(errors="replace")
        self._at.learn(said_so)
        return said_so

    def _answers(self, block: Block, log: Path) -> bool:
        """Whether it answers at the port of its mark; without one, whether it says where it is."""
        if block.port is None:
            said = log.read_text(errors="replace")
            return {name for name, _ in _WELCOME.findall(said)} == _USUAL.keys()
        port = self._at.real(block.port)
        with suppress(httpx.TransportError):
            return httpx.get(f"http://{HOST}:{port}/readyz", timeout=2).status_code != 503
        return False

    def _start(self, block: Block, said: int) -> subprocess.Popen[bytes]:
        typed = self._keep / f"block-{next(self._numbers)}.sh"
        typed.write_text(self._at.translated(block.text))
        script = _TYPED.format(
            state=self._state, folder=self._folder, block=typed, dropped=_KEPT.pattern
        )
        return subprocess.Popen(
            ["bash", "-c", script],
            env=self._environ,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def _failed(self, block: Block, why: str, log: Path) -> Failed:
        said = log.read_text(errors="replace")[-_MOST_SHOWN:]
        hint = "correct the page; what needs a cluster or a container engine is marked ```sh deploy"
        return Failed(f"{block.place}: {why}\n\n{block.text}\n{said}\nTry: {hint}")


def _interrupt(process: subprocess.Popen[bytes]) -> None:
    """Press Ctrl-C; what does not listen is killed."""
    for number in _signals():
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(15)
            return


def _signals() -> Iterator[int]:
    yield signal.SIGINT
    yield signal.SIGTERM
    yield signal.SIGKILL
