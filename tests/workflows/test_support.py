"""Support's hands in the Temporal UI: terminate, reset, and payments that come too late."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from temporalio.api.command.v1 import Command, ProtocolMessageCommandAttributes
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import CommandType, EventType, ResetReapplyExcludeType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import (
    PollWorkflowTaskQueueRequest,
    ResetWorkflowExecutionRequest,
    RespondWorkflowTaskCompletedRequest,
)
from temporalio.client import Client, WorkflowUpdateStage
from temporalio.service import RPCError

from activities.sweep import SweepActivities
from tests.support.ledger import changes, expected, held
from tests.support.shop import Checkout, Shop, open_shop, payment
from tillsaga.domain import messages as m
from tillsaga.domain.messages import Context
from tillsaga.domain.view import Reply
from tillsaga.sandbox import world
from worker.wiring import Forsaken
from workflows.repair import RepairWorkflow

OWN = {
    "MARKER_RECORDED",
    "ACTIVITY_TASK_SCHEDULED",
    "TIMER_STARTED",
    "UPSERT_WORKFLOW_SEARCH_ATTRIBUTES",
    "WORKFLOW_EXECUTION_UPDATE_ACCEPTED",
    "WORKFLOW_EXECUTION_UPDATE_COMPLETED",
}
"""What a workflow does itself; whatever else happens gives it a new task."""


@pytest.fixture
async def real_shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path, skips_time=False) as opened:
        yield opened


async def gathered(shop: Shop) -> Checkout:
    checkout = await shop.open(None, world.ANN_CARD)
    await checkout.scan(world.VOUCHER_COFFEE)
    await checkout.offer(f"leat:reward:{world.REWARD_COFFEE}")
    await checkout.giftcard(world.CARD_20, 2_00)
    return checkout


async def repaired(shop: Shop, checkout: Checkout) -> str:
    """Run `Repair` as the sweep does."""
    return str(
        await shop.client.execute_workflow(
            RepairWorkflow.run,
            shop.start_for(checkout.id),
            id=f"repair-{checkout.id}",
            task_queue=shop.queue,
        )
    )


async def archived(shop: Shop, checkout: Checkout) -> dict[str, Any]:
    bill = await shop.wiring.checkouts.find(checkout.id)
    assert bill is not None
    assert bill.ended_at is not None
    assert bill.view is not None
    return dict(bill.view)


async def test_a_terminated_open_checkout_is_given_back_by_repair(real_shop: Shop) -> None:
    before = await real_shop.books()
    checkout = await gathered(real_shop)
    await checkout.handle.terminate("by mistake")

    assert await repaired(real_shop, checkout) == "cancelled"
    after = await real_shop.books()
    assert changes(before, after) == {}
    assert held(after) == held(before)


async def test_a_terminated_paid_checkout_is_carried_forward(real_shop: Shop) -> None:
    before = await real_shop.books()
    checkout = await gathered(real_shop)
    due = await checkout.ready()
    await checkout.handle.terminate("by mistake")
    await real_shop.wiring.checkouts.note_payment(checkout.id, payment(due), "received")

    assert await repaired(real_shop, checkout) == "completed"
    seen = await archived(real_shop, checkout)
    assert changes(before, await real_shop.books()) == expected(
        seen, world.ANN, await real_shop.books()
    )
    assert seen["totals"]["due_amount"] == 0


async def test_a_terminated_checkout_with_an_authorised_card_waits_for_the_till(
    real_shop: Shop,
) -> None:
    checkout = await gathered(real_shop)
    due = await checkout.ready()
    await checkout.pay(due, "authorized")
    await real_shop.wiring.checkouts.note_payment(
        checkout.id, payment(due, "authorized"), "received"
    )
    await checkout.handle.terminate("by mistake")

    start = real_shop.start_for(checkout.id, resumed=True)
    handle, reply = await real_shop.with_start(start, "payment", payment(due))
    assert reply.refusal is None
    assert reply.checkout["status"] == "completed"
    assert await handle.result() == "completed"


async def test_a_payment_after_the_end_takes_the_effects_again(real_shop: Shop) -> None:
    before = await real_shop.books()
    checkout = await gathered(real_shop)
    due = await checkout.ready()
    await checkout.ok("cancel", m.Cancel(reason="customer left"))
    assert await checkout.ended() == "cancelled"
    assert changes(before, await real_shop.books()) == {}

    await real_shop.wiring.checkouts.note_payment(checkout.id, payment(due), "received")
    start = real_shop.start_for(checkout.id, resumed=True)
    handle, reply = await real_shop.with_start(start, "payment", payment(due))

    assert reply.refusal is None
    assert reply.checkout["status"] == "completed"
    assert await handle.result() == "completed"
    seen = await archived(real_shop, checkout)
    after = await real_shop.books()
    assert changes(before, after) == expected(seen, world.ANN, after)
    assert len(after["orders"]) == 1
    assert seen["totals"]["due_amount"] == 0


async def test_what_is_gone_when_a_late_payment_arrives_is_before_a_person(
    real_shop: Shop,
) -> None:
    checkout = await gathered(real_shop)
    due = await checkout.ready()
    await checkout.ok("cancel", m.Cancel(reason="customer left"))
    await checkout.ended()
    other = await real_shop.open(None, world.ANN_CARD)
    await other.scan(world.VOUCHER_COFFEE)

    start = real_shop.start_for(checkout.id, resumed=True)
    handle, reply = await real_shop.with_start(start, "payment", payment(due))

    assert reply.refusal is None
    assert await handle.result() == "completed"
    seen = await archived(real_shop, checkout)
    assert [a["code"] for a in seen["attention"]] == ["offer_lost_after_payment"]
    assert seen["totals"]["due_amount"] == 0


async def test_money_that_comes_while_a_late_sale_is_completed_is_weighed_after_it(
    real_shop: Shop,
) -> None:
    checkout = await gathered(real_shop)
    due = await checkout.ready()
    await checkout.ok("cancel", m.Cancel(reason="customer left"))
    await checkout.ended()
    await real_shop.fault("maintenance", "voucher.redeem", times=None)
    start = real_shop.start_for(checkout.id, resumed=True)
    late = asyncio.create_task(real_shop.with_start(start, "payment", payment(due - 1)))
    checkout.handle = real_shop.client.get_workflow_handle(checkout.id)
    await checkout.becomes("completing")

    part = await checkout.handle.start_update(
        "payment",
        args=[payment(1_00, reference="cash-1", final=False), Context()],
        wait_for_stage=WorkflowUpdateStage.ACCEPTED,
        result_type=Reply,
    )
    await real_shop.mend()

    handle, _ = await late
    await part.result()
    assert await handle.result() == "completed"
    seen = await archived(real_shop, checkout)
    assert [one["status"] for one in seen["payments"]] == ["unmatched", "unmatched"]
    told = [(case["code"], case["amount"]) for case in seen["attention"]]
    assert told == [("payment_unmatched", due - 1), ("payment_unmatched", 1_00)]


async def test_a_reset_of_a_completed_checkout_changes_no_book(real_shop: Shop) -> None:
    checkout = await gathered(real_shop)
    due = await checkout.ready()
    await checkout.pay(due)
    assert await checkout.ended() == "completed"
    books = await real_shop.books()
    tasks = await workflow_tasks(real_shop, checkout)
    first = await current_run(real_shop, checkout)
    assert len(tasks) > 5

    for task in tasks:
        run_id = await reset(real_shop, checkout, task, exclude_updates=False, run_id=first)
        handle = real_shop.client.get_workflow_handle(checkout.id, run_id=run_id)
        assert await handle.result() == "completed"
    assert await real_shop.books() == books
    assert (await archived(real_shop, checkout))["status"] == "completed"


@pytest.fixture
async def brief_shop(tmp_path: Path) -> AsyncIterator[Shop]:
    """A store that gives a silent till up after four seconds."""
    async with open_shop(tmp_path, skips_time=False, policy="abandon_after: 4s") as opened:
        yield opened


@pytest.mark.parametrize("authorised", [False, True])
async def test_no_silence_after_a_reset_undoes_a_paid_sale(
    brief_shop: Shop, authorised: bool
) -> None:
    checkout = await gathered(brief_shop)
    due = await checkout.ready()
    if authorised:
        await checkout.pay(due, "authorized")
        await checkout.refused("apply_offer", m.ApplyOffer(code="too late"))
    task = (await workflow_tasks(brief_shop, checkout))[-1]
    await checkout.pay(due)
    assert await checkout.ended() == "completed"
    books, first = await brief_shop.books(), await current_run(brief_shop, checkout)

    run_id = await reset(brief_shop, checkout, task, exclude_updates=True, run_id=first)
    handle = brief_shop.client.get_workflow_handle(checkout.id, run_id=run_id)

    assert await handle.result() == "completed"
    assert await brief_shop.books() == books
    assert (await archived(brief_shop, checkout))["status"] == "completed"
    assert (await brief_shop.wiring.checkouts.facts(checkout.id)).captured


async def test_a_payment_after_a_reset_of_what_was_given_up_is_a_sale(real_shop: Shop) -> None:
    before = await real_shop.books()
    checkout = await gathered(real_shop)
    task = (await workflow_tasks(real_shop, checkout))[-1]
    due = await checkout.ready()
    await checkout.ok("cancel", m.Cancel(reason="customer left"))
    assert await checkout.ended() == "cancelled"
    first = await current_run(real_shop, checkout)
    await reset(real_shop, checkout, task, exclude_updates=True, run_id=first)

    start = real_shop.start_for(checkout.id, resumed=True)
    handle, reply = await real_shop.with_start(start, "payment", payment(due))

    assert reply.refusal is None
    assert await handle.result() == "completed"
    seen, after = await archived(real_shop, checkout), await real_shop.books()
    assert changes(before, after) == expected(seen, world.ANN, after)
    assert seen["totals"]["due_amount"] == 0


async def test_a_reset_of_a_running_checkout_meets_the_same_effects(real_shop: Shop) -> None:
    checkout = await gathered(real_shop)
    await checkout.ready()
    books = await real_shop.books()
    for n in range(len(await workflow_tasks(real_shop, checkout))):
        tasks = await workflow_tasks(real_shop, checkout)
        task, run_id = tasks[min(n, len(tasks) - 1)], await current_run(real_shop, checkout)
        await reset(real_shop, checkout, task, exclude_updates=False, run_id=run_id)
        checkout.handle = real_shop.client.get_workflow_handle(checkout.id)
        await checkout.becomes("ready")
        assert await real_shop.books() == books

    seen = await checkout.seen()
    await checkout.pay(seen["totals"]["due_amount"])
    assert await checkout.ended() == "completed"


async def workflow_tasks(shop: Shop, checkout: Checkout) -> list[int]:
    """The tasks that a reset may go to, by the event of their end.

    Not those that the SDK made for the rest of another: to them a reset leaves a run that cannot
    go on, and that the sweep begins anew (docs/decisions/0057).
    """
    history = await shop.client.get_workflow_handle(checkout.id).fetch_history()
    kinds = [(event.event_id, EventType.Name(event.event_type)[11:]) for event in history.events]
    ends, cause, before = [], "", ""
    for (event_id, kind), (_, after) in pairwise([*kinds, (0, "")]):
        if kind == "WORKFLOW_TASK_SCHEDULED" and not before.startswith("WORKFLOW_TASK_"):
            cause = before
        answers_a_message = after == "WORKFLOW_EXECUTION_UPDATE_ACCEPTED"
        if kind == "WORKFLOW_TASK_COMPLETED" and (answers_a_message or cause not in OWN):
            ends.append(event_id)
        before = kind
    return ends


async def reset(
    shop: Shop, checkout: Checkout, task: int, exclude_updates: bool, run_id: str
) -> str:
    """Reset one run to one of its workflow tasks; answers the new run's id."""
    excluded = [ResetReapplyExcludeType.RESET_REAPPLY_EXCLUDE_TYPE_UPDATE]
    answer = await shop.client.workflow_service.reset_workflow_execution(
        ResetWorkflowExecutionRequest(
            namespace=shop.client.namespace,
            workflow_execution=WorkflowExecution(workflow_id=checkout.id, run_id=run_id),
            workflow_task_finish_event_id=task,
            request_id=f"{run_id}-{task}-{exclude_updates}",
            reset_reapply_exclude_types=excluded if exclude_updates else [],
        )
    )
    return answer.run_id


