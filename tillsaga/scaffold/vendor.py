"""A new vendor: connector, sandbox vendor and tests that pass, and everything that lists vendors.

All is worked out and formatted before the first file is touched.
"""

import keyword
import re
import subprocess
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from tillsaga.commands.trouble import ExitCode, Trouble
from tillsaga.scaffold.edits import EDITS, REGISTRY, edited
from tillsaga.scaffold.templates import code_without_stand_in, new_files
from tillsaga.scaffold.tree import write_all

NAME = re.compile(r"[a-z][a-z0-9]{1,15}")
RESERVED = {
    "seed": "the control plane has a route of this name",
    "sqlite": "SQLite keeps tables of this name to itself",
}
SUFFIXES = "Client|Credentials|No|Provider|Seed|Settings"
"""What the names of the vendor's classes end with."""
PLACES = ("tillsaga/connectors", "tillsaga/sandbox")
OURS = 'lint.isort.known-first-party = ["tests", "tillsaga"]'
"""Said, since most of them are not there where the new files are formatted."""
ANOTHER = "choose another name"


def new_vendor(root: Path, name: str) -> list[str]:
    """Add a vendor to the source tree at `root`; answers the paths that were written.

    What a killed run left behind is completed; nothing that somebody has edited is written over.

    Raises:
        Trouble: this is no source tree, or the name cannot be used; nothing was changed.
    """
    _insist_on_name(name)
    held = _texts(root)
    made = new_files(name)
    planned = _tidied(made | edited(held, name), held["pyproject.toml"])
    there = {path: (root / path).read_text("utf-8") for path in made if (root / path).is_file()}
    changes = {path: text for path, text in planned.items() if (held | there).get(path) != text}
    _insist_on_free(root, name, [*(there.keys() & changes.keys())], changes, held)
    write_all(root, changes)
    return sorted(changes)


def _insist_on_name(name: str) -> None:
    if not NAME.fullmatch(name):
        hint = "2 to 16 lower-case letters and digits, a letter first, such as acme"
        raise Trouble(f"a vendor cannot be named {name!r}", hint=hint, code=ExitCode.WRONG_USAGE)
    reason = RESERVED.get(name) or ("it is a word of Python" if keyword.iskeyword(name) else None)
    if reason:
        words = f"a vendor cannot be named {name!r}: {reason}"
        raise Trouble(words, hint=ANOTHER, code=ExitCode.WRONG_USAGE)


def _texts(root: Path) -> dict[str, str]:
    if not (root / REGISTRY).is_file():
        hint = "run it at the top of a checkout of Tillsaga"
        raise Trouble(f"there is no source tree of Tillsaga in {root}", hint=hint)
    paths = dict.fromkeys(edit.path for edit in EDITS)
    missing = sorted(path for path in paths if not (root / path).is_file())
    if missing:
        words = f"the source tree lacks {', '.join(missing)}"
        raise Trouble(words, hint=f"git checkout -- {' '.join(missing)}")
    return {path: (root / path).read_text("utf-8") for path in paths}


def _insist_on_free(
    root: Path,
    name: str,
    changed: list[str],
    changes: Mapping[str, str],
    held: Mapping[str, str],
) -> None:
    """Refuse a name that a vendor has, or that means something else in the code."""
    if changed or not changes:
        raise Trouble(f"there is a vendor {name} already", hint=ANOTHER)
    folders = [root / place / name for place in PLACES]
    if any(folder.is_dir() for folder in folders):
        return  # begun, and as it was left
    modules = [folder.with_suffix(".py") for folder in folders]
    code = "\n".join([code_without_stand_in(), *(held[path] for path in held if _is_code(path))])
    used = re.search(rf"\b(_?{name}|{name.capitalize()}({SUFFIXES})?)\b", code)
    if used or any(module.exists() for module in modules):
        raise Trouble(f"{name} means something else in the code", hint=ANOTHER)


def _is_code(path: str) -> bool:
    return path.endswith(".py")


def _tidied(texts: Mapping[str, str], project: str) -> dict[str, str]:
    """Sort imports and format as the project does; how lines break depends on the name."""
    if find_spec("ruff") is None:
        raise Trouble("ruff, which formats the new files, is not installed", hint="make setup")
    with TemporaryDirectory(prefix="tillsaga-vendor-") as folder:
        stage = Path(folder)
        for path, text in (dict(texts) | {"pyproject.toml": project}).items():
            (stage / path).parent.mkdir(parents=True, exist_ok=True)
            (stage / path).write_text(text, encoding="utf-8")
        _ruff(stage, "check", "--select", "I", "--fix", "--config", OURS)
        _ruff(stage, "format")
        tidy = {path: (stage / path).read_text("utf-8") for path in texts if _is_code(path)}
    return dict(texts) | tidy


def _ruff(folder: Path, *arguments: str) -> None:
    command = [sys.executable, "-m", "ruff", *arguments, "--no-cache", "--quiet", "."]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        words = f"the new files cannot be formatted:\n{done.stdout}{done.stderr}".rstrip()
        raise Trouble(words, hint="make check: is the source tree well?")
