"""What `tillsaga dev` prints for a newcomer to paste works as it is."""

import shlex
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tillsaga.demo.stage import Stage
from tillsaga.dev.stores_template import STORES
from tillsaga.dev.welcome import welcome

pytestmark = [pytest.mark.alone, pytest.mark.xdist_group("stack")]


def test_every_store_is_listed_with_its_vendors(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    welcome(stage.stack)

    said = " ".join(capsys.readouterr().out.split())
    for store in STORES:
        assert f"{store.id} ({store.currency}) {', '.join(store.vendors)}" in said


def test_the_requests_to_paste_are_answered(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    welcome(stage.stack)

    _, *commands = capsys.readouterr().out.split("curl ")
    opened, minted = (paste(f"curl {command}") for command in commands)
    assert opened.status_code == 201
    assert [member["provider"] for member in opened.json()["members"]] == ["leat"]
    assert [code[0] for code in minted.json()["customers"][0]["codes"]] == ["P", "R"]


def test_a_second_terminal_finds_what_it_needs(
    stage: Stage, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    welcome(stage.stack)
    [line] = [each for each in capsys.readouterr().out.splitlines() if "Other terminals" in each]
    read = line.partition("Other terminals")[2].strip()

    script = f'set -eu; {read}; "{sys.executable}" -m tillsaga.cli config check "$TILLSAGA_CONFIG"'
    said = subprocess.run(
        ["bash", "-c", script], env={}, cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert said.returncode == 0, said.stderr


def paste(command: str) -> httpx.Response:
    """Send what curl would send."""
    _, url, *options = shlex.split(command.split("\n\n")[0].replace("\\\n", " "))
    pairs = list(zip(options[::2], options[1::2], strict=True))
    headers = dict(value.split(": ", 1) for flag, value in pairs if flag == "-H")
    body = next(value for flag, value in pairs if flag == "-d")
    return httpx.post(url, headers=headers, content=body, timeout=20)
