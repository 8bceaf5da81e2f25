"""`tillsaga db forget-key`: how to go on when an encryption key is lost for good."""

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from tillsaga.commands.trouble import ExitCode, Trouble

if TYPE_CHECKING:
    from tillsaga.settings import Settings

KeyId = Annotated[str, typer.Argument(metavar="KEY_ID", help="As /readyz and the logs name it.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only count the values.")]


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    from tillsaga.commands.records import db

    db.command("forget-key")(forget_key)


def forget_key(key_id: KeyId, dry_run: DryRun = False) -> None:
    """Delete the customers' values under a key that is lost for good; print how many.

    Nobody can read them any more, and no till is served while they are there. What they were for
    goes on as after an erasure: what would have to name the customer waits for a person.
    """
    from tillsaga.commands.loading import load_settings

    settings = load_settings()
    if settings.key_ring is not None and key_id in settings.key_ring.keys:
        words = f"the key {key_id} is not lost: it is in TILLSAGA_ENCRYPTION_KEYS"
        hint = "give the id that /readyz is missing; docs/encryption.md says how to turn a key"
        raise Trouble(words, hint=hint, code=ExitCode.WRONG_USAGE)
    typer.echo(asyncio.run(_forget(settings, key_id, dry_run=dry_run)))


async def _forget(settings: "Settings", key_id: str, *, dry_run: bool) -> int:
    from tillsaga.commands.loading import records
    from tillsaga.records.personal import SqlVault

    async with records(settings) as database:
        vault = SqlVault(database, settings.key_ring)
        values = await (vault.under_key(key_id) if dry_run else vault.forget_key(key_id))
    if not values:
        hint = "tillsaga worker names the missing keys at its start"
        raise Trouble(f"nothing is under a key {key_id}", hint=hint)
    return values
