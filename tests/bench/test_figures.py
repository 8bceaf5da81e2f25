"""How figures, verdicts and the table come about, without any process."""

import io

import pytest
from rich.console import Console

from bench.figures import Row, Section, between, ratios, row
from bench.measures.history import BYTES
from bench.measures.open_checkouts import rows as open_rows
from bench.measures.past_checkouts import Looks
from bench.measures.past_checkouts import rows as past_rows
from bench.measures.tills import costs, scene_rows, unlike
from bench.options import FULL, QUICK, Scene, parse
from bench.reference import DBOS, FLOOR, MESSAGES, OURS, SIDES, UNDURABLE, Sale
from bench.report import show
from bench.rounds import Batch, in_turn
from bench.verdicts import MET, MISSED, UNJUDGED, WITHIN, Check, Goal
from tillsaga.demo.vendors.leat import Customer

ALONE, SLOW, BUSY = Scene(0, 1), Scene(100, 1), Scene(0, 50)
NOBODY = Customer("", "", "", "", "", "")


def batch(side: str, scene: Scene, number: int, lap: float, sales: int = 2) -> Batch:
    """A batch in which every message took equally long."""
    made = Batch(side, scene, number, seconds=lap)
    made.sales = [Sale(NOBODY, laps=dict.fromkeys(MESSAGES, lap)) for _ in range(sales)]
    made.calls.update({"voucher.lock": sales})
    return made


def played(scene: Scene, laps: dict[str, list[float]]) -> list[Batch]:
    return [
        batch(side, scene, number, lap)
        for side, rounds in laps.items()
        for number, lap in enumerate(rounds)
    ]


def verdicts(rows: list[Row]) -> dict[str, list[str]]:
    return {each.measure: [check.verdict for check in each.checks] for each in rows if each.checks}


def test_a_ratio_is_made_within_a_round() -> None:
    ours, floor = {0: [40.0, 42.0], 1: [90.0]}, {0: [10.0], 1: [30.0]}

    [check] = row("pay", {OURS: ours, FLOOR: floor}, Goal(1.5, FLOOR)).checks

    assert check.values == (4.1, 3.0)
    assert (check.middle, check.spread) == (3.55, (3.0, 4.1))


def test_a_round_without_its_partner_is_left_out() -> None:
    assert ratios({0: [4.0], 1: [9.0]}, {1: [3.0], 2: [1.0]}) == (3.0,)


def test_what_came_before_is_compared_round_by_round_with_what_came_after() -> None:
    assert between({0: [11.0], 1: [13.0]}, {0: [10.0]}) == (1.1, 1.3)


@pytest.mark.parametrize(
    ("values", "verdict"),
    [
        ((1.0, 1.5, 1.2), MET),
        ((1.51, 1.6, 9.0), MISSED),
        ((1.2, 1.3, 1.51), WITHIN),
        ((1.0, 1.1), UNJUDGED),
        ((), UNJUDGED),
    ],
)
def test_only_what_every_round_says_is_said(values: tuple[float, ...], verdict: str) -> None:
    assert Check(Goal(1.5, FLOOR), values).verdict == verdict


def test_at_least_is_judged_the_other_way_round() -> None:
    goal = Goal(0.75, FLOOR, at_least=True)

    assert Check(goal, (0.75, 0.9, 1.2)).verdict == MET
    assert Check(goal, (0.74, 0.5, 0.6)).verdict == MISSED
    assert Check(goal, (0.7, 0.8, 0.9)).verdict == WITHIN


def test_what_is_counted_needs_no_rounds() -> None:
    assert Check(BYTES, (39_999.0,), counted=True).verdict == MET
    assert Check(BYTES, (40_001.0,), counted=True).verdict == MISSED


def test_each_message_of_one_till_is_held_against_the_floor() -> None:
    laps = {OURS: [15.0] * 3, FLOOR: [10.0] * 3, UNDURABLE: [1.0] * 3, DBOS: [30.0] * 3}

    rows = scene_rows(played(ALONE, laps), ALONE)

    assert verdicts(rows) == {f"{name}, ms": [MET] for name in MESSAGES}
    assert dict(rows[0].values) == {OURS: 15.0, FLOOR: 10.0, UNDURABLE: 1.0, DBOS: 30.0}


