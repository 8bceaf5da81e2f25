"""Counts what the proof tried. Each case is a line in a file of the process that ran it."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

FOLDER = "TILLSAGA_PROOF"
"""Environment variable: the folder that the counts go to. `make proof` sets it."""


@dataclass(frozen=True)
class Counts:
    """How many cases of one kind ran, and in how many of them a guarantee was broken."""

    cases: int = 0
    violations: int = 0

    def plus(self, *, held: bool) -> "Counts":
        """One case more."""
        return Counts(self.cases + 1, self.violations + (not held))


class Proof:
    """What a proof test knows of the run that it is part of."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    @property
    def long(self) -> bool:
        """Whether this is `make proof`, which tries everything, and not `make test`."""
        return self._folder is not None

    def of(self, short: T, long: T) -> T:
        """How many, or which: of the short form or of the long one."""
        return long if self.long else short

    @contextmanager
    def case(self, kind: str, name: str) -> Iterator[None]:
        """One case of a kind: it holds unless its body fails, which also fails the test."""
        try:
            yield
        except BaseException:
            self._write(kind, name, held=False)
            raise
        self._write(kind, name, held=True)

    def _write(self, kind: str, name: str, *, held: bool) -> None:
        if self._folder is None:
            return
        line = json.dumps({"kind": kind, "case": name, "held": held})
        with (self._folder / f"{os.getpid()}.jsonl").open("a") as file:
            file.write(line + "\n")


def proof_of_this_run() -> Proof:
    """The proof that `make proof` runs, or the short form of it."""
    folder = os.environ.get(FOLDER)
    return Proof(Path(folder) if folder else None)


def counted(folder: Path) -> Mapping[str, Counts]:
    """What ran, by kind."""
    counts: dict[str, Counts] = {}
    for path in sorted(folder.glob("*.jsonl")):
        for line in path.read_text().splitlines():
            seen = json.loads(line)
            counts[seen["kind"]] = counts.get(seen["kind"], Counts()).plus(held=seen["held"])
    return dict(sorted(counts.items()))
