"""Repair: checkouts whose workflow was terminated, carried on or given back from the records."""

from contextlib import suppress
from datetime import timedelta

from temporalio import workflow
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError

with workflow.unsafe.imports_passed_through():
    from activities.sweep import SweepActivities
    from activities.webhooks import WebhookActivities
    from tillsaga.domain.view import StartCheckout

from workflows import queues
from workflows.checkout import CheckoutWorkflow


@workflow.defn(name="Sweep")
class SweepWorkflow:
    """Find ended workflows with an open end and start `Repair` for each. Runs on a schedule."""

    @workflow.run
    async def run(self) -> list[str]:
        """Answer the ids of the checkouts that are being repaired."""
        forsaken = await workflow.execute_activity_method(
            SweepActivities.find_forsaken,
            start_to_close_timeout=timedelta(minutes=2),
            retry_policy=queues.RECORDS,
        )
        for start in forsaken:
            with suppress(WorkflowAlreadyStartedError):
                await workflow.start_child_workflow(
                    RepairWorkflow.run,
                    start,
                    id=f"repair-{start.checkout_id}",
                    id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
                    parent_close_policy=workflow.ParentClosePolicy.ABANDON,
                    static_summary=f"repair of {start.checkout_id}, {start.terms.store_id}",
                )
        if workflow.patched("webhooks"):
            await workflow.execute_activity_method(
                WebhookActivities.wake_all,
                start_to_close_timeout=timedelta(minutes=10),
                retry_policy=queues.RECORDS,
            )
        return [start.checkout_id for start in forsaken]


@workflow.defn(name="Repair")
class RepairWorkflow:
    """Start the checkout's workflow again from the records; it knows what to do."""

    @workflow.run
    async def run(self, start: StartCheckout) -> str:
        """Answer the checkout's final status, or `running` if somebody was faster."""
        try:
            status: str = await workflow.execute_child_workflow(
                CheckoutWorkflow.run,
                start.model_copy(update={"resumed": True}),
                id=start.checkout_id,
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
                parent_close_policy=workflow.ParentClosePolicy.ABANDON,
                task_timeout=timedelta(seconds=3),
                static_summary=f"{start.terms.store_id} · {start.terminal_id} · repaired",
            )
        except WorkflowAlreadyStartedError:
            return "running"
        return status
