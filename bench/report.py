"""The table at the end."""

from collections.abc import Iterable

from rich.box import MARKDOWN, SIMPLE
from rich.console import Console
from rich.table import Table

from bench.figures import Row, Section
from bench.reference import SIDES
from bench.verdicts import Check

COLUMNS = (*SIDES, "ratio", "goal", "met or not")
READING = "Only ratios mean something elsewhere; docs/performance.md says how to read this."
WIDE = 200
"""Wider than the table: who reads it from a file can scroll."""


def console() -> Console:
    """Write to standard output; lines are not broken where nobody watches."""
    seen = Console()
    return seen if seen.is_terminal else Console(width=WIDE)


def show(console: Console, sections: Iterable[Section], notes: Iterable[str]) -> None:
    """Print the table, as Markdown when nobody watches, and the notes below it."""
    table = Table(box=SIMPLE if console.is_terminal else MARKDOWN)
    table.add_column("measure", no_wrap=True)
    for column in COLUMNS:
        table.add_column(column, justify="right", no_wrap=True)
    for section in sections:
        table.add_row(f"[bold]{section.title}[/]", *[""] * len(COLUMNS))
        for row in section.rows:
            for line in _lines(row):
                table.add_row(*line)
        if table.box is SIMPLE:
            table.add_section()
    console.print(table)
    for note in [*notes, READING]:
        console.print(note, soft_wrap=True, highlight=False)


def _lines(row: Row) -> Iterable[tuple[str, ...]]:
    """Write a row; each goal after the first has a line of its own."""
    values = [number(row.values[side]) if side in row.values else "" for side in SIDES]
    if not row.checks:
        ratio = "" if row.ratio is None else f"{row.ratio:.2f} x {row.yardstick}"
        yield (f"  {row.measure}", *values, ratio, "", "")
    for check in row.checks:
        yield (f"  {row.measure}", *values, _ratio(check), str(check.goal), check.verdict)
        values = [""] * len(SIDES)


def _ratio(check: Check) -> str:
    """Write the ratio with the least and the most of the rounds."""
    if not check.goal.yardstick or check.middle is None or check.spread is None:
        return ""
    least, most = check.spread
    return f"{check.middle:.2f} ({least:.2f} to {most:.2f})"


def number(value: float) -> str:
    """Write three digits or more.

    >>> [number(each) for each in (1234.5, 123.4, 12.34, 0.543)]
    ['1,234', '123', '12.3', '0.54']
    """
    if value >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"