async def current_run(shop: Shop, checkout: Checkout) -> str:
    return (await shop.client.get_workflow_handle(checkout.id).describe()).run_id


async def test_the_sweep_repairs_what_was_terminated(
    real_shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("activities.sweep.SETTLED", timedelta(0))
    before = await real_shop.books()
    running, lost = await gathered(real_shop), await real_shop.open(None, world.BOB_CARD)
    await lost.giftcard(world.CARD_5)
    await lost.handle.terminate("by mistake")

    found = await real_shop.client.execute_workflow(
        "Sweep", id="sweep-now", task_queue=real_shop.queue, result_type=list[str]
    )
    await real_shop.client.get_workflow_handle(f"repair-{lost.id}").result()

    assert found == [lost.id]
    assert (await archived(real_shop, lost))["status"] == "cancelled"
    assert (await running.seen())["status"] == "open"
    moved = changes(before, await real_shop.books())
    assert not any(
        account.startswith("giftcards") for account in moved.keys() - expected_of(running)
    )


async def fail_tasks(shop: Shop, until: int) -> None:
    """Be a worker whose SDK has forgotten the answer to an update."""
    service, namespace = shop.client.workflow_service, shop.client.namespace
    forgotten = ProtocolMessageCommandAttributes(message_id="forgotten/request/complete")
    attempt = 0
    while attempt < until:
        task = await service.poll_workflow_task_queue(
            PollWorkflowTaskQueueRequest(
                namespace=namespace, task_queue=TaskQueue(name=shop.queue), identity="forgetful"
            )
        )
        attempt = task.attempt
        with pytest.raises(RPCError, match="absent message"):
            await service.respond_workflow_task_completed(
                RespondWorkflowTaskCompletedRequest(
                    namespace=namespace,
                    task_token=task.task_token,
                    identity="forgetful",
                    commands=[
                        Command(
                            command_type=CommandType.COMMAND_TYPE_PROTOCOL_MESSAGE,
                            protocol_message_command_attributes=forgotten,
                        )
                    ],
                )
            )


async def test_a_workflow_that_cannot_go_on_is_begun_anew_by_the_sweep(
    real_shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("activities.sweep.SETTLED", timedelta(0))
    monkeypatch.setattr("activities.sweep.HOPELESS", 3)
    before = await real_shop.books()
    running, stuck = await gathered(real_shop), await real_shop.open(None, world.BOB_CARD)
    await stuck.giftcard(world.CARD_5)
    await real_shop.workers.stop()
    await stuck.handle.signal("nobody-listens")
    await fail_tasks(real_shop, until=3)

    lost = await SweepActivities(here(real_shop), Forsaken(real_shop.wiring)).find_forsaken()

    assert [start.checkout_id for start in lost] == [stuck.id]
    await real_shop.workers.start()
    assert await repaired(real_shop, stuck) == "cancelled"
    assert (await running.seen())["status"] == "open"
    moved = changes(before, await real_shop.books())
    assert not any(
        account.startswith("giftcards") for account in moved.keys() - expected_of(running)
    )


def here(shop: Shop) -> Callable[[], Awaitable[Client]]:
    async def client() -> Client:
        return shop.client

    return client


def expected_of(checkout: Checkout) -> set[str]:
    """The accounts that a running checkout may have moved."""
    return set(expected(checkout.view, world.ANN, {}))
