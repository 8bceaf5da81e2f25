import re
from pathlib import Path

import pytest

from tests.cli.conftest import Cli, Said
from tillsaga.keyring import new_key
from tillsaga.setting_names import variable
from tillsaga.settings import Settings

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
    assert said.out.endswith("\nstores.yaml: well, 1 stores, 1 providers\n")
    assert cli("config", "check").out == said.out


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


def in_force(said: Said) -> dict[str, list[str]]:
    """Each setting's value and where it comes from, by its variable."""
    rows = [re.split(r"\s{2,}", line) for line in said.out.splitlines()]
    return {row[0]: row[1:] for row in rows if len(row) == 3}


def test_each_setting_is_shown_with_where_it_comes_from(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(GOOD)
    monkeypatch.setenv("TILLSAGA_API_PORT", "8080")
    monkeypatch.setenv("TILLSAGA_SWEEP_INTERVAL", "90m")
    monkeypatch.setenv("TEMPORAL_ADDRESS", "temporal.internal:7233")
    kept = Path(".tillsaga/audit-keys")
    kept.parent.mkdir()
    kept.write_text(new_key("a1"))
    Path("secrets").mkdir()
    Path("secrets/tillsaga_codec_token").write_text("hunter2-of-the-user-interface")
    Path("secrets/TILLSAGA_API_PORT").write_text("9999")
    monkeypatch.setenv("TILLSAGA_SECRETS_DIR", "secrets")

    rows = in_force(cli("config", "check"))

    assert set(rows) == {
        *(variable(field) for field in Settings.model_fields),
        *(f"TEMPORAL_{name}" for name in ("ADDRESS", "NAMESPACE", "API_KEY", "TLS")),
    }
    assert rows["TILLSAGA_API_PORT"] == ["8080", "environment"]
    assert rows["TILLSAGA_SWEEP_INTERVAL"] == ["1h30m", "environment"]
    assert rows["TILLSAGA_RECONCILE_AT"] == ["04:00", "default"]
    token = Path("secrets/tillsaga_codec_token")
    assert rows["TILLSAGA_CODEC_TOKEN"] == ["set, not shown", f"secret file {token}"]
    assert rows["TILLSAGA_AUDIT_KEYS"] == ["set, not shown", f"file {kept}"]
    assert rows["TILLSAGA_ENCRYPTION_KEYS"] == ["none", "default"]
    assert rows["TEMPORAL_ADDRESS"] == ["temporal.internal:7233", "environment"]
    assert rows["TEMPORAL_NAMESPACE"] == ["default", "default"]


def test_no_secret_is_shown(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    write(GOOD)
    key = new_key("k1")
    monkeypatch.setenv("LEAT_TOKEN", "hunter2-token")
    monkeypatch.setenv("TILLSAGA_ENCRYPTION_KEYS", key)
    monkeypatch.setenv("TILLSAGA_CODEC_TOKEN", "hunter2-of-the-user-interface")
    monkeypatch.setenv("TEMPORAL_API_KEY", "hunter2-api-key")
    database = "postgresql://tills:hunter2@db.internal/tills?password=hunter2"
    monkeypatch.setenv("TILLSAGA_DATABASE_URL", database)

    said = cli("config", "check")

    assert said.code == 0
    told = in_force(said)
    assert told["TILLSAGA_DATABASE_URL"][0] == "postgresql://tills:***@db.internal/tills"
    assert told["TEMPORAL_API_KEY"] == ["set, not shown", "environment"]
    assert told["TEMPORAL_TLS"] == ["on", "default"]
    secrets = ("hunter2", key.partition(":")[2])
    assert [secret for secret in secrets if secret in said.out + said.err] == []


def test_a_name_that_is_no_setting_is_told_with_the_nearest(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(GOOD.replace("EUR", "EURO"))
    monkeypatch.setenv("TILLSAGA_API_PROT", "hunter2")
    monkeypatch.setenv("TILLSAGA_LOG_LEVEL", "LOUD")
    monkeypatch.setenv("TEMPORAL_PROFILE", "stage")

    said = cli("config", "check", "stores.yaml")

    assert said.code == 2
    assert "TILLSAGA_API_PROT is no setting, TILLSAGA_API_PORT is\nTry: correct" in said.err
    assert "TILLSAGA_LOG_LEVEL: " in said.err
    assert "TEMPORAL_PROFILE: 'stage' is no profile" in said.err
    assert "stores.yaml:4:15: " in said.err
    assert "hunter2" not in said.err


def test_a_name_that_is_no_setting_stops_no_process(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TILLSAGA_API_PROT", "8080")
    monkeypatch.setenv("tillsaga_of_a_later_version", "1")
    monkeypatch.setenv("TILLSAGA_TEMPORAL_BIN", "/usr/bin/temporal")

    said = cli("db", "upgrade")

    assert said.code == 0
    assert said.err.splitlines() == [
        "TILLSAGA_API_PROT is no setting, TILLSAGA_API_PORT is; it is passed over",
        "tillsaga_of_a_later_version is no setting; it is passed over",
    ]


def test_a_worker_refuses_a_wrong_file_before_it_connects(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TILLSAGA_CONFIG", write(GOOD.replace("EUR", "EURO")))

    said = cli("worker")

    assert said.code == 2
    assert "stores.yaml:4:15: " in said.err
