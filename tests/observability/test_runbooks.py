"""What a runbook tells one to type can be typed."""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest
import typer

from tests.observability.known import named_in, ours
from tests.observability.test_alerts import ALERTS, ROOT
from tillsaga.cli import app

PAGES = sorted({ROOT / alert["annotations"]["runbook_url"] for alert in ALERTS})
BLOCK = re.compile(r"^ *```sh[^\n]*\n(.*?)^ *```", re.DOTALL | re.MULTILINE)
TEMPORAL = str(Path(sys.executable).parent / "temporal")


def typed(program: str) -> Iterator[str]:
    """List the commands of one program, out of the pages' blocks."""
    for page in PAGES:
        for line in "".join(BLOCK.findall(page.read_text())).replace("\\\n", " ").splitlines():
            command = line.partition("   #")[0].strip()
            if command.startswith(f"{program} "):
                yield command


@pytest.mark.parametrize("command", sorted({*typed("tillsaga")}))
def test_our_own_commands_take_these_arguments(command: str) -> None:
    command = command.partition(" > ")[0]
    _, *arguments = shlex.split(command)
    context: Any = typer.main.get_command(app).make_context("tillsaga", arguments)
    while rest := [*getattr(context, "_protected_args", []), *context.args]:
        name, found, left = context.command.resolve_command(context, rest)
        context = found.make_context(name, left, parent=context)

    assert not context.args


@pytest.mark.parametrize("command", sorted({*typed("temporal")}))
def test_temporals_program_has_these_commands_and_options(command: str) -> None:
    words = shlex.split(command)
    named = [*takewhile(lambda word: not word.startswith("-"), words[1:])]
    told = manual(*named)

    assert f"  temporal {' '.join(named)} [flags]" in told
    for option in (word for word in words if word.startswith("--")):
        assert f"{option} " in told, option


@cache
def manual(*command: str) -> str:
    """What the program says of a command."""
    asked = [TEMPORAL, *command, "--help"]
    return subprocess.run(asked, check=True, capture_output=True, text=True).stdout


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_metrics_that_a_page_names_are_there(page: Path) -> None:
    named = {name for name in named_in(page.read_text()) if name.startswith("tillsaga_")}

    assert named <= ours().keys()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links_lead_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text()):
        assert (page.parent / link).is_file(), link
