"""Settings, stores and records as the commands get at them: with words a person can act upon.

The stores and the records are imported where they are needed: they take longer to load than
`tillsaga healthcheck` takes altogether.
"""

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from pydantic import ValidationError

from tillsaga.commands.trouble import ExitCode, Trouble
from tillsaga.setting_names import unknown_names, wrong_values
from tillsaga.settings import Settings

if TYPE_CHECKING:
    from tillsaga.records.database import Database
    from tillsaga.stores import StoresFile


def load_settings() -> Settings:
    """Read the environment, and say which of its names are no settings.

    Such a name stops nobody: an older version that is rolled back to must start beside the
    settings of a newer one (decision 0052).

    Raises:
        Trouble: a variable is not what it should be.
    """
    for line in misspelt():
        typer.echo(f"{line}; it is passed over", err=True)
    return checked_settings()


def checked_settings() -> Settings:
    """Read the environment.

    Raises:
        Trouble: a variable is not what it should be.
    """
    try:
        return Settings()
    except ValidationError as wrong:
        hint = "see docs/configuration.md for what each variable may be"
        words = "\n".join(wrong_values(wrong))
        raise Trouble(words, hint=hint, code=ExitCode.WRONG_USAGE) from None


def misspelt(environ: Mapping[str, str] = os.environ) -> list[str]:
    """Say of each `TILLSAGA_*` name that is no setting which one may be meant."""
    return [
        f"{name} is no setting" + (f", {nearest} is" if nearest else "")
        for name, nearest in unknown_names(environ).items()
    ]


def checked_stores(path: Path, environ: Mapping[str, str] = os.environ) -> "StoresFile":
    """Read the stores file.

    Raises:
        Trouble: with every problem of the file, each at its line.
    """
    from tillsaga.stores import StoresFileError, load_stores

    try:
        return load_stores(path, environ)
    except StoresFileError as wrong:
        hint = f"correct it, then tillsaga config check {path}"
        raise Trouble(str(wrong), hint=hint, code=ExitCode.WRONG_USAGE) from None


@asynccontextmanager
async def records(settings: Settings) -> AsyncIterator["Database"]:
    """Open the records for a short while.

    Raises:
        Trouble: there is no database, or not ours.
    """
    from tillsaga.errors import Unavailable
    from tillsaga.records.database import open_database

    _insist_on_file(settings)
    database = open_database(settings.sqlalchemy_url)
    try:
        yield database
    except Unavailable as missing:
        words = f"the records cannot be used: {missing.message}"
        raise Trouble(words, hint="tillsaga db upgrade") from None
    finally:
        await database.close()


def _insist_on_file(settings: Settings) -> None:
    """SQLite would make an empty file where a name is mistyped."""
    from sqlalchemy import make_url

    url = make_url(settings.sqlalchemy_url)
    is_file = url.get_backend_name() == "sqlite" and url.database is not None
    if is_file and not Path(url.database or "").exists():
        hint = "tillsaga db upgrade, or TILLSAGA_DATABASE_URL says where they are"
        raise Trouble(f"there are no records at {url.database}", hint=hint)
