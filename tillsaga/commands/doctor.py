"""`tillsaga doctor`: what is wrong with an installation, and what to do about it."""

import asyncio
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from tillsaga.commands.trouble import ExitCode

if TYPE_CHECKING:
    from tillsaga.doctor.finding import Found

AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]
COLOURS = {"ok": "green", "warning": "yellow", "fault": "red"}
_INDENT = " " * 9


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(doctor)


def doctor(as_json: AsJson = False) -> None:
    """Look at all that a running installation needs; say what is wrong and what to do.

    Changes nothing, here or at a vendor. Exit code 1 if there is a fault; a warning is none.
    """
    from tillsaga.logs import configure_logs

    configure_logs("WARNING")  # to stderr: what connectors say of their calls is no finding
    found = asyncio.run(_examined())
    faults = _number(found, "fault")
    if as_json:
        typer.echo(json.dumps(as_document(found), indent=2))
    else:
        _show(found)
        typer.echo(f"\n{faults} faults, {_number(found, 'warning')} warnings")
    if faults:
        raise typer.Exit(ExitCode.FAILED)


async def _examined() -> "Sequence[Found]":
    from tillsaga.doctor.installation import find_installation
    from tillsaga.doctor.report import report

    return await report(find_installation())


def _number(found: "Sequence[Found]", level: str) -> int:
    return sum(one.finding.level == level for one in found)


def as_document(found: "Sequence[Found]") -> dict[str, object]:
    """Write the findings for programs."""
    return {
        "healthy": not _number(found, "fault"),
        "faults": _number(found, "fault"),
        "warnings": _number(found, "warning"),
        "checks": [
            {
                "name": one.name,
                "level": one.finding.level,
                "says": one.finding.says,
                "try": one.finding.remedy,
            }
            for one in found
        ],
    }


def _show(found: "Sequence[Found]") -> None:
    width = max(len(one.name) for one in found)
    for one in found:
        level = typer.style(f"{one.finding.level:<7}", fg=COLOURS[one.finding.level])
        typer.echo(f"{level}  {one.name:<{width}}  {one.finding.says}")
        if one.finding.remedy:
            typer.echo(f"{_INDENT}Try: {one.finding.remedy}")
