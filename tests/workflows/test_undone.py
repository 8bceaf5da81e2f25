"""Everything is given back when the customer does not pay; the books say so."""

from typing import Any

import pytest
from temporalio.client import WorkflowFailureError, WorkflowUpdateStage
from temporalio.exceptions import CancelledError

from tests.support.shop import Checkout, Shop, payment
from tillsaga.domain import messages as m
from tillsaga.sandbox import world


async def with_everything(shop: Shop) -> Checkout:
    """A checkout that holds a voucher, a reward, a gift card and prepaid credit."""
    checkout = await shop.open(None, world.ANN_CARD)
    await checkout.scan(world.VOUCHER_COFFEE)
    await checkout.offer(f"leat:reward:{world.REWARD_COFFEE}")
    await checkout.giftcard(world.CARD_20, 3_00)
    await checkout.prepaid(1_00)
    return checkout


def standing(books: Any) -> Any:
    """What a customer or a store would miss: balances and vouchers, not the moves between."""
    return {
        "cards": {uuid: card["balance"] for uuid, card in books["giftcards"].items()},
        "prepaid": {uuid: held["balance"] for uuid, held in books["prepaid"].items()},
        "points": {uuid: held["balance"] for uuid, held in books["points"].items()},
        "vouchers": {uuid: held["status"] for uuid, held in books["vouchers"].items()},
        "orders": len(books["orders"]),
    }


async def test_a_final_decline_takes_everything_back(shop: Shop) -> None:
    before = standing(await shop.books())
    checkout = await with_everything(shop)
    due = await checkout.ready()

    seen = await checkout.pay(due, "declined", final=True)

    assert seen["status"] == "cancelled"
    assert seen["attention"] == []
    assert await checkout.ended() == "cancelled"
    assert standing(await shop.books()) == before


async def test_a_declined_card_may_be_tried_again(shop: Shop) -> None:
    checkout = await with_everything(shop)
    due = await checkout.ready()

    await checkout.pay(due, "declined", reference="first")
    seen = await checkout.pay(due, reference="second")

    assert seen["status"] == "completed"
    assert [p["status"] for p in seen["payments"]] == ["declined", "captured"]


async def test_a_cancel_by_the_till_gives_everything_back(shop: Shop) -> None:
    before = standing(await shop.books())
    checkout = await with_everything(shop)

    seen = await checkout.ok("cancel", m.Cancel(reason="customer left"))

    assert seen["status"] == "cancelled"
    assert standing(await shop.books()) == before


async def test_a_part_that_was_captured_is_listed_to_give_back(shop: Shop) -> None:
    checkout = await with_everything(shop)
    due = await checkout.ready()
    await checkout.pay(20, reference="cash", type="cash", final=False)

    seen = await checkout.pay(due - 20, "declined", final=True)

    assert seen["status"] == "cancelled"
    assert seen["instruction"] == "refund"
    assert seen["give_back"] == [{"payment_id": "pay_1", "type": "cash", "amount": 20}]


async def test_a_silent_till_expires_and_leaves_nothing_held(shop: Shop) -> None:
    before = standing(await shop.books())
    checkout = await with_everything(shop)

    assert await checkout.ended() == "expired"
    assert standing(await shop.books()) == before


async def test_a_bill_whose_workflow_started_late_expires_too(shop: Shop) -> None:
    """Temporal was down while its row was written: its silence was over before it began."""
    await shop.env.sleep(3600)
    before = standing(await shop.books())
    checkout = await with_everything(shop)

    assert (await checkout.seen())["status"] == "open"
    assert await checkout.ended() == "expired"
    assert standing(await shop.books()) == before


async def test_a_cancel_in_the_temporal_ui_gives_everything_back(shop: Shop) -> None:
    before = standing(await shop.books())
    checkout = await with_everything(shop)

    await checkout.handle.cancel()

    with pytest.raises(WorkflowFailureError) as failed:
        await checkout.ended()
    assert isinstance(failed.value.cause, CancelledError)
    assert standing(await shop.books()) == before
    facts = await shop.wiring.checkouts.facts(checkout.id)
    assert facts.ended


async def test_a_cancel_after_the_payment_changes_nothing(shop: Shop) -> None:
    checkout = await with_everything(shop)
    due = await checkout.ready()
    await shop.fault("delay", "order.create_and_process", delay_ms=300)
    paying = await checkout.handle.start_update(
        "payment",
        args=[payment(due), m.Context()],
        wait_for_stage=WorkflowUpdateStage.ACCEPTED,
    )
    await checkout.handle.cancel()
    await paying.result()

    assert await checkout.ended() == "completed"
    assert (await shop.books())["orders"]


async def test_a_kept_reward_stays_collectable(shop: Shop) -> None:
    shop.store = shop.store.model_copy(
        update={"policy": shop.store.policy.model_copy(update={"pre_redeemed_on_failure": "keep"})}
    )
    checkout = await shop.open(None, world.ANN_CARD)
    await checkout.offer(f"leat:reward:{world.REWARD_COFFEE}")

    await checkout.ok("cancel", m.Cancel(reason="customer left"))

    books = await shop.books()
    assert books["points"][world.ANN]["balance"] == 120 - 50


async def test_one_offer_and_one_tender_can_be_taken_back(shop: Shop) -> None:
    before = standing(await shop.books())
    checkout = await with_everything(shop)
    for tender in checkout.view["tenders"]:
        await checkout.ok("remove_tender", m.RemoveTender(tender_id=tender["id"]))
    for offer in checkout.view["offers"]:
        if offer["status"] == "held":
            await checkout.ok("remove_offer", m.RemoveOffer(offer_id=offer["id"]))

    assert standing(await shop.books()) == before
    assert checkout.view["totals"]["due_amount"] == 11_50
    assert {t["status"] for t in checkout.view["tenders"]} == {"reversed"}
