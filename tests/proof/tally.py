"""Counts what the proof tried. A case, or many at once, is a line in its process's own file."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from hypothesis.errors import StopTest, UnsatisfiedAssumption

T = TypeVar("T")
_SHOWN = 600

GIVEN_UP = (StopTest, UnsatisfiedAssumption)
"""How hypothesis ends a case that it has made up to no purpose: it says nothing."""
FOLDER = "TILLSAGA_PROOF"
"""Environment variable: the folder that the counts go to. `make proof` sets it."""


@dataclass(frozen=True)
class Counts:
    """How many cases of one kind ran, and in how many of them a guarantee was broken."""

    cases: int = 0
    violations: int = 0

    def plus(self, *, held: bool, cases: int = 1) -> "Counts":
        """So many cases more, all of which held or not."""
        return Counts(self.cases + cases, self.violations + (0 if held else cases))


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
        except GIVEN_UP:
            raise
        except BaseException as broken:
            self._write(kind, name, held=False, why=f"{type(broken).__name__}: {broken}")
            raise
        self._write(kind, name, held=True)

    def cases(self, kind: str, name: str, number: int) -> None:
        """So many cases that have held, where a line for each would take too long."""
        self._write(kind, name, held=True, cases=number)

    def _write(
        self, kind: str, name: str, *, held: bool, cases: int = 1, why: str | None = None
    ) -> None:
        if self._folder is None:
            return
        facts = {"kind": kind, "case": name, "held": held, "cases": cases, "why": why}
        line = json.dumps(facts)
        with (self._folder / f"{os.getpid()}.jsonl").open("a") as file:
            file.write(line + "\n")


def proof_of_this_run() -> Proof:
    """The proof that `make proof` runs, or the short form of it."""
    folder = os.environ.get(FOLDER)
    return Proof(Path(folder) if folder else None)


def counted(folder: Path) -> Mapping[str, Counts]:
    """What ran, by kind."""
    counts: dict[str, Counts] = {}
    for seen in _lines(folder):
        before = counts.get(seen["kind"], Counts())
        counts[seen["kind"]] = before.plus(held=seen["held"], cases=seen["cases"])
    return dict(sorted(counts.items()))


def broken(folder: Path) -> list[str]:
    """The cases in which a guarantee was broken, and how."""
    return [
        f"{seen['kind']}: {seen['case']}\n    {str(seen['why'])[:_SHOWN]}"
        for seen in _lines(folder)
        if not seen["held"]
    ]


def _lines(folder: Path) -> Iterator[dict[str, Any]]:
    for path in sorted(folder.glob("*.jsonl")):
        for line in path.read_text().splitlines():
            yield json.loads(line)
