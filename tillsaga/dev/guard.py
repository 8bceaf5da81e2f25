"""The supervisor's end of the guardian's pipe."""

import subprocess
import sys
from contextlib import suppress

from tillsaga.dev import guardian


class Guard:
    """Makes sure that no process outlives its supervisor, not even one that was killed."""

    def __init__(self) -> None:
        """Start the guardian; without site packages it costs next to nothing."""
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(guardian.__file__)],
            stdin=subprocess.PIPE,
            # A group of its own, so that a signal to ours does not end it with us.
            start_new_session=True,
        )

    def watch(self, group: int) -> None:
        """Put a process group on the list."""
        self._tell(f"+{group}\n")

    def forget(self, group: int) -> None:
        """Take an ended process group from the list."""
        self._tell(f"-{group}\n")

    def close(self) -> None:
        """Have the guardian end what is left, and itself."""
        assert self._process.stdin is not None, "the pipe is asked for above"
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.wait()

    def _tell(self, line: str) -> None:
        assert self._process.stdin is not None, "the pipe is asked for above"
        self._process.stdin.write(line.encode())
        self._process.stdin.flush()
