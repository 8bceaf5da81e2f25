"""What `tillsaga doctor` prints, and how it ends."""

import json

import pytest

from tests.cli.conftest import Cli


def test_a_newcomer_is_told_of_dev(cli: Cli) -> None:
    said = cli("doctor")

    assert said.code == 0
    first, second, *_ = said.out.splitlines()
    assert first.split()[:2] == ["warning", "installation"]
    assert second.strip().startswith("Try: tillsaga dev")
    assert said.out.splitlines()[-1] == "0 faults, 1 warnings"


def test_a_fault_ends_with_1_and_says_what_to_do(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TILLSAGA_API_PROT", "8080")

    said = cli("doctor")

    assert said.code == 1
    lines = said.out.splitlines()
    [place] = [n for n, line in enumerate(lines) if line.startswith("fault")]
    assert lines[place].split()[:2] == ["fault", "setting-names"]
    assert lines[place + 1].strip() == "Try: set TILLSAGA_API_PORT instead"


def test_programs_get_the_same_as_json(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TILLSAGA_API_PROT", "8080")

    said = cli("doctor", "--json")
    document = json.loads(said.out)

    assert said.code == 1
    assert (document["healthy"], document["faults"], document["warnings"]) == (False, 1, 1)
    [wrong] = [check for check in document["checks"] if check["level"] == "fault"]
    assert wrong == {
        "name": "setting-names",
        "level": "fault",
        "says": "no process reads TILLSAGA_API_PROT",
        "try": "set TILLSAGA_API_PORT instead",
    }
