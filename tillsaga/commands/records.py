"""`tillsaga checkout`, `sweep` and `db`: for support and operators."""

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from tillsaga.commands.trouble import Trouble

if TYPE_CHECKING:
    from tillsaga.settings import Settings

checkout = typer.Typer(help="Checkouts, from the records.", no_args_is_help=True)
db = typer.Typer(help="The records' database.", no_args_is_help=True)

CheckoutId = Annotated[str, typer.Argument(metavar="ID", help="chk_...")]
AsJson = Annotated[bool, typer.Option("--json", help="Everything, for programs.")]
SWEEP_SECONDS = 60


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(checkout, name="checkout")
    app.command()(sweep)
    app.add_typer(db, name="db")


@checkout.callback()
def _checkout() -> None:
    """Checkouts, from the records."""


@checkout.command()
def show(checkout_id: CheckoutId, as_json: AsJson = False) -> None:
    """Show a checkout, its effects and its payments, whatever became of its workflow."""
    from tillsaga.commands.loading import load_settings
    from tillsaga.commands.showing import as_document, read_checkout, show_checkout

    known = asyncio.run(read_checkout(load_settings(), checkout_id))
    if known is None:
        hint = "check the id; TILLSAGA_DATABASE_URL says where the records are"
        raise Trouble(f"the records know no checkout {checkout_id}", hint=hint)
    if as_json:
        typer.echo(as_document(known))
    else:
        show_checkout(known)


def sweep() -> None:
    """Look once for checkouts whose workflow is gone; print the ids of those being repaired."""
    from tillsaga.commands.loading import load_settings

    repaired = asyncio.run(_sweep(load_settings()))
    for checkout_id in repaired:
        typer.echo(checkout_id)
    typer.echo(f"{len(repaired)} checkouts are being repaired", err=True)


async def _sweep(settings: "Settings") -> list[str]:
    from datetime import timedelta
    from uuid import uuid4

    from temporalio.client import WorkflowFailureError

    from tillsaga.codec import data_converter
    from tillsaga.commands.temporal import temporal_named
    from tillsaga.temporal import connect
    from worker.temporal import SWEEP
    from workflows.repair import SweepWorkflow

    with temporal_named():
        client = await connect(data_converter(settings.key_ring))
        try:
            return await client.execute_workflow(
                SweepWorkflow.run,
                id=f"{SWEEP}-by-hand-{uuid4().hex[:8]}",
                task_queue=settings.task_queue,
                execution_timeout=timedelta(seconds=SWEEP_SECONDS),
                static_summary="checkouts without a workflow, asked for by hand",
            )
        except WorkflowFailureError as failed:
            words = f"the sweep did not end within {SWEEP_SECONDS} s: {failed.cause}"
            raise Trouble(words, hint="start a worker: tillsaga worker") from failed


@db.callback()
def _db() -> None:
    """The records' database."""


@db.command()
def upgrade() -> None:
    """Bring the database up to date; harmless where it is."""
    from sqlalchemy.exc import SQLAlchemyError

    from tillsaga.commands.loading import load_settings
    from tillsaga.records import migrations

    settings = load_settings()
    if settings.database_url is None:
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        migrations.upgrade(settings.sqlalchemy_url)
    except SQLAlchemyError as refused:
        # Without the statement and its values, which SQLAlchemy adds to its own text.
        reason = str(getattr(refused, "orig", None) or type(refused).__name__)
        hint = "check TILLSAGA_DATABASE_URL"
        raise Trouble(f"the database refuses: {reason}", hint=hint) from None
    typer.echo("the database is up to date")
