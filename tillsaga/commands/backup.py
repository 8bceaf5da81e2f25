"""`tillsaga backup` and `restore`: what one machine keeps, copied and put back."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tillsaga.commands.trouble import ExitCode, Trouble

if TYPE_CHECKING:
    from tillsaga.settings import Settings

NewFolder = Annotated[Path, typer.Argument(metavar="FOLDER", help="A new or empty folder.")]
Folder = Annotated[Path, typer.Argument(metavar="FOLDER", help="What tillsaga backup has written.")]
MadeAt = Annotated[
    datetime,
    typer.Option(
        "--made-at",
        formats=["%Y-%m-%dT%H:%M:%SZ"],
        help="When the backup was begun, in UTC: 2026-03-01T10:00:00Z.",
    ),
]


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    from tillsaga.commands.records import db

    app.command()(backup)
    app.command()(restore)
    db.command()(restored)


def backup(folder: NewFolder) -> None:
    """Copy the records and Temporal's file of this machine, while everything runs."""
    from tillsaga.commands.loading import load_settings
    from tillsaga.dev.backup import back_up

    settings = load_settings()
    _insist_on_one_machine(settings)
    manifest = back_up(settings.data_dir, folder)
    typer.echo(f"{folder}: everything until {manifest.made_at:%Y-%m-%dT%H:%M:%SZ}")


def restore(folder: Folder) -> None:
    """Put a backup into the data folder, which must have none of its files."""
    from tillsaga.commands.loading import load_settings
    from tillsaga.dev.backup import restore as put_back
    from tillsaga.dev.home import Home

    settings = load_settings()
    _insist_on_one_machine(settings)
    manifest = put_back(folder, Home(settings.data_dir))
    typer.echo(f"{settings.data_dir}: restored, as of {manifest.made_at:%Y-%m-%dT%H:%M:%SZ}")
    typer.echo("Start it: the vendors' books are compared first, then tills are served.", err=True)


def restored(made_at: MadeAt) -> None:
    """Let records know that they were restored (pg_restore), before anything is started."""
    from sqlalchemy.exc import SQLAlchemyError

    from tillsaga.commands.loading import load_settings
    from tillsaga.dev.backup import mark_restored

    moment = made_at.replace(tzinfo=UTC)
    if moment > datetime.now(UTC):
        raise Trouble(f"{moment} is to come", hint="give UTC", code=ExitCode.WRONG_USAGE)
    settings = load_settings()
    try:
        asyncio.run(mark_restored(settings.sqlalchemy_url, moment))
    except SQLAlchemyError as refused:
        reason = str(getattr(refused, "orig", None) or type(refused).__name__)
        words, hint = f"the database refuses: {reason}", "check TILLSAGA_DATABASE_URL"
        raise Trouble(words, hint=hint) from None
    typer.echo("the records know that they were restored")


def _insist_on_one_machine(settings: "Settings") -> None:
    """The records of more than one machine have tools of their own, and so has their Temporal."""
    if settings.sqlalchemy_url.startswith("postgresql"):
        hint = (
            'pg_dump --format=custom --file=tillsaga.dump "$TILLSAGA_DATABASE_URL", and after '
            "pg_restore: tillsaga db restored --made-at TIME; see docs/backup.md"
        )
        raise Trouble("the records are in PostgreSQL, which has its own tools", hint=hint)
    own = settings.data_dir.absolute() / "tillsaga.db"
    if settings.database_url and settings.database_url != f"sqlite:///{own}":
        hint = "unset TILLSAGA_DATABASE_URL, and set TILLSAGA_DATA_DIR"
        raise Trouble("the records are not in the data folder", hint=hint)
