"""The smallest bench runs for real, and its table has the shape that its readers rely on."""

import pytest

from bench.__main__ import run
from bench.figures import Figure, Row, row
from bench.options import FULL, QUICK, parse
from bench.reference import MESSAGES

COSTS = ["CPU api, ms", "CPU worker, ms", "CPU temporal, ms", "CPU in all, ms"]
COSTS += ["vendor calls", "history events", "history bytes"]

pytestmark = pytest.mark.xdist_group("stack")  # one stack of real processes at a time


def test_the_smallest_bench_prints_its_table(capsys: pytest.CaptureFixture[str]) -> None:
    code = run(["--checkouts", "1", "--concurrency", "1", "--vendor-ms", "0"])

    said = capsys.readouterr()
    assert code == 0, said.err
    header, _, scene, *rows = [_cells(line) for line in said.out.splitlines() if "|" in line]
    assert header == ["measure", "ours", "p95", "un-durable", "p95", "ratio"]
    assert scene[0] == "1 till, +0 ms (n=1)"
    timed = [f"{message}, ms" for message in MESSAGES]
    timed += ["whole checkout, ms", "checkouts per second", "per checkout, all scenes"]
    assert [cells[0] for cells in rows] == [*timed, *COSTS]
    compared = {cells[0]: cells[-1] for cells in rows if cells[-1]}
    assert all(float(ratio) > 0 for ratio in compared.values())
    assert {"open, ms", "pay, ms", "whole checkout, ms", "vendor calls"} <= compared.keys()


def test_the_ratio_is_made_within_a_round() -> None:
    slow_second_round = row("pay", {0: [40.0, 42.0], 1: [90.0]}, {0: [10.0], 1: [30.0]})

    assert slow_second_round == Row("pay", Figure(65.5, 90.0), Figure(20.0), 3.55)


def test_what_is_named_wins_over_quick() -> None:
    assert parse([]) == FULL
    assert parse(["--quick"]) == QUICK
    assert parse(["--quick", "--vendor-ms", "0,0,7"]).vendor_ms == (0, 7)


@pytest.mark.parametrize("wrong", [["--checkouts", "0"], ["--concurrency", "1,x"]])
def test_what_makes_no_sense_is_refused(wrong: list[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        parse(wrong)


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.split("|")[1:-1]]
