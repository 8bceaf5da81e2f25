import base64
from collections.abc import Iterator
from datetime import time, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from tillsaga.audit_keys import AuditKeys
from tillsaga.keyring import KeyRing, new_key
from tillsaga.settings import Settings, settings


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for field in Settings.model_fields:
        monkeypatch.delenv(f"TILLSAGA_{field.upper()}", raising=False)
    settings.cache_clear()
    yield
    settings.cache_clear()


def test_an_empty_environment_serves_one_machine() -> None:
    defaults = settings()

    assert defaults.config == Path("stores.yaml")
    assert (defaults.api_host, defaults.api_port) == ("127.0.0.1", 8000)
    assert defaults.sweep_interval == timedelta(minutes=5)
    assert defaults.task_queue == "tillsaga"
    assert (defaults.deployment, defaults.build_id) == ("tillsaga", None)
    assert defaults.encryption_keys is None
    assert defaults.sqlalchemy_url == "sqlite+aiosqlite:///.tillsaga/tillsaga.db"


def test_the_environment_is_read_once_on_first_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TILLSAGA_SWEEP_INTERVAL", "1h30m")
    monkeypatch.setenv("TILLSAGA_LOG_LEVEL", "debug")
    first = settings()
    monkeypatch.setenv("TILLSAGA_SWEEP_INTERVAL", "2s")

    assert settings() is first
    assert (first.sweep_interval, first.log_level) == (timedelta(minutes=90), "DEBUG")


@pytest.mark.parametrize(("written", "seconds"), [("0s", 0), ("5s", 5), ("1m", 60)])
def test_a_drain_may_be_none_at_all(
    monkeypatch: pytest.MonkeyPatch, written: str, seconds: int
) -> None:
    assert settings().drain == timedelta()
    settings.cache_clear()
    monkeypatch.setenv("TILLSAGA_DRAIN", written)

    assert settings().drain == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("url", "driven"),
    [
        ("sqlite:///books.db", "sqlite+aiosqlite:///books.db"),
        ("sqlite:////var/lib/books.db", "sqlite+aiosqlite:////var/lib/books.db"),
        ("postgresql://u:p@db/books", "postgresql+psycopg://u:p@db/books"),
    ],
)
def test_a_database_url_gets_its_async_driver(
    monkeypatch: pytest.MonkeyPatch, url: str, driven: str
) -> None:
    monkeypatch.setenv("TILLSAGA_DATABASE_URL", url)

    assert settings().sqlalchemy_url == driven


def test_the_default_database_comes_with_the_keys_that_were_made_for_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    made, signs, own = new_key("made"), new_key("signs"), new_key("own")
    (tmp_path / "encryption-keys").write_text(f"{made}\n")
    (tmp_path / "audit-keys").write_text(f"{signs}\n")
    monkeypatch.setenv("TILLSAGA_DATA_DIR", str(tmp_path))

    as_made = Settings()
    monkeypatch.setenv("TILLSAGA_ENCRYPTION_KEYS", own)
    as_told = Settings()
    monkeypatch.setenv("TILLSAGA_DATABASE_URL", "sqlite:////var/lib/books.db")
    elsewhere = Settings()

    assert as_made.key_ring == KeyRing.parse(made)
    assert as_made.audit_signer is not None
    assert str(as_made.audit_signer.public) == str(AuditKeys(KeyRing.parse(signs)).public)
    assert as_told.key_ring == KeyRing.parse(own)
    assert as_told.audit_keys == as_made.audit_keys
    assert elsewhere.audit_signer is None


def test_a_broken_key_file_is_named_by_its_setting(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "audit-keys").write_text("nonsense")
    monkeypatch.setenv("TILLSAGA_DATA_DIR", str(tmp_path))

    with pytest.raises(ValidationError, match="audit_keys"):
        Settings()


def test_the_default_database_lives_in_the_data_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TILLSAGA_DATA_DIR", str(tmp_path))

    assert settings().sqlalchemy_url == f"sqlite+aiosqlite:///{tmp_path}/tillsaga.db"


@pytest.mark.parametrize("url", ["mysql://u:hunter2@db/books", "sqlite://hunter2.db", "hunter2"])
def test_a_wrong_database_url_is_refused_without_repeating_it(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("TILLSAGA_DATABASE_URL", url)

    with pytest.raises(ValidationError, match="must be sqlite:///PATH") as refused:
        settings()

    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    ("given", "at"), [("05:30", time(5, 30)), ("off", None), ("Off", None), ("", time(4))]
)
def test_the_night_of_reconciling_is_a_time_of_day_or_off(
    monkeypatch: pytest.MonkeyPatch, given: str, at: time | None
) -> None:
    monkeypatch.setenv("TILLSAGA_RECONCILE_AT", given)

    assert settings().reconcile_at == at


def test_a_night_without_a_time_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TILLSAGA_RECONCILE_AT", "at night")

    with pytest.raises(ValidationError, match="reconcile_at"):
        settings()


def test_secrets_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TILLSAGA_DATABASE_URL", "postgresql://u:hunter2@db/books")
    key = base64.b64encode(b"hunter2" + bytes(25)).decode()
    monkeypatch.setenv("TILLSAGA_ENCRYPTION_KEYS", f"k1:{key}")
    monkeypatch.setenv("TILLSAGA_CODEC_TOKEN", "hunter2-of-the-user-interface")

    shown = repr(settings())
    assert [secret for secret in ("hunter2", key) if secret in shown] == []


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        settings().api_port = 1  # type: ignore[misc]
