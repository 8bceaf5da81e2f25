"""What is counted is what ran: a broken case fails its test and stands in the table."""

from pathlib import Path

import pytest

from tests.proof.__main__ import table
from tests.proof.tally import GIVEN_UP, Proof, broken, counted


def test_cases_are_counted_by_kind_and_a_broken_one_fails(tmp_path: Path) -> None:
    proof = Proof(tmp_path)
    for name in ("one", "two"):
        with proof.case("Fault matrix", name):
            pass
    with pytest.raises(AssertionError), proof.case("Crash matrix", "three"):
        raise AssertionError("three is there twice")

    proof.cases("Exploration", "all orders of four", 24)

    printed = table(counted(tmp_path), minutes=2).splitlines()

    assert [[cell.strip() for cell in row.split("|")[1:-1]] for row in printed[2:6]] == [
        ["Crash matrix", "1", "1"],
        ["Exploration", "24", "0"],
        ["Fault matrix", "2", "0"],
        ["All", "27", "1"],
    ]
    [named] = broken(tmp_path)
    assert named.startswith("Crash matrix: three\n    AssertionError: three is there twice")


@pytest.mark.parametrize("given_up", GIVEN_UP)
def test_a_case_that_hypothesis_gives_up_is_none(
    given_up: type[BaseException], tmp_path: Path
) -> None:
    proof = Proof(tmp_path)
    with pytest.raises(given_up), proof.case("Model check", "one"):
        raise given_up(1)

    assert counted(tmp_path) == {}


def test_the_short_form_counts_nothing() -> None:
    proof = Proof(None)
    with proof.case("Fault matrix", "one"):
        pass
    assert (proof.long, proof.of("short", "long")) == (False, "short")
