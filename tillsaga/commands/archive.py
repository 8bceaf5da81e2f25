"""`tillsaga archive`: what the records keep, and for how long."""

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from tillsaga.commands.trouble import Trouble

if TYPE_CHECKING:
    from tillsaga.domain.retention import Pruned, PruneOrder
    from tillsaga.settings import Settings

archive = typer.Typer(help="The archive of ended checkouts.", no_args_is_help=True)

DryRun = Annotated[bool, typer.Option("--dry-run", help="Only count the checkouts.")]
PATIENCE_SECONDS = 3600


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(archive, name="archive")


@archive.callback()
def _archive() -> None:
    """The archive of ended checkouts."""


@archive.command()
def prune(dry_run: DryRun = False) -> None:
    """Delete what its store no longer keeps, as the daily schedule does; print the counts."""
    from tillsaga.commands.loading import load_settings
    from tillsaga.domain.retention import PruneOrder

    settings = load_settings()
    typer.echo(asyncio.run(_prune(settings, PruneOrder(dry_run=dry_run))).model_dump_json())


async def _prune(settings: "Settings", order: "PruneOrder") -> "Pruned":
    from datetime import timedelta
    from uuid import uuid4

    from temporalio.client import WorkflowFailureError

    from tillsaga.codec import data_converter
    from tillsaga.commands.temporal import temporal_named
    from tillsaga.temporal import connect
    from worker.temporal import RETENTION
    from workflows.retention import RetentionWorkflow

    with temporal_named():
        client = await connect(data_converter(settings.key_ring))
        try:
            return await client.execute_workflow(
                RetentionWorkflow.run,
                order,
                id=f"{RETENTION}-by-hand-{uuid4().hex[:8]}",
                task_queue=settings.task_queue,
                execution_timeout=timedelta(seconds=PATIENCE_SECONDS),
                static_summary="what the stores no longer keep, asked for by hand",
            )
        except WorkflowFailureError as failed:
            words = f"it did not end within {PATIENCE_SECONDS} s: {failed.cause}"
            raise Trouble(words, hint="start a worker: tillsaga worker") from failed
