"""`tillsaga config`: the stores file."""

from pathlib import Path
from typing import Annotated

import typer

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
    providers = sum(len(store.providers) for store in stores.stores)
    typer.echo(f"{file}: well, {len(stores.stores)} stores, {providers} providers")
