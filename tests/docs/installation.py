"""Where a page's commands are typed: a real installation, a copy of the source, or nothing yet."""

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from tests.docs.pages import ROOT
from tests.docs.shell import Addresses
from tillsaga.demo.sandbox import Sandbox
from tillsaga.demo.till import Till
from tillsaga.dev.api_key import api_key
from tillsaga.dev.home import Home
from tillsaga.dev.ports import HOST, Ports
from tillsaga.dev.stack import Stack
from tillsaga.dev.stores_template import (
    AMSTERDAM,
    SECRETS,
    STORES,
    TERMINAL,
    provide_stores_file,
)

SETTLE_AFTER = "1s"
_PROGRAMS = Path(sys.executable).parent
_KEPT = ("LANG", "LC_ALL", "TMPDIR", "TILLSAGA_TEMPORAL_BIN", "PYTHONDONTWRITEBYTECODE")
_SKIPPED = shutil.ignore_patterns("__pycache__", "histories", "screenshots")
_PARTS = (
    *("activities", "api", "bench", "docs", "openapi", "requirements", "tests", "tillsaga"),
    *("worker", "workflows"),
)
_FILES = ("pyproject.toml", "Makefile", "README.md", "LICENSE")


def bare_environ(home: Path) -> dict[str, str]:
    """The variables of somebody who has set none of ours."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    # Wide, so that no word is broken that a command looks for.
    path = f"{_PROGRAMS}{os.pathsep}{os.environ['PATH']}"
    return kept | {"PATH": path, "HOME": str(home), "COLUMNS": "200"}


def copied_source(folder: Path) -> None:
    """Copy the source tree, but for the recorded histories; the packages stay where they are."""
    for part in _PARTS:
        shutil.copytree(ROOT / part, folder / part, ignore=_SKIPPED)
    for file in _FILES:
        shutil.copy2(ROOT / file, folder / file)
    (folder / ".venv").symlink_to(_PROGRAMS.parent)


class Installation:
    """What `tillsaga dev` starts, on free ports: Temporal, the vendors, a worker and the API."""

    def __init__(self, folder: Path, more: Mapping[str, str] | None = None) -> None:
        """Take where it keeps its data, and variables that its processes have besides."""
        self.folder = folder
        self._home = Home(folder / ".tillsaga")
        self._more = {**(more or {})}

    def __enter__(self) -> Self:
        """Start it."""
        self._home.__enter__()
        ports = Ports.free()
        # On a busy machine a vendor that takes its time is not one that is away.
        provide_stores_file(self._home.stores_file, f"http://{HOST}:{ports.sandbox}", SETTLE_AFTER)
        patient = self._home.stores_file.read_text()
        self._home.stores_file.write_text(
            patient.replace("policy:", "policy:\n      answer_budget: 6s")
        )
        environ = bare_environ(self.folder) | self._more
        self.stack = Stack(self._home, ports, settle_after=SETTLE_AFTER, environ=environ)
        self.stack.__enter__()
        self.key = api_key(self._home, [store.id for store in STORES])
        self.sandbox = Sandbox(self.stack.sandbox_url)
        return self

    def __exit__(self, *_: object) -> None:
        """Stop it."""
        self.sandbox.close()
        self.stack.stop()
        self._home.__exit__()

    @property
    def environ(self) -> dict[str, str]:
        """The variables of somebody who runs it: where things are, and the vendors' secrets."""
        return bare_environ(self.folder) | {
            **SECRETS,
            "TILLSAGA_CONFIG": str(self._home.stores_file),
            "TILLSAGA_DATA_DIR": str(self._home.folder),
            "TILLSAGA_API_PORT": str(self.stack.ports.api),
            "TEMPORAL_ADDRESS": self.stack.temporal_address,
            "KEY": self.key,
        }

    @property
    def addresses(self) -> Addresses:
        """Where the pages' usual ports are."""
        ports = self.stack.ports
        usual = {8000: ports.api, 8001: ports.worker, 8233: ports.temporal_ui}
        return Addresses(usual | {7233: ports.temporal, 8600: ports.sandbox})

    def till(self) -> Till:
        """Man a till of the first store."""
        return Till(self.stack.api_url, self.key, AMSTERDAM, TERMINAL)
