"""The table at the end."""

from collections.abc import Sequence

from rich.box import MARKDOWN, SIMPLE
from rich.console import Console
from rich.table import Table

from bench.figures import Figure, Row, cost_rows, latency_rows
from bench.options import Scene
from bench.rig import OURS, UNDURABLE
from bench.rounds import Batch

COLUMNS = ("ours", "p95", "un-durable", "p95", "ratio")
READING = "Only the ratios mean something elsewhere; docs/performance.md says how to read this."


def show(
    console: Console,
    batches: Sequence[Batch],
    scenes: Sequence[Scene],
    history: tuple[int, int] | None,
) -> None:
    """Print the table; as Markdown when nobody watches."""
    table = Table(box=SIMPLE if console.is_terminal else MARKDOWN)
    table.add_column("measure", no_wrap=True)
    for column in COLUMNS:
        table.add_column(column, justify="right", no_wrap=True)
    for scene in scenes:
        _add(table, _title(batches, scene), latency_rows(batches, scene))
    _add(table, "per checkout, all scenes", cost_rows(batches, history))
    console.print(table)
    for line in [*unlike(batches), READING]:
        console.print(line, soft_wrap=True, highlight=False)


def unlike(batches: Sequence[Batch]) -> list[str]:
    """Say where the two sides did not ask the vendor for the same."""
    sides = {name: [b for b in batches if b.side == name] for name in (OURS, UNDURABLE)}
    asked = {name: {op for b in side for op in b.calls} for name, side in sides.items()}
    found = []
    for operation in sorted(asked[OURS] | asked[UNDURABLE]):
        ours, theirs = (sum(b.calls[operation] for b in side) for side in sides.values())
        if ours != theirs:
            found.append(f"not like for like: {operation}: ours {ours}, un-durable {theirs} calls")
    return found


def _title(batches: Sequence[Batch], scene: Scene) -> str:
    number = sum(len(b.sales) for b in batches if b.scene == scene and b.side == OURS)
    return f"{scene.title} (n={number})"


def _add(table: Table, title: str, rows: Sequence[Row]) -> None:
    table.add_row(f"[bold]{title}[/]", *[""] * len(COLUMNS))
    for each in rows:
        ratio = "" if each.ratio is None else f"{each.ratio:.2f}"
        table.add_row(f"  {each.measure}", *_cells(each.ours), *_cells(each.undurable), ratio)
    if table.box is SIMPLE:
        table.add_section()


def _cells(figure: Figure | None) -> tuple[str, str]:
    if figure is None:
        return "n/a", ""
    return _number(figure.median), "" if figure.p95 is None else _number(figure.p95)


def _number(value: float) -> str:
    """Write three digits or more.

    >>> [_number(each) for each in (1234.5, 123.4, 12.34)]
    ['1,234', '123', '12.3']
    """
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.1f}"
