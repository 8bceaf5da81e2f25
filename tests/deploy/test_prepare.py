"""What `deploy/compose/prepare.sh` makes: enough for every container, and nothing twice."""

import shutil
from pathlib import Path
from subprocess import run

import pytest

from tests.deploy.compose_file import ROOT, compose_file, example
from tillsaga.dev.stores_template import SECRETS as OF_THE_SANDBOX
from tillsaga.settings import Settings
from tillsaga.stores import load_stores

SCRIPT = "deploy/compose/prepare.sh"
MADE_LATER = {"metrics_key"}
"""An API key, which needs the records to be there: docs/containers.md says how."""


def prepare(root: Path) -> str:
    """Run the script in a copy of the repository that has what it reads."""
    for path in (SCRIPT, ".env.example", "deploy/compose/stores.yaml"):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / path, root / path)
    return run(["sh", root / SCRIPT], cwd="/", capture_output=True, text=True, check=True).stdout


@pytest.fixture
def prepared(tmp_path: Path) -> Path:
    prepare(tmp_path)
    return tmp_path


def test_every_secret_of_the_compose_file_is_made(prepared: Path) -> None:
    secrets = compose_file()["secrets"]

    made = {file.name for file in (prepared / "secrets").iterdir() if file.is_file()}
    assert {name: secret["file"] for name, secret in secrets.items()} == {
        name: f"./secrets/{name}" for name in made | MADE_LATER
    }
    assert all((prepared / "secrets" / name).read_text().strip() for name in made)


def test_nobody_else_on_the_machine_gets_at_them_and_a_container_does(prepared: Path) -> None:
    def mode(path: str) -> int:
        return (prepared / path).stat().st_mode & 0o777

    assert mode("secrets") == 0o700
    assert mode(".env") == 0o600
    # A container has them under other folders, and is another user.
    assert mode("secrets/vendors") == mode("secrets/vendors/leat") == 0o755
    made = [file for file in (prepared / "secrets").rglob("*") if file.is_file()]
    assert {file.stat().st_mode & 0o777 for file in made} == {0o444}


def test_our_processes_can_use_them(prepared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TILLSAGA_SECRETS_DIR", str(prepared / "secrets"))
    lines = (prepared / ".env").read_text().splitlines()
    token = next(line for line in lines if line.startswith("TILLSAGA_CODEC_TOKEN="))
    monkeypatch.setenv(*token.split("="))

    settings = Settings()

    assert settings.key_ring is not None
    assert settings.audit_signer is not None
    assert settings.codec_token is not None
    password = (prepared / "secrets/tillsaga_database_password").read_text().strip()
    assert settings.database_url == f"postgresql://tillsaga:{password}@postgres/tillsaga"


def test_the_stores_file_finds_its_vendors_secrets(prepared: Path) -> None:
    shutil.copytree(prepared / "secrets/vendors", prepared / "deploy/compose/secrets")

    stores = load_stores(prepared / example()["DEPLOY_STORES"], {})

    kinds = {provider.kind for store in stores.stores for provider in store.providers}
    assert kinds == {"leat", "letstrade", "wll", "loyale", "koupon"}


def test_the_vendors_secrets_are_those_of_the_sandbox(prepared: Path) -> None:
    files = (prepared / "secrets/vendors").glob("*/*")

    made = {f"{file.parent.name}_{file.name}".upper(): file.read_text() for file in files}
    assert made == {name: f"{word}\n" for name, word in OF_THE_SANDBOX.items()}


def test_what_is_there_stays(prepared: Path) -> None:
    def everything() -> dict[Path, str]:
        files = [prepared / ".env", *(prepared / "secrets").rglob("*")]
        return {file: file.read_text() for file in files if file.is_file()}

    (prepared / "secrets/vendors/leat/token").unlink()
    (prepared / "secrets/vendors/leat/token").write_text("of a real account\n")
    before = everything()

    said = prepare(prepared)

    assert everything() == before
    assert "made" not in said


def test_no_two_installations_have_the_same(prepared: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    prepare(other)

    own = {path.name: path.read_text() for path in prepared.glob("secrets/*") if path.is_file()}
    assert not any((other / "secrets" / name).read_text() == word for name, word in own.items())


def test_git_knows_none_of_it() -> None:
    ignored = run(
        ["git", "check-ignore", ".env", "secrets/postgres_password"],
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip

    assert ignored.stdout.split() == [".env", "secrets/postgres_password"]
