"""Changing files of a source tree: all of them, or none."""

import os
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from tillsaga.commands.trouble import Trouble


def write_all(root: Path, texts: Mapping[str, str]) -> None:
    """Write the files; if anything is in the way, everything is put back.

    Raises:
        Trouble: a file cannot be written.
    """
    before = {path: _bytes(root / path) for path in texts}
    folders: list[Path] = []
    try:
        for path, text in texts.items():
            folders += _make(root, (root / path).parent)
            _replace(root / path, text.encode())
    except BaseException as failed:
        _put_back(root, before, folders)
        if not isinstance(failed, OSError):
            raise
        words = f"{path} cannot be written ({failed.strerror}); nothing was changed"
        raise Trouble(words, hint="see to it, then do it again") from failed


def _bytes(file: Path) -> bytes | None:
    return file.read_bytes() if file.is_file() else None


def _make(root: Path, folder: Path) -> list[Path]:
    if folder == root or folder.is_dir():
        return []
    made = _make(root, folder.parent)
    folder.mkdir()
    return [*made, folder]


def _replace(file: Path, content: bytes) -> None:
    """Write beside it, then rename: nobody ever sees half of the file."""
    beside = file.with_name(f".{file.name}.new")
    try:
        beside.write_bytes(content)
        if file.exists():
            shutil.copymode(file, beside)
        os.replace(beside, file)
    finally:
        beside.unlink(missing_ok=True)


def _put_back(root: Path, before: Mapping[str, bytes | None], folders: list[Path]) -> None:
    for path, content in before.items():
        if _bytes(root / path) == content:
            continue
        if content is None:
            (root / path).unlink()
        else:
            _replace(root / path, content)
    # A folder in which somebody has put something meanwhile stays.
    for folder in reversed(folders):
        with suppress(OSError):
            folder.rmdir()
