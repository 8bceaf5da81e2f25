"""`tillsaga reconcile`: a store's day against the vendors' books."""

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from tillsaga.commands.trouble import ExitCode, Trouble

if TYPE_CHECKING:
    from datetime import date

    from tillsaga.domain.reconcile import Reconciled
    from tillsaga.settings import Settings
    from tillsaga.stores import Store

StoreId = Annotated[str, typer.Option("--store", metavar="S", help="The store's id.")]
Day = Annotated[
    datetime,
    typer.Option("--date", formats=["%Y-%m-%d"], help="A business day, by the store's clocks."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Everything, for programs.")]
MOST_MINUTES = 65


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(reconcile)


def reconcile(store: StoreId, date: Day, as_json: AsJson = False) -> None:
    """Compare a day with the vendors' books: 0 all agrees, 1 it does not or is not known."""
    from tillsaga.commands.loading import checked_stores, load_settings
    from tillsaga.commands.reconciled import as_document, show

    settings = load_settings()
    known = checked_stores(settings.config).store(store)
    if known is None:
        hint = f"see {settings.config}; TILLSAGA_CONFIG says where the stores are"
        raise Trouble(f"there is no store {store}", hint=hint, code=ExitCode.WRONG_USAGE)
    day = _begun(date.date(), known)
    results = asyncio.run(_reconcile(settings, store, day))
    if as_json:
        typer.echo(as_document(results))
    else:
        show(results)
    if any(result.different or _unknown(result) for result in results):
        raise typer.Exit(ExitCode.FAILED)


def _begun(day: "date", store: "Store") -> "date":
    from tillsaga.domain.reconcile import BusinessDay

    if day > BusinessDay.of(datetime.now(UTC), store.timezone).date:
        hint = "give a day that has begun"
        raise Trouble(f"{day} is to come", hint=hint, code=ExitCode.WRONG_USAGE)
    return day


def _unknown(result: "Reconciled") -> bool:
    return any(each.again for each in result.unreadable)


async def _reconcile(settings: "Settings", store_id: str, day: "date") -> "list[Reconciled]":
    from datetime import timedelta
    from uuid import uuid4

    from temporalio.client import WorkflowFailureError

    from tillsaga.codec import data_converter
    from tillsaga.commands.loading import records
    from tillsaga.commands.temporal import temporal_named
    from tillsaga.domain.reconcile_orders import ReconcileOrder
    from tillsaga.records.reconciliations import SqlReconciliationBook
    from tillsaga.temporal import connect
    from worker.nightly import RECONCILE
    from workflows.reconcile import ReconcileWorkflow

    with temporal_named():
        client = await connect(data_converter(settings.key_ring))
        try:
            await client.execute_workflow(
                ReconcileWorkflow.run,
                ReconcileOrder(store_id=store_id, day=day),
                id=f"{RECONCILE}-{store_id}-{day}-{uuid4().hex[:8]}",
                task_queue=settings.task_queue,
                execution_timeout=timedelta(minutes=MOST_MINUTES),
                static_summary=f"{store_id}, {day}, asked for by hand",
            )
        except WorkflowFailureError as failed:
            words = f"{store_id}'s {day} could not be compared: {failed.cause}"
            raise Trouble(words, hint="look at the worker's log") from failed
    async with records(settings) as database:
        return await SqlReconciliationBook(database).read(store_id, day)
