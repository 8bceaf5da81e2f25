"""A process of the stack: started, awaited, stopped, killed, started again."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tillsaga.commands.trouble import Trouble
from tillsaga.dev.guard import Guard

READY_SECONDS = 60.0
GRACE_SECONDS = 10.0
"""Shorter than a worker takes at the most: who runs all of it at a desk does not wait for a vendor,
and what was cut off is settled at the next start."""
_LOOK_EVERY = 0.05


@dataclass
class Child:
    """One process; `is_ready` gets its process id, `awaited` says in words what that waits for."""

    name: str
    command: Sequence[str]
    environ: Mapping[str, str]
    log: Path
    awaited: str
    is_ready: Callable[[int], bool]
    guard: Guard
    _process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The process id while it is wanted to run."""
        return self._process.pid if self._process else None

    @property
    def exit_code(self) -> int | None:
        """How it ended, if it did so without being told to."""
        return self._process.poll() if self._process else None

    def launch(self) -> None:
        """Start the process in a group of its own, its output appended to the log."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.command,
                env=self.environ,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.guard.watch(self._process.pid)

    def await_ready(self, seconds: float = READY_SECONDS) -> None:
        """Wait until it can be used.

        Raises:
            Trouble: it ended or took too long; names what was waited for, and the log.
        """
        assert self._process is not None, "only what was launched can be awaited"
        deadline = time.monotonic() + seconds
        while not self.is_ready(self._process.pid):
            if self._process.poll() is not None:
                raise self.trouble(f"{self.name} ended with exit code {self._process.returncode}")
            if time.monotonic() > deadline:
                raise self.trouble(f"waited {seconds:g} s in vain for {self.awaited}")
            time.sleep(_LOOK_EVERY)

    def trouble(self, words: str) -> Trouble:
        """Say what went wrong, and where to read on."""
        return Trouble(words, hint=f"tail {self.log}")

    def tell_to_stop(self) -> None:
        """Send SIGTERM."""
        self._signal(signal.SIGTERM)

    def await_end(self, seconds: float = GRACE_SECONDS) -> int | None:
        """Wait for the end, and kill it if it does not come; answers the exit code."""
        if self._process is None:
            return None
        try:
            code = self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._signal(signal.SIGKILL)
            code = self._process.wait()
        self.guard.forget(self._process.pid)
        self._process = None
        return code

    def kill(self) -> None:
        """End it as a power cut would."""
        self._signal(signal.SIGKILL)
        self.await_end()

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)
