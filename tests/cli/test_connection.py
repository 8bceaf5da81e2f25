"""Commands whose connection to Temporal cannot be made."""

from pathlib import Path

import pytest

from tests.cli.conftest import Cli


@pytest.mark.parametrize("command", [("api",), ("worker",), ("sweep",)])
def test_a_command_ends_with_2_where_the_profile_is_wrong(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    Path("stores.yaml").write_text(
        "stores: [{id: s, name: S, currency: EUR, timezone: Europe/Amsterdam}]"
    )
    monkeypatch.setenv("TEMPORAL_PROFILE", "stage")
    cli("db", "upgrade")

    said = cli(*command)

    assert said.code == 2
    assert "TEMPORAL_PROFILE: 'stage' is no profile of " in said.err
    assert "\nTry: correct the TEMPORAL_ variables" in said.err
