"""A migrated SQLite file, made once per process and copied by each test."""

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

from tillsaga.records.migrations import upgrade


@cache
def template_database() -> Path:
    """Migrate an empty database once."""
    folder = Path(tempfile.mkdtemp(prefix="tillsaga-template-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = folder / "records.db"
    upgrade(f"sqlite:///{path}")
    return path
