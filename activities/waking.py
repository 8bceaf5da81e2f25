"""Messages to checkouts that may have ended: an Update, which wakes one up if need be."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from temporalio import activity
from temporalio.client import Client, WithStartWorkflowOperation
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError

from tillsaga.domain.messages import Context, ResolveAttention
from tillsaga.domain.model import Json, Model
from tillsaga.domain.view import StartCheckout
from tillsaga.errors import Unavailable

TASK_TIMEOUT = timedelta(seconds=3)

Starts = Callable[[str], Awaitable[StartCheckout | None]]
"""How to start a checkout from the records; None: nobody has opened it."""


class Word(Model):
    """A message of support to one checkout. The same `update_id` gets the first answer."""

    checkout_id: str
    message: ResolveAttention
    update_id: str


class WakingActivities:
    """Speaks to checkouts as the door does."""

    def __init__(self, client: Callable[[], Awaitable[Client]], starts: Starts) -> None:
        """Take a way to Temporal, and how to start a checkout again."""
        self._client = client
        self._starts = starts

    @activity.defn(name="tell_checkout")
    async def tell(self, word: Word) -> Json | None:
        """Answer what the checkout said; None if there is no such checkout."""
        start = await self._starts(word.checkout_id)
        if start is None:
            return None
        client = await self._client()
        operation: WithStartWorkflowOperation[object, str] = WithStartWorkflowOperation(
            "Attention",
            start,
            id=word.checkout_id,
            task_queue=activity.info().task_queue,
            task_timeout=TASK_TIMEOUT,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            static_summary=f"{start.terms.store_id} · {start.terminal_id} · attention",
        )
        try:
            reply: Json = await client.execute_update_with_start_workflow(
                "resolve_attention",
                args=[word.message, Context()],
                start_workflow_operation=operation,
                id=word.update_id,
                result_type=dict,
            )
        except (RPCError, WorkflowAlreadyStartedError) as failed:
            raise Unavailable("the checkout could not be told") from failed
        return reply
