import pytest

from tests.cli.conftest import Cli
from tillsaga.dev.ports import Ports


def test_pruning_without_temporal_names_its_address(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = f"127.0.0.1:{Ports.free().temporal}"
    monkeypatch.setenv("TEMPORAL_ADDRESS", address)

    said = cli("archive", "prune", "--dry-run")

    assert said.code == 1
    assert f"Temporal does not answer at {address}\nTry: " in said.err
