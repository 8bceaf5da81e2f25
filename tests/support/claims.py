"""Claims as a till makes them, and what they left behind."""

import uuid
from dataclasses import dataclass
from typing import Any

from temporalio.client import WithStartWorkflowOperation, WorkflowHandle
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy

from tests.support.shop import TASK, Checkout, Shop
from tillsaga.domain.view import Reply
from tillsaga.sandbox import world

POINTS = 11
"""What a sale of 11.50 earns at Leat."""
ANNS = {f"points:{world.ANN}": POINTS}
BOBS = {f"points:{world.BOB}": POINTS}
ORDER = "order.create_and_process"
DOWN: dict[str, Any] = {"kind": "maintenance", "times": None}


@dataclass(frozen=True)
class Said:
    """The answer to a claim; without a `code` it was granted."""

    status: int
    checkout: Any
    code: str | None
    errors: tuple[dict[str, str], ...] = ()


async def sold(shop: Shop, *cards: str, basket: dict[str, Any] | None = None) -> Checkout:
    """A sale that is complete and archived."""
    checkout = await shop.open(basket, *cards)
    await checkout.pay(await checkout.ready())
    assert await checkout.ended() == "completed"
    return checkout


async def claim(shop: Shop, checkout: Checkout, card: str = world.ANN_CARD, **more: Any) -> Said:
    """Claim the points of a sale."""
    return await say(shop, checkout, {"type": "card", "value": card} | more)


async def say(
    shop: Shop, checkout: Checkout, message: dict[str, Any], context: dict[str, Any] | None = None
) -> Said:
    """Speak as the door does: Update-with-Start, whether a claim ran before or runs now."""
    operation: WithStartWorkflowOperation[Any, Any] = WithStartWorkflowOperation(
        "Claim",
        shop.start_for(checkout.id),
        id=f"claim-{checkout.id}",
        task_queue=shop.queue,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
        task_timeout=TASK,
    )
    reply = await shop.client.execute_update_with_start_workflow(
        "claim",
        args=[message, context],
        start_workflow_operation=operation,
        id=uuid.uuid4().hex,
        result_type=Reply,
    )
    no = reply.refusal
    return Said(reply.status, reply.checkout, no.code if no else None, no.errors if no else ())


def run_of(shop: Shop, checkout: Checkout) -> WorkflowHandle[Any, Any]:
    """The workflow that takes a checkout's claims."""
    return shop.client.get_workflow_handle(f"claim-{checkout.id}")


async def archived(shop: Shop, checkout: Checkout) -> Any:
    """The checkout as everybody reads it after its end."""
    bill = await shop.wiring.checkouts.find(checkout.id)
    assert bill is not None
    return bill.view


async def receipt(shop: Shop, checkout: Checkout) -> Any:
    """The receipt as it would be printed now."""
    state = (await shop.wiring.checkouts.facts(checkout.id)).state
    assert state is not None
    return state["receipt"]
