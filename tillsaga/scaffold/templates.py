"""The files of the smallest honest vendor, Acme: its name stands for that of the new one.

They are working code, kept as `.txt` so that no tool takes them for a vendor that there is.
"""

from importlib.resources import files
from importlib.resources.abc import Traversable

STAND_IN = "acme"
SUFFIX = ".txt"
SNIPPETS = "snippets"

_TEMPLATES = files("tillsaga.scaffold") / "templates"


def renamed(text: str, name: str) -> str:
    """Let a text be about a vendor of this name.

    >>> renamed("Acme (`acme`) reads ACME_TOKEN", "globex")
    'Globex (`globex`) reads GLOBEX_TOKEN'
    """
    for stand_in, meant in _forms(name).items():
        text = text.replace(stand_in, meant)
    return text


def _forms(name: str) -> dict[str, str]:
    forms = (str.lower, str.capitalize, str.upper)
    return {form(STAND_IN): form(name) for form in forms}


def new_files(name: str) -> dict[str, str]:
    """Write the new vendor's files, by their path in the source tree."""
    return {
        renamed(path, name): renamed(text, name)
        for folder in ("tillsaga", "tests")
        for path, text in _found(_TEMPLATES / folder, folder)
    }


def snippet(file: str) -> str:
    """Read a piece that is put into a file that is there."""
    return (_TEMPLATES / SNIPPETS / f"{file}{SUFFIX}").read_text(encoding="utf-8")


def code_without_stand_in() -> str:
    """Read all the code of the templates as far as it is not about the name."""
    return "\n".join(new_files("").values())


def _found(folder: Traversable, path: str) -> list[tuple[str, str]]:
    found = []
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        inner = f"{path}/{entry.name}"
        if entry.is_dir():
            found += _found(entry, inner)
        elif entry.name.endswith(SUFFIX):
            found.append((inner.removesuffix(SUFFIX), entry.read_text(encoding="utf-8")))
    return found
