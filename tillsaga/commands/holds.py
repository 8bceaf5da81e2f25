"""`tillsaga holds`: what checkouts hold for too long, and letting go of it."""

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from tillsaga.commands.trouble import Trouble

if TYPE_CHECKING:
    from tillsaga.domain.model import Json

holds = typer.Typer(help="What checkouts hold at vendors.", invoke_without_command=True)

OlderThan = Annotated[str | None, typer.Option(help="Only what is older: 15m, 1h.")]
Store = Annotated[str | None, typer.Option(help="Only this store's.")]
AsJson = Annotated[bool, typer.Option("--json", help="Everything, for programs.")]
HoldId = Annotated[str, typer.Argument(metavar="ID", help="As it is listed.")]
Reason = Annotated[str, typer.Option(help="Why; it is kept for the audit.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(holds, name="holds")


@holds.callback()
def show(
    context: typer.Context,
    older_than: OlderThan = None,
    store: Store = None,
    as_json: AsJson = False,
) -> None:
    """List what is held by checkouts that are not completed, oldest first."""
    if context.invoked_subcommand is not None:
        return
    from tillsaga.commands.holding import list_holds, show_holds

    found = asyncio.run(list_holds(older_than, store))
    if as_json:
        _echo({"data": [*found]})
    else:
        show_holds(found)


@holds.command()
def release(hold_id: HoldId, reason: Reason) -> None:
    """Let go of a hold as its till would; print the checkout."""
    from tillsaga.commands.holding import release_hold

    status, answer = asyncio.run(release_hold(hold_id, reason))
    if status >= 400:
        words = f"{answer.get('code')}: {answer.get('detail')}"
        raise Trouble(words, hint="tillsaga holds shows what can be released and why not")
    _echo(answer)


def _echo(document: "Json") -> None:
    import json

    typer.echo(json.dumps(document, indent=2))
