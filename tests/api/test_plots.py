"""The plots: pictures, tables and spreadsheets of the same numbers."""

import csv
import doctest
import io
import xml.etree.ElementTree as ET
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Any

import pytest

from api.pages import desk, desk_plots, plots
from api.pages.desk_plots import (
    WAIT_EDGES,
    Shown,
    ages_plot,
    compensations_plot,
    outcomes_plot,
    vendors_plot,
    waits_plot,
)
from api.pages.plots import BOTTOM, HEIGHT, TOP, Mark, Plot, Series, as_csv, as_svg
from tillsaga.records.figures import Compensations, Outcome, VendorCalls

PLOT = Plot(
    "n",
    "Sold & <lost>",
    "hour",
    "checkouts",
    ["10:00", "11:00"],
    [Series("paid", "good", [3, 0]), Series("lost", "bad", [1, 2])],
    [Mark(1, "500 ms")],
)


def drawn(plot: Plot) -> ET.Element:
    return ET.fromstring(as_svg(plot))


def rows(plot: Plot) -> list[tuple[Any, ...]]:
    return [*plot.rows]


def bars(plot: Plot) -> list[tuple[Any, ...]]:
    """Each bar's class, upper edge and height."""
    return [
        (bar.attrib["class"], float(bar.attrib["y"]), float(bar.attrib["height"]))
        for bar in drawn(plot).iter("rect")
    ]


def test_bars_stand_upon_each_other_to_scale() -> None:
    unit = (HEIGHT - BOTTOM - TOP) / 5  # the axis ends at 5
    floor = HEIGHT - BOTTOM
    assert bars(PLOT) == [
        ("bar good", pytest.approx(floor - 3 * unit, abs=0.1), pytest.approx(3 * unit, abs=0.1)),
        ("bar bad", pytest.approx(floor - 4 * unit, abs=0.1), pytest.approx(unit, abs=0.1)),
        ("bar bad", pytest.approx(floor - 2 * unit, abs=0.1), pytest.approx(2 * unit, abs=0.1)),
    ]


def test_a_picture_says_what_it_is_and_writes_names_as_they_are() -> None:
    picture = drawn(PLOT)
    assert picture.attrib["role"] == "img"
    assert picture.attrib["aria-label"] == "Sold & <lost>, in checkouts"
    assert [title.text for title in picture.iter("title")] == [
        "10:00: paid 3",
        "10:00: lost 1",
        "11:00: lost 2",
    ]


def test_a_picture_has_no_style_that_the_policy_forbids() -> None:
    assert "style" not in as_svg(PLOT)
    assert "href" not in as_svg(PLOT)


def test_many_bars_have_labels_that_do_not_meet() -> None:
    names = [f"{hour:02d}:00" for hour in range(48)]
    plot = Plot("n", "N", "hour", "checkouts", names, [Series("paid", "good", [1] * 48)])
    labels = [t for t in drawn(plot).iter("text") if t.text in names]
    places = [float(label.attrib["x"]) for label in labels]
    assert min(b - a for a, b in pairwise(places)) >= 44
    assert len(bars(plot)) == 48


def test_nothing_at_all_is_drawn_too() -> None:
    empty = Plot("n", "N", "vendor", "calls", [], [Series("effects", "good", [])])
    assert empty.is_empty
    assert bars(empty) == []


def test_the_spreadsheet_has_the_numbers_and_no_formulas() -> None:
    plot = Plot("n", "N", "vendor", "calls", ["=1+1", "leat"], [Series("a, b", "good", [1, 2.5])])
    read = list(csv.reader(io.StringIO(as_csv(plot))))
    assert read == [["vendor", "a, b"], ["'=1+1", "1"], ["leat", "2.5"]]


def test_the_examples_are_true() -> None:
    found = [doctest.testmod(module) for module in (desk, desk_plots, plots)]
    assert sum(one.failed for one in found) == 0
    assert all(one.attempted for one in found)


# --- what the plots are made of -------------------------------------------------------------------

AMSTERDAM = "Europe/Amsterdam"


def days(first: date, last: date) -> Shown:
    return Shown(stores=("ams-1",), store_id="", first=first, last=last, timezone=AMSTERDAM)


def at(hour: int, minute: int = 0, day: int = 1) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC)


def test_outcomes_are_counted_by_the_hours_of_the_store() -> None:
    day = days(date(2026, 3, 1), date(2026, 3, 1))
    found = [
        Outcome(at=at(10), status="completed", checkouts=2),
        Outcome(at=at(10, 45), status="completed", checkouts=1),
        Outcome(at=at(10, 45), status="ready", checkouts=4),
    ]

    plot = outcomes_plot(day, found)

    assert len(plot.categories) == 24
    assert [row for row in rows(plot) if any(row[1:])] == [("11:00", 3, 0, 0, 4)]


def test_longer_times_are_counted_by_days() -> None:
    week = days(date(2026, 3, 1), date(2026, 3, 7))
    late = Outcome(at=at(23, 15), status="cancelled", checkouts=1)  # past midnight in Amsterdam
    plot = outcomes_plot(week, [late])
    assert plot.axis == "day"
    assert [row for row in rows(plot) if any(row[1:])] == [("02 Mar", 0, 1, 0, 0)]


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25)])
def test_the_days_on_which_the_clocks_change_have_all_their_hours(day: date) -> None:
    shown = days(day, day)
    hours = (shown.span.end - shown.span.start).total_seconds() / 3600
    assert hours in (23, 25)
    moments = [datetime.fromtimestamp(shown.span.start.timestamp() + 900 * n, UTC)
               for n in range(int(hours * 4))]  # fmt: skip
    assert {shown.label(moment) for moment in moments} <= set(shown.labels)


def test_waits_fall_between_the_lines_that_tills_are_promised() -> None:
    plot = waits_plot([0.05, 0.5, 0.51, 4.9, 5.1, 60])
    found = dict((row[0], row[1]) for row in rows(plot))
    assert (found["0.1 s"], found["0.5 s"], found["0.7 s"]) == (1, 1, 1)
    assert (found["5 s"], found["7 s"], found["> 10 s"]) == (1, 1, 1)
    before = [plot.categories[mark.before - 1] for mark in plot.marks]
    assert before == ["0.5 s", "5 s"]
    assert len(plot.categories) == len(WAIT_EDGES) + 1


def test_vendors_show_what_was_asked_and_asked_again() -> None:
    leat = VendorCalls(provider="leat", effects=7, repeats=2, undone=1, refused=0, unsettled=0)
    assert vendors_plot([leat]).rows == [("leat", 7, 2)]


def test_compensations_are_a_share_of_those_that_asked_for_something() -> None:
    day = days(date(2026, 3, 1), date(2026, 3, 1))
    quarters = [
        Compensations(at=at(10), checkouts=3, compensated=1),
        Compensations(at=at(10, 15), checkouts=5, compensated=1),
    ]
    plot = compensations_plot(day, quarters)
    assert [row for row in rows(plot) if row[1]] == [("11:00", 25.0)]
    assert "2 of 8" in plot.note


def test_ages_are_counted_up_to_a_week_and_beyond() -> None:
    plot = ages_plot([10, 3600, 3601, 8 * 86_400])
    assert [row[1] for row in rows(plot)] == [2, 1, 0, 0, 0, 1]