def test_a_slow_vendor_is_held_against_the_plain_program() -> None:
    laps = {OURS: [141.0] * 3, FLOOR: [120.0] * 3, UNDURABLE: [100.0] * 3}

    found = verdicts(scene_rows(played(SLOW, laps), SLOW))

    assert found == {"reward, ms": [MISSED], "whole checkout, ms": [MISSED]}


def test_many_tills_are_held_against_the_floor_and_the_peer() -> None:
    laps = {OURS: [10.0] * 3, FLOOR: [8.0] * 3, DBOS: [9.0] * 3}

    found = verdicts(scene_rows(played(BUSY, laps), BUSY))

    assert found == {"checkouts per second": [MET, MISSED]}


def test_cpu_is_shared_out_and_judged_by_the_message() -> None:
    batches = played(ALONE, {OURS: [1.0] * 3})
    for each in batches:
        each.cpu = {"api": 60.0, "worker": 40.0, "temporal": 20.0}

    section = costs(batches)

    shown = {each.measure: each.values.get(OURS) for each in section.rows}
    assert (shown["CPU in all, ms"], shown["CPU api, ms"]) == (60.0, 30.0)
    assert shown["CPU api a message, ms"] == 5.0
    assert verdicts(list(section.rows)) == {"CPU api a message, ms": [MISSED]}


def test_a_side_that_asks_the_vendor_for_something_else_is_named() -> None:
    ours, floor = batch(OURS, ALONE, 0, 1.0), batch(FLOOR, ALONE, 0, 1.0)
    assert unlike([ours, floor]) == []

    floor.calls.update({"voucher.find": 4})

    [words] = unlike([ours, floor])
    assert words.endswith("ours asks 0.00 times, of floor 2.00 times")


def test_growth_and_patience_beside_open_checkouts_are_judged() -> None:
    before, after = {n: [10.0] for n in range(3)}, {n: [14.0] for n in range(3)}

    rows = open_rows([0.5, 0.7, 0.9], (before, before), (before, after))

    assert [each.checks[0].verdict for each in rows] == [MET, MET, MISSED]


def test_what_cannot_be_known_is_not_judged() -> None:
    series = {n: [10.0] for n in range(3)}

    memory, *_ = open_rows([None, None], (series, series), (series, series))
    *_, cpu = past_rows(Looks(series), Looks(series))

    assert [(memory.values, memory.checks[0].verdict), (cpu.values, cpu.checks[0].verdict)] == [
        ({}, UNJUDGED)
    ] * 2


def test_who_begins_takes_turns() -> None:
    orders = [in_turn([*SIDES], number) for number in range(4)]

    assert {order[0] for order in orders} == set(SIDES)
    assert all(sorted(order) == sorted(SIDES) for order in orders)


def test_the_table_has_a_line_for_each_goal() -> None:
    goals = (Goal(0.75, FLOOR, at_least=True), Goal(1.0, DBOS, at_least=True))
    sides = {OURS: {n: [9.0] for n in range(3)}, FLOOR: {n: [10.0] for n in range(3)}}
    said = io.StringIO()

    rate = row("checkouts per second", sides, *goals)
    show(Console(file=said, width=200), [Section("50 tills", [rate])], ["a note"])

    header, _, title, first, second, *below = said.getvalue().splitlines()[1:]
    assert _cells(header)[1:5] == [*SIDES]
    assert _cells(title)[0] == "50 tills"
    assert _cells(first)[1:] == ["9", "10", "", "", "0.90 (0.90 to 0.90)", "≥ 0.75 x floor", MET]
    assert _cells(second)[1:] == ["", "", "", "", "", "≥ 1 x DBOS", UNJUDGED]
    assert "a note" in below


def test_what_is_named_wins_over_quick() -> None:
    assert parse([]) == FULL
    assert parse(["--quick"]) == QUICK
    chosen = parse(["--quick", "--vendor-ms", "0,0,7", "--only", "past,tills"])
    assert (chosen.vendor_ms, chosen.only) == ((0, 7), ("tills", "past"))


@pytest.mark.parametrize(
    "wrong", [["--checkouts", "0"], ["--concurrency", "1,x"], ["--only", "tills,none"]]
)
def test_what_makes_no_sense_is_refused(wrong: list[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        parse(wrong)


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.split("|")[1:-1]]
