"""The records as the workflow uses them: local activities, one row or one read each."""

from typing import Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.attention import AttentionActivities
    from activities.records import NotePayment, RecordActivities, SaveCheckout
    from tillsaga.domain.checkout import Checkout
    from tillsaga.domain.effects import effect_key
    from tillsaga.domain.messages import PaymentReport
    from tillsaga.domain.model import Json
    from tillsaga.domain.ports import Facts
    from tillsaga.domain.receipt import receipt
    from tillsaga.domain.view import view

from workflows import queues
from workflows.journal import Journal


async def read_facts(checkout_id: str) -> Facts:
    """Read what is known of the checkout outside this run's history."""
    return await workflow.execute_local_activity_method(
        RecordActivities.read_facts,
        checkout_id,
        start_to_close_timeout=queues.RECORD,
        retry_policy=queues.RECORDS,
    )


async def note_payment(checkout_id: str, report: PaymentReport, verdict: str) -> bool:
    """Write a payment fact before it is acknowledged; answers whether there was an end before."""
    ended = await workflow.execute_local_activity_method(
        RecordActivities.note_payment,
        NotePayment(checkout_id=checkout_id, report=report, verdict=verdict),
        start_to_close_timeout=queues.RECORD,
        retry_policy=queues.RECORDS,
    )
    return bool(ended)  # histories of before have no answer here


async def end_claims(checkout_id: str) -> None:
    """End the claims of a sale whose report has to wait for a vendor."""
    await workflow.execute_local_activity_method(
        RecordActivities.end_claims,
        checkout_id,
        start_to_close_timeout=queues.RECORD,
        retry_policy=queues.RECORDS,
    )


async def reopen_effect(checkout_id: str, effect_id: str) -> bool:
    """Put an effect that waits for a person back in doubt; False: another checkout has it now."""
    return await workflow.execute_local_activity_method(
        AttentionActivities.reopen,
        effect_key(checkout_id, effect_id),
        start_to_close_timeout=queues.RECORD,
        retry_policy=queues.RECORDS,
    )


async def end_settled_claim(checkout_id: str, effect_id: str) -> None:
    """End the claim of an effect that a person has settled."""
    await workflow.execute_local_activity_method(
        AttentionActivities.end_claim,
        effect_key(checkout_id, effect_id),
        start_to_close_timeout=queues.RECORD,
        retry_policy=queues.RECORDS,
    )


async def save(checkout: Checkout, journal: Journal, *, before_end: bool) -> None:
    """Save the state to go on from; `journal` goes into the audit.

    `before_end`: only as long as the records know of no end.
    """
    state = checkout.model_dump(mode="json")
    await _save(checkout, journal, state, ended=False, before_end=before_end)


async def archive(checkout: Checkout, journal: Journal, *, before_end: bool) -> bool:
    """Archive the checkout with its receipt, unless it overlooks an effect that may stand.

    A run that was terminated, or left behind by a reset, may have begun it since. Then the answer
    is False, and nothing has ended yet.
    """
    state = {**checkout.model_dump(mode="json"), "receipt": receipt(checkout)}
    keys = tuple(effect_key(checkout.id, effect.id) for effect in checkout.effects)
    knows = keys if before_end else None
    more: dict[str, Any] = {"ended": True, "before_end": before_end, "knows": knows}
    return not await _save(checkout, journal, state, **more)


async def _save(checkout: Checkout, journal: Journal, state: Json, **more: Any) -> list[str]:
    heard = journal.unwritten()
    order = SaveCheckout(
        checkout_id=checkout.id, state=state, view=view(checkout), heard=heard, **more
    )
    overlooked = await workflow.execute_local_activity_method(
        RecordActivities.save,
        order,
        start_to_close_timeout=queues.RECORD,
        retry_policy=queues.RECORDS,
    )
    journal.forget(heard)
    return overlooked or []  # histories of before have no answer here
