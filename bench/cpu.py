"""CPU time of processes, in milliseconds; from /proc, so None where there is none."""

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

PROC = Path("/proc")
_GROUP, _USER, _SYSTEM = 2, 11, 12
"""Positions in a stat line behind the program's name, which may contain spaces."""


def used(groups: Mapping[str, int]) -> dict[str, float] | None:
    """Read what each process group has used so far, by name."""
    if not (PROC / "self" / "stat").exists():
        return None
    names = {group: name for name, group in groups.items()}
    sums = dict.fromkeys(groups, 0.0)
    for folder in PROC.iterdir():
        if folder.name.isdecimal() and (line := _stat(folder)):
            name = names.get(int(line[_GROUP]))
            if name is not None:
                sums[name] += _milliseconds(int(line[_USER]) + int(line[_SYSTEM]))
    return sums


def _stat(folder: Path) -> list[str]:
    with suppress(FileNotFoundError, ProcessLookupError):
        return (folder / "stat").read_text().rpartition(")")[2].split()
    return []


def _milliseconds(ticks: int) -> float:
    return ticks * 1000 / os.sysconf("SC_CLK_TCK")
