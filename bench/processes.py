"""What processes use: CPU time and memory; from /proc, so None where there is none.

A name stands for a process with its group and its children: PostgreSQL gives each of its
processes a group of its own.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

PROC = Path("/proc")
_PARENT, _GROUP, _USER, _SYSTEM, _RESIDENT = 1, 2, 11, 12, 21
"""Positions in a stat line behind the program's name, which may contain spaces."""


def cpu(pids: Mapping[str, int]) -> dict[str, float] | None:
    """Read what each name has used so far, in milliseconds."""
    if not _is_here():
        return None
    sums = dict.fromkeys(pids, 0.0)
    for name, stat in _of(pids):
        sums[name] += (int(stat[_USER]) + int(stat[_SYSTEM])) * 1000 / os.sysconf("SC_CLK_TCK")
    return sums


def memory(pids: Mapping[str, int]) -> dict[str, float] | None:
    """Read what each name has in memory now (resident), in MB of a million bytes."""
    if not _is_here():
        return None
    sums = dict.fromkeys(pids, 0.0)
    for name, stat in _of(pids):
        sums[name] += int(stat[_RESIDENT]) * os.sysconf("SC_PAGE_SIZE") / 1_000_000
    return sums


def _is_here() -> bool:
    return (PROC / "self" / "stat").exists()


def _of(pids: Mapping[str, int]) -> Iterator[tuple[str, list[str]]]:
    names = {pid: name for name, pid in pids.items()}
    for folder in PROC.iterdir():
        if folder.name.isdecimal() and (stat := _stat(folder)):
            name = names.get(int(stat[_GROUP])) or names.get(int(stat[_PARENT]))
            if name is not None:
                yield name, stat


def _stat(folder: Path) -> list[str]:
    with suppress(FileNotFoundError, ProcessLookupError):
        return (folder / "stat").read_text().rpartition(")")[2].split()
    return []
