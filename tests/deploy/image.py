"""What is in our image, found out without building one: the context, the wheel, the environment."""

import re
import shutil
import sys
from fnmatch import fnmatch
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path, PurePosixPath
from subprocess import run

from tests.deploy.compose_file import ROOT

DOCKERFILE = (ROOT / "Dockerfile").read_text().replace("\\\n", "")
BUILD = "pip wheel --no-deps --no-build-isolation --wheel-dir dist ."
"""How the Dockerfile makes the wheel."""

LOCKED = re.compile(r"(?m)^([a-z0-9._-]+)(?:\[[a-z,]+\])?==")
OURS = {"activities", "api", "tillsaga", "worker", "workflows"}
GUARD = """\
import sys
from importlib.abc import MetaPathFinder


class OnlyWhatTheImageHas(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {absent!r}:
            raise ModuleNotFoundError(f"{{name}} is not in the image", name=name)


sys.meta_path.insert(0, OnlyWhatTheImageHas())
"""


def locked(lock: str) -> set[str]:
    """The packages of a lock."""
    return set(LOCKED.findall((ROOT / "requirements" / lock).read_text()))


def environment() -> dict[str, str]:
    """What the image itself sets, but for the path."""
    final = DOCKERFILE.split("\nFROM ")[-1]
    pairs = re.findall(r"(?m)^ENV +(.*)$", final)[0].split()
    return {name: value for name, value in (pair.split("=", 1) for pair in pairs) if name != "PATH"}


def is_sent(path: str) -> bool:
    """Whether .dockerignore lets a file into the build: the last pattern that fits decides."""
    sent = True
    for line in (ROOT / ".dockerignore").read_text().splitlines():
        pattern = line.removeprefix("!")
        if line and not line.startswith("#") and _fits(path, pattern):
            sent = line.startswith("!")
    return sent


def _fits(path: str, pattern: str) -> bool:
    """A pattern fits a file or a folder above it; `**/` stands for any folders."""
    parts = PurePosixPath(path)
    above = [str(parts), *(str(parent) for parent in parts.parents if parent.name)]
    if pattern.startswith("**/"):
        return any(fnmatch(PurePosixPath(each).name, pattern[3:]) for each in above)
    return any(fnmatch(each, pattern) and each.count("/") == pattern.count("/") for each in above)


def context(folder: Path) -> Path:
    """Copy what a build would be sent of the files that git knows."""
    listed = run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    for path in filter(is_sent, listed.stdout.splitlines()):
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / path, target)
    return folder


def wheel(folder: Path) -> Path:
    """Make our wheel as the Dockerfile does, from what a build would be sent."""
    command = [sys.executable, "-m", *BUILD.split(), "--quiet", "--disable-pip-version-check"]
    run(command, cwd=context(folder), check=True)
    (made,) = (folder / "dist").glob("*.whl")
    return made


def unpacked(folder: Path) -> Path:
    """Make a folder for PYTHONPATH that has our packages as they are in the image.

    What only developers have installed cannot be imported beside it.
    """
    shutil.unpack_archive(wheel(folder / "build"), folder / "packages", "zip")
    guard = folder / "packages" / "sitecustomize.py"
    guard.write_text(GUARD.format(absent=developers_modules()))
    # As the Dockerfile does: without bytecode every start, and every health check, takes seconds.
    compiler = [sys.executable, "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash"]
    run([*compiler, folder / "packages"], check=True)
    return folder / "packages"


@cache
def developers_modules() -> list[str]:
    """The modules that no package of the image brings."""
    shipped = locked("runtime.txt")
    brought = {
        module: {name.lower().replace("_", "-") for name in names}
        for module, names in packages_distributions().items()
    }
    return sorted(m for m, names in brought.items() if not names & (shipped | {"tillsaga"}))
