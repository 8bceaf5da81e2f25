from pathlib import Path

import pytest

from tests.cli.conftest import Cli

GOOD = """\
stores:
  - id: ams-1
    name: Amsterdam Centraal
    currency: EUR
    timezone: Europe/Amsterdam
    providers:
      - name: leat
        kind: leat
        base_url: http://127.0.0.1:8600/leat
        credentials: {token: "env:LEAT_TOKEN"}
        settings: {shop_uuid: s-1}
"""


@pytest.fixture(autouse=True)
def _secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEAT_TOKEN", "secret")


def write(text: str) -> str:
    Path("stores.yaml").write_text(text)
    return "stores.yaml"


def test_a_good_file_is_well(cli: Cli) -> None:
    said = cli("config", "check", write(GOOD))

    assert said.code == 0
    assert said.out == "stores.yaml: well, 1 stores, 1 providers\n"


def test_every_problem_is_named_at_its_line(cli: Cli) -> None:
    text = GOOD.replace("EUR", "EURO").replace("env:LEAT_TOKEN", "env:NOWHERE")

    said = cli("config", "check", write(text))

    assert said.code == 2
    assert "stores.yaml:4:15: " in said.err
    assert "stores.yaml:10:30: " in said.err
    assert said.err.splitlines()[-1].startswith("Try: ")


def test_a_missing_file_is_a_problem_of_the_file(cli: Cli) -> None:
    said = cli("config", "check", "nowhere.yaml")

    assert said.code == 2
    assert "nowhere.yaml:1:1: cannot be read" in said.err


def test_a_worker_refuses_a_wrong_file_before_it_connects(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TILLSAGA_CONFIG", write(GOOD.replace("EUR", "EURO")))

    said = cli("worker")

    assert said.code == 2
    assert "stores.yaml:4:15: " in said.err
