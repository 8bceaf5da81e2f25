"""`tillsaga vendor`: for who adds a vendor to the source tree."""

from pathlib import Path
from typing import Annotated

import typer

vendor = typer.Typer(help="Vendors, in a source tree.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="Lower-case letters and digits, such as acme.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(vendor, name="vendor")


@vendor.callback()
def _group() -> None:
    """Vendors, in a source tree."""


@vendor.command()
def new(name: Name) -> None:
    """Add a vendor: connector, sandbox vendor and tests that pass; run it in a checkout.

    The new vendor finds members by card, and its sales earn points. All of it works: put the
    real vendor's wire in its place. docs/adding-a-vendor.md walks through it.
    """
    from tillsaga.scaffold.vendor import new_vendor

    for path in new_vendor(Path.cwd(), name):
        typer.echo(path)
    typer.echo(f"\nTry: pytest tests/connectors/test_{name}_contract.py", err=True)
    typer.echo("Then: docs/adding-a-vendor.md", err=True)
