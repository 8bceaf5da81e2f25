"""Settings that stand in files, as containers get their secrets."""

from pathlib import Path

import pytest
from pydantic import ValidationError

import tillsaga.settings
from tillsaga.keyring import KeyRing, new_key
from tillsaga.settings import Settings


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for field in Settings.model_fields:
        monkeypatch.delenv(f"TILLSAGA_{field.upper()}", raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def secrets(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    folder = tmp_path / "secrets"
    folder.mkdir()
    monkeypatch.setenv("TILLSAGA_SECRETS_DIR", str(folder))
    return folder


def test_a_setting_is_taken_from_the_file_of_its_name(secrets: Path) -> None:
    key = new_key("k1")
    (secrets / "tillsaga_encryption_keys").write_text(f"{key}\n")
    (secrets / "TILLSAGA_DATABASE_URL").write_text("postgresql://u:p@db/books\n")
    (secrets / "postgres_password").write_text("not ours")

    settings = Settings()

    assert settings.key_ring == KeyRing.parse(key)
    assert settings.sqlalchemy_url == "postgresql+psycopg://u:p@db/books"


def test_a_variable_wins_over_a_file(monkeypatch: pytest.MonkeyPatch, secrets: Path) -> None:
    (secrets / "tillsaga_log_level").write_text("debug")
    (secrets / "tillsaga_task_queue").write_text("of-the-file")
    monkeypatch.setenv("TILLSAGA_TASK_QUEUE", "of-the-variable")

    settings = Settings()

    assert (settings.log_level, settings.task_queue) == ("DEBUG", "of-the-variable")


def test_a_secret_wins_over_the_keys_of_a_data_folder(
    monkeypatch: pytest.MonkeyPatch, secrets: Path, tmp_path: Path
) -> None:
    made, own = new_key("made"), new_key("own")
    (tmp_path / "encryption-keys").write_text(made)
    (secrets / "tillsaga_encryption_keys").write_text(own)
    monkeypatch.setenv("TILLSAGA_DATA_DIR", str(tmp_path))

    assert Settings().key_ring == KeyRing.parse(own)


def test_a_database_in_a_file_is_not_the_data_folders(
    monkeypatch: pytest.MonkeyPatch, secrets: Path, tmp_path: Path
) -> None:
    (tmp_path / "encryption-keys").write_text(new_key("made"))
    (secrets / "tillsaga_database_url").write_text("postgresql://u:p@db/books")
    monkeypatch.setenv("TILLSAGA_DATA_DIR", str(tmp_path))

    assert Settings().key_ring is None


def test_containers_have_a_folder_that_need_not_be_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tillsaga.settings, "SECRETS_DIR", tmp_path)
    (tmp_path / "tillsaga_task_queue").write_text("checkout")

    assert Settings().task_queue == "checkout"


def test_without_such_a_folder_nothing_is_missed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tillsaga.settings, "SECRETS_DIR", tmp_path / "none")

    assert Settings().task_queue == "tillsaga"


def test_a_named_folder_must_be_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TILLSAGA_SECRETS_DIR", str(tmp_path / "none"))

    with pytest.raises(ValidationError, match=r"none cannot be read by user \d+: No such"):
        Settings()


def test_a_file_that_cannot_be_read_is_named_with_the_reader(
    monkeypatch: pytest.MonkeyPatch, secrets: Path
) -> None:
    file = secrets / "tillsaga_encryption_keys"
    file.write_text("k1:hunter2")

    def refused(self: Path, *_: object) -> str:
        raise PermissionError(13, "Permission denied", str(self))

    # A file's mode keeps nothing from root, as whom tests may run.
    monkeypatch.setattr(Path, "read_text", refused)

    with pytest.raises(ValidationError, match=rf"{file} cannot be read by user \d+: Permission"):
        Settings()


def test_an_empty_file_is_a_mistake_and_not_a_setting_left_out(secrets: Path) -> None:
    (secrets / "tillsaga_encryption_keys").touch()

    with pytest.raises(ValidationError, match="encryption_keys"):
        Settings()


def test_a_wrong_secret_is_not_repeated(secrets: Path) -> None:
    (secrets / "tillsaga_database_url").write_text("mysql://u:hunter2@db/books")

    with pytest.raises(ValidationError, match="database_url") as refused:
        Settings()

    assert "hunter2" not in str(refused.value)
