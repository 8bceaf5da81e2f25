"""`tillsaga audit` without a store: what is not there, and histories that are decided otherwise."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Cli
from tillsaga.keyring import new_key

HISTORIES = sorted((Path(__file__).parent.parent / "histories").glob("*.json"))


@pytest.fixture
def history() -> dict[str, Any]:
    """The recorded history with the most events."""
    return dict(json.loads(max(HISTORIES, key=lambda path: path.stat().st_size).read_text()))


def bundle(folder: Path, history: dict[str, Any]) -> str:
    with zipfile.ZipFile(folder / "evidence.zip", "w") as written:
        written.writestr("history-1.json", json.dumps(history))
    return "evidence.zip"


def test_a_history_that_this_version_would_make_is_decided_the_same(
    cli: Cli, tmp_path: Path, history: dict[str, Any]
) -> None:
    said = cli("audit", "replay", bundle(tmp_path, history))

    assert said.code == 0, said.out
    assert "history-1.json: this version decides the same" in said.out


def test_another_versions_history_is_named_with_its_command_and_the_first_difference(
    cli: Cli, tmp_path: Path, history: dict[str, Any]
) -> None:
    scheduled = "activityTaskScheduledEventAttributes"
    [first, *_] = [e for e in history["events"] if scheduled in e]
    first[scheduled]["activityType"]["name"] = "charge_twice"
    for event in history["events"]:
        completed = event.get("workflowTaskCompletedEventAttributes")
        if completed is not None:
            completed["deploymentVersion"] = {"deploymentName": "tillsaga", "buildId": "2026.10.1"}

    said = cli("audit", "replay", bundle(tmp_path, history))

    assert said.code == 1
    assert "decides otherwise (made by 2026.10.1)" in said.out
    assert "first difference: " in said.out
    assert "TILLSAGA_BUILD_ID=2026.10.1 tillsaga audit replay evidence.zip" in said.out


def test_nothing_is_made_up(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TILLSAGA_AUDIT_KEYS", raising=False)
    monkeypatch.setenv("TILLSAGA_DATABASE_URL", f"sqlite:///{tmp_path / 'records.db'}")
    assert cli("db", "upgrade").code == 0
    (tmp_path / "nonsense").write_text("nonsense")

    unknown = cli("audit", "chk_nobody", "--verify")
    without_keys = cli("audit", "keys")
    unsigned = cli("audit", "close")
    verified = cli("audit", "verify")
    again = cli("audit", "close")
    no_roots = cli("audit", "verify", "--roots", "nonsense")
    no_keys = cli("audit", "verify", "--keys", "nonsense")
    no_bundle = cli("audit", "replay", "nonsense.zip")
    with zipfile.ZipFile(tmp_path / "empty.zip", "w") as empty:
        empty.writestr("about.json", "{}")
    forgotten = cli("audit", "replay", "empty.zip")

    assert (unknown.code, without_keys.code) == (1, 1)
    assert forgotten.code == 1
    assert "holds no history" in forgotten.err
    assert "the audit knows no checkout chk_nobody" in unknown.err
    assert "roots are unsigned" in without_keys.err
    assert "UNSIGNED: set TILLSAGA_AUDIT_KEYS" in unsigned.out
    assert "root 1 of" in verified.out
    assert "1 roots without a checked signature" in verified.out
    assert verified.code == 0
    assert "closed already" in again.err
    assert (no_roots.code, no_keys.code, no_bundle.code) == (2, 2, 2)


def test_public_keys_are_printed_and_private_ones_never(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    ring = f"{new_key('new')},{new_key('old')}"
    monkeypatch.setenv("TILLSAGA_AUDIT_KEYS", ring)

    said = cli("audit", "keys")

    assert [line.partition(":")[0] for line in said.out.splitlines()] == ["new", "old"]
    assert not set(ring.split(",")) & set(said.out.splitlines())
