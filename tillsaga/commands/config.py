"""`tillsaga config`: the stores file."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tillsaga.commands.trouble import ExitCode, Trouble

if TYPE_CHECKING:
    from tillsaga.stores import StoresFile

config = typer.Typer(help="The stores file.", no_args_is_help=True)

File = Annotated[Path, typer.Argument(help="The stores file, YAML.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(config, name="config")


@config.callback()
def _group() -> None:
    """The stores file."""


@config.command()
def check(file: File) -> None:
    """Check a stores file as a whole and name every problem at its line."""
    from tillsaga.commands.loading import checked_stores

    stores = checked_stores(file)
    if missing := _without_connector(file, stores):
        hint = "take these providers out until their connector is there"
        raise Trouble("\n".join(missing), hint=hint, code=ExitCode.WRONG_USAGE)
    providers = sum(len(store.providers) for store in stores.stores)
    typer.echo(f"{file}: well, {len(stores.stores)} stores, {providers} providers")


def _without_connector(file: Path, stores: "StoresFile") -> list[str]:
    """Name the providers of a kind that the worker cannot reach yet."""
    from tillsaga import marked_yaml
    from worker.wiring import kinds_in_use

    document = marked_yaml.read(file.read_text(encoding="utf-8"))
    reachable = kinds_in_use(stores)
    return [
        f"{file}:{mark.line}:{mark.column}: {store.id}: no connector for {provider.kind} yet"
        for number, store in enumerate(stores.stores)
        for index, provider in enumerate(store.providers)
        if provider.kind not in reachable
        for mark in [document.place(("stores", number, "providers", index, "kind"))]
    ]
