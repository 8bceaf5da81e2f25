"""Ends the processes of a supervisor that died without ending them itself.

Runs as a process of its own and reads `+GROUP` and `-GROUP` lines from a pipe. The pipe closes
with the supervisor, however that ended; what is on the list then is told to stop, then killed.
"""

import os
import signal
import sys
import time
from collections.abc import Iterable
from contextlib import suppress

GRACE_SECONDS = 5.0


def main() -> None:
    """Guard until the pipe closes."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    end(_left_over(sys.stdin))


def _left_over(lines: Iterable[str]) -> set[int]:
    groups: set[int] = set()
    for line in lines:
        group = int(line[1:])
        groups.add(group) if line.startswith("+") else groups.discard(group)
    return groups


def end(groups: Iterable[int]) -> None:
    """Tell process groups to stop, and kill those that have not after the grace."""
    alive = [group for group in groups if _signal(group, signal.SIGTERM)]
    deadline = time.monotonic() + GRACE_SECONDS
    while alive and time.monotonic() < deadline:
        time.sleep(0.05)
        alive = [group for group in alive if _signal(group, 0)]
    for group in alive:
        _signal(group, signal.SIGKILL)


def _signal(group: int, number: int) -> bool:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)
        return True
    return False


if __name__ == "__main__":
    main()
