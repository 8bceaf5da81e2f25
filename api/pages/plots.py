"""Plots as SVG, made here: no script draws them, and each has its numbers in a table beside it.

A plot is bars over categories, one series upon the other. Colours are classes of desk.css.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil

LEFT, RIGHT, TOP, BOTTOM = 48, 12, 28, 44
HEIGHT = 260
WIDE, NARROW = 1180, 560
WIDEST_BAR = 56
PER_LABEL = 48
"""Of bars that stand closer than this every second, third ... one is labelled."""


@dataclass(frozen=True)
class Series:
    """One kind of bar; `look` is a class: good, warn, bad, busy or plain."""

    name: str
    look: str
    values: Sequence[float]


@dataclass(frozen=True)
class Mark:
    """An upright line before the category with this number."""

    before: int
    label: str


@dataclass(frozen=True)
class Plot:
    """What is shown. `axis` says what the categories are, `unit` what the values count.

    `is_wide`: it takes the page's whole width, for as many bars as a quarter of a year has days.
    """

    name: str
    title: str
    axis: str
    unit: str
    categories: Sequence[str]
    series: Sequence[Series]
    marks: Sequence[Mark] = ()
    note: str = ""
    is_wide: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to see."""
        return not any(value for one in self.series for value in one.values)

    @property
    def rows(self) -> list[tuple[str, *tuple[float, ...]]]:
        """The numbers, a row per category."""
        columns = [one.values for one in self.series]
        return [
            (name, *(column[number] for column in columns))
            for number, name in enumerate(self.categories)
        ]


def as_csv(plot: Plot) -> str:
    """Write the numbers for a spreadsheet.

    >>> print(as_csv(Plot("n", "N", "hour", "", ["10:00"], [Series("paid", "good", [2])])).strip())
    hour,paid
    10:00,2
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([plot.axis, *(one.name for one in plot.series)])
    writer.writerows([_plain(row[0]), *row[1:]] for row in plot.rows)
    return text.getvalue()


def _plain(name: str) -> str:
    """No spreadsheet takes a name for a formula."""
    return f"'{name}" if name[:1] in {"=", "+", "-", "@"} else name


def ceiling(value: float) -> int:
    """Round up to where an axis may end: 1, 2 or 5 times a power of ten.

    >>> [ceiling(value) for value in (0, 1, 3, 12, 0.3, 700)]
    [1, 1, 5, 20, 1, 1000]
    """
    power = 1
    while True:
        for step in (1, 2, 5):
            if value <= step * power:
                return step * power
        power *= 10


def as_svg(plot: Plot) -> str:
    """Draw it. The picture's name is its title; what it shows in full is the table's."""
    return "".join(_drawn(plot))


def _drawn(plot: Plot) -> Iterator[str]:
    wide, look = (WIDE, "plot wide") if plot.is_wide else (NARROW, "plot")
    name = escape(f"{plot.title}, in {plot.unit}")
    yield (
        f'<svg class="{look}" viewBox="0 0 {wide} {HEIGHT}" width="{wide}" height="{HEIGHT}" '
        f'role="img" aria-label="{name}" focusable="false">'
    )
    top = ceiling(max((sum(row[1:]) for row in plot.rows), default=0))
    yield from _scale(top, wide)
    step = (wide - LEFT - RIGHT) / max(1, len(plot.categories))
    for number, row in enumerate(plot.rows):
        yield from _bar(plot, row, LEFT + number * step, step, top)
    yield from _labels(plot.categories, step)
    for mark in plot.marks:
        yield from _line(mark, LEFT + mark.before * step)
    yield "</svg>"


def _scale(top: int, wide: int) -> Iterator[str]:
    # Half a checkout is nothing to count by.
    parts = top if top < 5 else 4 if str(top)[0] == "2" else 5
    for part in range(parts + 1):
        value = top * part / parts
        y = _y(value, top)
        yield f'<line class="grid" x1="{LEFT}" y1="{y}" x2="{wide - RIGHT}" y2="{y}"/>'
        yield f'<text x="{LEFT - 6}" y="{y + 4}" text-anchor="end">{value:g}</text>'


def _bar(
    plot: Plot, row: Sequence[float | str], x: float, step: float, top: float
) -> Iterator[str]:
    wide = min(WIDEST_BAR, step * 0.8)
    x, below = x + (step - wide) / 2, 0.0
    for one, value in zip(plot.series, row[1:], strict=True):
        if not value:
            continue
        assert not isinstance(value, str), "only the first of a row is its name"
        high = _y(below, top) - _y(below + value, top)
        yield (
            f'<rect class="bar {one.look}" x="{x:.1f}" y="{_y(below + value, top)}" '
            f'width="{wide:.1f}" height="{high:.1f}">'
            f"<title>{escape(f'{row[0]}: {one.name} {value:g}')}</title></rect>"
        )
        below += value


def _labels(categories: Sequence[str], step: float) -> Iterator[str]:
    every = ceil(PER_LABEL / step)
    for number, name in enumerate(categories):
        if number % every == 0:
            x = LEFT + (number + 0.5) * step
            yield (
                f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">'
                f"{escape(name)}</text>"
            )


def _line(mark: Mark, x: float) -> Iterator[str]:
    yield f'<line class="mark" x1="{x:.1f}" y1="{TOP - 8}" x2="{x:.1f}" y2="{HEIGHT - BOTTOM}"/>'
    yield (
        f'<text class="mark" x="{x:.1f}" y="{TOP - 12}" text-anchor="middle">'
        f"{escape(mark.label)}</text>"
    )


def _y(value: float, top: float) -> float:
    return round(HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * value / top, 1)
