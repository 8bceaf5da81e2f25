"""`tillsaga config`: the stores file, and which settings are in force."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tillsaga.commands.trouble import ExitCode, Trouble

if TYPE_CHECKING:
    from tillsaga.in_force import InForce

config = typer.Typer(help="Settings and the stores file.", no_args_is_help=True)

File = Annotated[Path | None, typer.Argument(help="The stores file; default: TILLSAGA_CONFIG.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(config, name="config")


@config.callback()
def _group() -> None:
    """Settings and the stores file."""


@config.command()
def check(file: File = None) -> None:
    """Check settings and stores file as a whole; say what is in force and where it comes from.

    Every problem of the file is named at its line. Secrets are never shown.
    """
    from tillsaga.commands.loading import checked_settings, checked_stores, misspelt
    from tillsaga.commands.temporal import temporal_named
    from tillsaga.in_force import connection_in_force, settings_in_force
    from tillsaga.temporal import connection

    problems = [Trouble(line, hint="correct the name, or unset it") for line in misspelt()]
    with _noted(problems):
        settings = checked_settings()
        file = file or settings.config
        _show(settings_in_force(settings))
    with _noted(problems), temporal_named():
        _show(connection_in_force(connection()))
    with _noted(problems):
        if file is not None:
            stores = checked_stores(file).stores
            providers = sum(len(store.providers) for store in stores)
            typer.echo(f"{file}: well, {len(stores)} stores, {providers} providers")
    if problems:
        raise Trouble("\n".join(map(str, problems)), code=ExitCode.WRONG_USAGE)


@contextmanager
def _noted(problems: list[Trouble]) -> Iterator[None]:
    """Go on after a problem, so that one run tells of all."""
    try:
        yield
    except Trouble as trouble:
        problems.append(trouble)


def _show(rows: "Sequence[InForce]") -> None:
    """Write a row per setting; its columns stay in place at any width."""
    widths = [max(len(cell) for cell in column) for column in zip(*map(_cells, rows), strict=True)]
    for row in rows:
        cells = zip(_cells(row), widths, strict=True)
        typer.echo("  ".join(cell.ljust(width) for cell, width in cells).rstrip())


def _cells(row: "InForce") -> tuple[str, str, str]:
    return row.name, row.value, row.source
