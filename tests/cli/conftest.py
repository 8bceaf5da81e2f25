import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tillsaga.cli import run


@dataclass(frozen=True)
class Said:
    code: int
    out: str
    err: str


Cli = Callable[..., Said]


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    """The command line in a fresh folder, without anything that leads elsewhere."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith(("TILLSAGA_", "TEMPORAL_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    # Wide, so that no word that a test looks for is broken.
    monkeypatch.setenv("COLUMNS", "200")

    def call(*arguments: str) -> Said:
        capsys.readouterr()
        code = run(arguments)
        return Said(code, *capsys.readouterr())

    return call
