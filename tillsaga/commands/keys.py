"""`tillsaga keys`: who may call the API."""

import asyncio
from enum import StrEnum
from typing import Annotated

import typer

keys = typer.Typer(help="API keys.", no_args_is_help=True)


class Scope(StrEnum):
    """What a key may be used for."""

    POS = "pos"
    SUPPORT = "support"
    AUDIT = "audit"
    ADMIN = "admin"


Scopes = Annotated[list[Scope], typer.Option("--scope", help="What it may do; repeatable.")]
Stores = Annotated[list[str], typer.Option("--store", help="A store's id; repeatable.")]
Name = Annotated[str, typer.Option(help="What people call it.")]
Live = Annotated[bool, typer.Option("--live", help="For real shops: ts_live_ instead of ts_test_.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(keys, name="keys")


@keys.callback()
def _group() -> None:
    """API keys."""


@keys.command()
def create(scope: Scopes, store: Stores, name: Name = "unnamed", live: Live = False) -> None:
    """Make an API key; print it, and nothing else. It is never shown again."""
    typer.echo(asyncio.run(_create(scope, store, name, live)))


async def _create(scopes: list[Scope], stores: list[str], name: str, live: bool) -> str:
    from tillsaga.commands.loading import load_settings, records
    from tillsaga.records.apikeys import SqlApiKeys

    values = [scope.value for scope in dict.fromkeys(scopes)]
    async with records(load_settings()) as database:
        book = SqlApiKeys(database)
        _, secret = await book.create(name, values, list(dict.fromkeys(stores)), live=live)
    return secret
