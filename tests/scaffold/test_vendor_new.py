"""`tillsaga vendor new` in a copy of the source tree, with the tools that hold the project."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.cli.conftest import Cli, cli
from tillsaga.commands.trouble import Trouble
from tillsaga.scaffold.templates import new_files
from tillsaga.scaffold.vendor import new_vendor

__all__ = ["cli"]

ROOT = Path(__file__).parents[2]
PARTS = ("activities", "api", "bench", "deploy", "docs", "tests", "tillsaga", "worker", "workflows")
FILES = ("pyproject.toml", "README.md", "LICENSE")
SKIPPED = shutil.ignore_patterns("__pycache__", "histories")
BIN = Path(sys.executable).parent
NAME = "globex"
GENERATED = (f"tests/connectors/test_{NAME}_contract.py", f"tests/workflows/test_{NAME}.py")
LISTING = (
    "tests/sandbox/test_page.py",
    "tests/settings/test_stores.py",
    "tests/settings/test_stores_errors.py",
    "tests/connectors/test_registry.py",
)
TYPED = (f"tillsaga/connectors/{NAME}", f"tillsaga/sandbox/{NAME}", GENERATED[0])
QUIET = ("pytest", "-q", "-p", "no:cacheprovider")
TOOLS = {
    "lint": ("ruff", "check", "--no-cache", "."),
    "format": ("ruff", "format", "--check", "--no-cache", "."),
    "imports": ("lint-imports", "--no-cache"),
    "types": ("mypy", "--cache-dir=.types", *TYPED, "tillsaga/connectors/registry.py"),
    "its own tests": (*QUIET, *GENERATED),
    "tests of what lists vendors": (*QUIET, *LISTING),
}
# One process makes the tree, and looks at it.
pytestmark = pytest.mark.xdist_group("scaffold")


def copied(folder: Path) -> Path:
    """Copy the source tree, but for the recorded histories."""
    for part in PARTS:
        shutil.copytree(ROOT / part, folder / part, ignore=SKIPPED)
    for file in FILES:
        shutil.copy(ROOT / file, folder / file)
    return folder


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a program of ours in a tree, as from a shell of its own."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    return subprocess.run(
        command, cwd=folder, env=ours, capture_output=True, text=True, check=False
    )


def held(folder: Path) -> dict[str, bytes]:
    """Read every file of a tree."""
    files = (file for file in folder.rglob("*") if file.is_file())
    held = {str(file.relative_to(folder)): file.read_bytes() for file in files}
    return {path: content for path, content in held.items() if "__pycache__" not in path}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return copied(tmp_path)


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tree to which the command has added a vendor."""
    folder = copied(tmp_path_factory.mktemp("grown"))
    said = run(folder, sys.executable, "-m", "tillsaga.cli", "vendor", "new", NAME)
    assert said.returncode == 0, said.stderr
    assert set(said.stdout.split()) > set(new_files(NAME))
    return folder


@pytest.mark.timeout(300)  # whole tools run within, beside other tests
@pytest.mark.parametrize("tool", TOOLS.values(), ids=TOOLS)
def test_a_new_vendor_is_well_from_the_start(grown: Path, tool: tuple[str, ...]) -> None:
    program, *arguments = tool

    done = run(grown, str(BIN / program), *arguments)

    assert done.returncode == 0, done.stdout + done.stderr


def test_connectors_may_not_know_the_new_vendor(grown: Path) -> None:
    file = grown / "tillsaga/connectors/koupon/settings.py"
    before = file.read_text()
    file.write_text(f"{before}\nfrom tillsaga.connectors.{NAME} import settings as other\n")

    done = run(grown, str(BIN / "lint-imports"), "--no-cache")

    file.write_text(before)
    assert "Connectors do not know each other BROKEN" in done.stdout


def test_a_second_time_nothing_is_changed(grown: Path) -> None:
    before = held(grown)

    with pytest.raises(Trouble, match=f"there is a vendor {NAME} already"):
        new_vendor(grown, NAME)

    assert held(grown) == before


def test_what_a_killed_run_left_is_completed(tree: Path, grown: Path) -> None:
    whole = held(grown)
    new_vendor(tree, NAME)
    (tree / f"tillsaga/sandbox/{NAME}/world.py").unlink()
    shutil.copy(ROOT / "tillsaga/providers.py", tree / "tillsaga/providers.py")

    new_vendor(tree, NAME)

    assert {path: content for path, content in held(tree).items() if content != whole[path]} == {}


def test_what_somebody_has_written_is_not_written_over(tree: Path) -> None:
    new_vendor(tree, NAME)
    world = tree / f"tillsaga/sandbox/{NAME}/world.py"
    world.write_text("mine")
    shutil.copy(ROOT / "tillsaga/providers.py", tree / "tillsaga/providers.py")
    before = held(tree)

    with pytest.raises(Trouble, match="already"):
        new_vendor(tree, NAME)

    assert held(tree) == before


def test_when_a_file_cannot_be_written_everything_is_put_back(tree: Path) -> None:
    (tree / GENERATED[-1]).mkdir()
    before = held(tree)
    folders = {folder for folder in tree.rglob("*") if folder.is_dir()}

    with pytest.raises(Trouble, match="nothing was changed"):
        new_vendor(tree, NAME)

    assert held(tree) == before
    assert {folder for folder in tree.rglob("*") if folder.is_dir()} == folders


@pytest.mark.parametrize("taken", ["leat", "wll", "books", "config", "member", "sandbox", "client"])
def test_a_name_that_means_something_is_refused(tree: Path, taken: str) -> None:
    before = held(tree)

    with pytest.raises(Trouble) as trouble:
        new_vendor(tree, taken)

    assert trouble.value.hint == "choose another name"
    assert held(tree) == before


@pytest.mark.parametrize("change", ["gone", "unlike"])
def test_a_file_that_is_not_as_it_should_be_is_named(tree: Path, change: str) -> None:
    registry = tree / "tillsaga/providers.py"
    if change == "gone":
        registry.unlink()
    else:
        registry.write_text("KINDS = {}\n")
    before = held(tree)

    with pytest.raises(Trouble, match=r"tillsaga/providers\.py"):
        new_vendor(tree, NAME)

    assert held(tree) == before


def test_vendors_of_short_and_long_names_stand_side_by_side(tree: Path) -> None:
    for name in ("ab", "abcdefghijklmnop"):
        new_vendor(tree, name)

    for tool in ("lint", "format", "imports"):
        program, *arguments = TOOLS[tool]
        done = run(tree, str(BIN / program), *arguments)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", ["Acme", "a", "2x", "a-b", "a_b", "a" * 17, "", "class", "seed"])
def test_a_name_that_cannot_be_used_is_wrong_usage(cli: Cli, name: str) -> None:
    said = cli("vendor", "new", name)

    assert said.code == 2
    assert "cannot be named" in said.err
    assert "\nTry: " in said.err


def test_elsewhere_it_says_where_it_can_be_run(cli: Cli, tmp_path: Path) -> None:
    said = cli("vendor", "new", NAME)

    assert said.code == 1
    assert "\nTry: run it at the top of a checkout" in said.err
    assert list(tmp_path.iterdir()) == []


def test_a_wheel_has_the_templates(tree: Path) -> None:
    done = run(tree, sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", "wheels")
    assert done.returncode == 0, done.stderr

    with zipfile.ZipFile(next((tree / "wheels").iterdir())) as wheel:
        packed = [name for name in wheel.namelist() if name.startswith("tillsaga/scaffold/t")]
    assert len([name for name in packed if name.endswith(".txt")]) > len(new_files(NAME))
