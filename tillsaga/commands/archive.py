"""`tillsaga archive`: what the records keep, and for how long."""

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tillsaga.commands.trouble import Trouble

if TYPE_CHECKING:
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
    from tillsaga.domain.retention import PruneOrder
    from worker.temporal import RETENTION
    from workflows.retention import RetentionWorkflow

    order = PruneOrder(dry_run=dry_run)
    _print(RetentionWorkflow.run, [order], RETENTION, "what the stores no longer keep")


@archive.command()
def histories() -> None:
    """Keep Temporal's histories of what has ended, as the hourly schedule does; print the counts.

    Before a long standstill, say: Temporal deletes them some days after their end.
    """
    from worker.temporal import HISTORIES
    from workflows.histories import KeepHistoriesWorkflow

    _print(KeepHistoriesWorkflow.run, [], HISTORIES, "histories of what has ended")


def _print(workflow: Any, arguments: list[Any], name: str, summary: str) -> None:
    """Run what a schedule runs, and print what comes of it."""
    from tillsaga.commands.loading import load_settings

    found = asyncio.run(_run(load_settings(), workflow, arguments, name, summary))
    typer.echo(found.model_dump_json())


async def _run(
    settings: "Settings", workflow: Any, arguments: list[Any], name: str, summary: str
) -> Any:
    from uuid import uuid4

    from temporalio.client import WorkflowFailureError

    from tillsaga.codec import data_converter
    from tillsaga.commands.temporal import temporal_named
    from tillsaga.temporal import connect

    with temporal_named():
        client = await connect(data_converter(settings.key_ring))
        try:
            return await client.execute_workflow(
                workflow,
                args=arguments,
                id=f"{name}-by-hand-{uuid4().hex[:8]}",
                task_queue=settings.task_queue,
                execution_timeout=timedelta(seconds=PATIENCE_SECONDS),
                static_summary=f"{summary}, asked for by hand",
            )
        except WorkflowFailureError as failed:
            words = f"it did not end within {PATIENCE_SECONDS} s: {failed.cause}"
            raise Trouble(words, hint="start a worker: tillsaga worker") from failed
