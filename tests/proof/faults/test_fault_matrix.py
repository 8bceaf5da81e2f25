"""Every effect x every fault, once or for six hours: the books show it once, or not at all.

The cells are generated: a scene for each declared effect, a rule for each fault. What can be known
is known in the end; where the vendor cannot be asked, a person decides, and the scene says why.
"""

import shutil
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.connectors.sandbox_server import Control
from tests.proof.faults.bench import Bench, Book, MovedClock
from tests.proof.faults.faults import FAULTS
from tests.proof.faults.scenes import SCENES, Scene
from tests.proof.tally import Proof, proof_of_this_run
from tests.support.template import template_database
from tillsaga.domain.effects import Outcome
from tillsaga.records.database import open_database

LASTS = {"once": 1, "for six hours": None}


class Cell(NamedTuple):
    """One scene under one fault, by their names."""

    name: str
    fault: str
    lasts: str

    @property
    def scene(self) -> Scene:
        return SCENES[self.name]

    def __str__(self) -> str:
        return f"{self.name}: {self.fault}, {self.lasts}"


def cells(names: Iterable[str]) -> list[Cell]:
    """All of them in the long form; in the short one each scene and each fault at least once."""
    scenes, faults, lasts = list(names), list(FAULTS), list(LASTS)
    if proof_of_this_run().long:
        return [Cell(s, f, last) for s in scenes for f in faults for last in lasts]
    return [
        Cell(scenes[n % len(scenes)], faults[n % len(faults)], lasts[n // len(faults) % 2])
        for n in range(max(len(scenes), len(faults)))
    ]


def each(names: Iterable[str]) -> Callable[..., object]:
    """Run a test for each cell of these scenes."""
    return pytest.mark.parametrize("cell", cells(names), ids=str)


UNDONE = [name for name, scene in SCENES.items() if scene.undo]


@pytest.fixture
async def bench(box: Control, cell: Cell, tmp_path: Path) -> AsyncIterator[Bench]:
    path = shutil.copy(template_database(), tmp_path / "records.db")
    database = open_database(f"sqlite:///{path}")
    clock = MovedClock(box.advance)
    held = Bench(cell.scene, box, Book(database, clock.now), clock)
    yield held
    await held.aclose()
    await database.close()


@each(SCENES)
async def test_it_happens_once_or_not_at_all(bench: Bench, cell: Cell, proof: Proof) -> None:
    scene, order = cell.scene, await bench.asked()
    before = bench.trace()
    with _case(proof, cell, "done"):
        bench.break_(scene.do, FAULTS[cell.fault], LASTS[cell.lasts])

        outcome = await bench.insist("do", order)

        if FAULTS[cell.fault].refuses and scene.partly:
            assert (bool(outcome.concerns), bench.trace()) == (True, scene.partly)
        elif FAULTS[cell.fault].refuses or _lapsed(outcome, cell):
            assert (outcome.status, bench.trace()) == ("refused", before)
        elif not _for_a_person(outcome, scene.unasked):
            assert (outcome.status, bench.trace()) == ("applied", scene.done)
        else:
            assert bench.trace() in (before, scene.done)
        assert not (FAULTS[cell.fault].readable and bench.lost_answers)


@each(UNDONE)
async def test_it_is_taken_back_once_or_stands(bench: Bench, cell: Cell, proof: Proof) -> None:
    scene, order = cell.scene, await bench.asked()
    done = await bench.insist("do", order)
    assert (done.status, bench.trace()) == ("applied", scene.done)
    assert scene.undo is not None
    with _case(proof, cell, "taken back"):
        bench.break_(scene.undo, FAULTS[cell.fault], LASTS[cell.lasts])

        outcome = await bench.insist("undo", order)

        if FAULTS[cell.fault].refuses:
            assert (outcome.status, bench.trace()) == ("manual", scene.done)
        elif not _for_a_person(outcome, scene.unseen):
            assert (outcome.status, bench.trace()) == ("reversed", scene.back)
        else:
            assert bench.trace() in (scene.done, scene.back)
        assert not (FAULTS[cell.fault].readable and bench.lost_answers)


@each(UNDONE)
async def test_what_was_given_up_in_doubt_leaves_nothing(
    bench: Bench, cell: Cell, proof: Proof
) -> None:
    scene, order = cell.scene, await bench.asked()
    before = bench.trace()
    with _case(proof, cell, "given up"):
        bench.break_(scene.do, FAULTS[cell.fault], LASTS[cell.lasts])
        await bench.once("do", order)

        outcome = await bench.insist("undo", order)

        if not _for_a_person(outcome, scene.unasked or scene.stuck):
            left = {"reversed": scene.back, "refused": before}
            assert bench.trace() == left[outcome.status]
        else:
            assert bench.trace() in (before, scene.done)


def _case(proof: Proof, cell: Cell, how: str) -> AbstractContextManager[None]:
    return proof.case(f"Faults at {cell.name.partition(' ')[0]}", f"{how}: {cell}")


def _lapsed(outcome: Outcome, cell: Cell) -> bool:
    """Whether it came too late: then it has not happened at all."""
    return bool(cell.scene.lapses and LASTS[cell.lasts] is None and outcome.status == "refused")


def _for_a_person(outcome: Outcome, why: str) -> bool:
    return outcome.status == "manual" and bool(why)
