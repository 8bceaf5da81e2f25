"""`tillsaga guesses`: who tried codes that nobody knows, and ending their pause."""

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from tillsaga.commands.trouble import Trouble

if TYPE_CHECKING:
    from tillsaga.records.guesses import CallerGuesses

guesses = typer.Typer(help="Codes that no vendor knew.", invoke_without_command=True)

Stores = Annotated[list[str] | None, typer.Option("--store", help="A store's id; repeatable.")]
AsJson = Annotated[bool, typer.Option("--json", help="Everything, for programs.")]
StoreId = Annotated[str, typer.Argument(metavar="STORE", help="The store's id.")]
Caller = Annotated[str, typer.Argument(metavar="KEY", help="key_..., as it is listed.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(guesses, name="guesses")


@guesses.callback()
def show(context: typer.Context, store: Stores = None, as_json: AsJson = False) -> None:
    """List the API keys with which wrong codes were tried, the latest first."""
    if context.invoked_subcommand is not None:
        return
    found = asyncio.run(_listed(store))
    if as_json:
        import json

        typer.echo(json.dumps([one.model_dump(mode="json") for one in found], indent=2))
        return
    for one in found:
        until = f"pauses until {one.blocked_until:%Y-%m-%d %H:%M:%S}" if one.blocked_until else ""
        words = f"{one.failures} wrong since {one.since:%Y-%m-%d %H:%M}, {one.strikes} strikes"
        typer.echo(f"{one.store_id}  {one.caller}  {words}  {until}".rstrip())


@guesses.command()
def lift(store: StoreId, key: Caller) -> None:
    """Forget the wrong codes of a key at a store; it may try others at once."""
    if not asyncio.run(_lift(store, key)):
        words = f"no wrong codes are counted for {key} at {store}"
        raise Trouble(words, hint="tillsaga guesses")


async def _listed(stores: list[str] | None) -> "list[CallerGuesses]":
    from tillsaga.commands.loading import load_settings, records
    from tillsaga.records.guesses import SqlGuessBook

    async with records(load_settings()) as database:
        return await SqlGuessBook(database).list_all(stores)


async def _lift(store_id: str, caller: str) -> bool:
    from tillsaga.commands.loading import load_settings, records
    from tillsaga.records.guesses import SqlGuessBook

    async with records(load_settings()) as database:
        return await SqlGuessBook(database).lift(store_id, caller)
