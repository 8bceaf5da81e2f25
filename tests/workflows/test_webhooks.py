"""Integrators hear what became of each checkout: once in their books, in order, for days."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete
from starlette.responses import RedirectResponse, Response

from tests.support.app import meal, picked
from tests.support.desk import resolve
from tests.support.receiver import Got, Receiver, environ, listening, open_receiver
from tests.support.refunding import give_back, lines, sell
from tests.support.shop import Checkout, Shop, basket, open_shop
from tests.workflows.test_support import current_run, reset, workflow_tasks
from tillsaga.config_types import Secrets
from tillsaga.domain import messages as m
from tillsaga.domain.webhooks import Delivery
from tillsaga.records.tables import Archive, WebhookDeliveryRow
from tillsaga.records.webhooks import SqlDeliveryBook
from tillsaga.sandbox import world
from tillsaga.sandbox.koupon import world as koupon
from tillsaga.sandbox.letstrade import world as letstrade
from tillsaga.webhooks.config import Webhook
from tillsaga.webhooks.endpoints import endpoint_of

TEN, COFFEE = letstrade.VOUCHER_TEN, letstrade.VOUCHER_COFFEE


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with open_receiver() as opened:
        yield opened


@pytest.fixture
async def told(tmp_path: Path, cached: int, receiver: Receiver) -> AsyncIterator[Shop]:
    """A shop whose endpoint is the receiver."""
    async with open_shop(tmp_path, max_cached_workflows=cached, receivers=[receiver]) as opened:
        yield opened


async def paid(shop: Shop) -> Checkout:
    checkout = await shop.open(None, world.ANN_CARD)
    await checkout.pay(await checkout.ready())
    return checkout


async def deliveries(shop: Shop, **wanted: Any) -> list[Delivery]:
    page = await SqlDeliveryBook(shop.wiring.database).page([shop.store.id], **wanted)
    return list(reversed(page.deliveries))


def endpoint_id(receiver: Receiver) -> str:
    hook = Webhook.model_validate(listening(receiver)[0], context=Secrets(environ(receiver)))
    return endpoint_of(hook).id


async def delivered(shop: Shop, checkout_id: str) -> timedelta:
    """Wait until everything of a checkout went out, or was given up; answers how long it took.

    Time flies. What it skips when nothing is left to wait for is not counted.
    """
    longest = timedelta(0)
    for each in await deliveries(shop, checkout_id=checkout_id):
        name = f"webhook-{each.endpoint_id}-{checkout_id}"
        handle = shop.client.get_workflow_handle(name)
        async with AsyncExitStack() as stack:
            if shop.env.supports_time_skipping:
                await stack.enter_async_context(shop.time_skipped())
            await handle.result()
        run = await handle.describe()
        assert run.close_time is not None
        longest = max(longest, run.close_time - run.start_time)
    return longest


async def test_a_sale_is_told_once_as_it_was_when_it_became_completed(
    told: Shop, receiver: Receiver
) -> None:
    checkout = await paid(told)
    assert await checkout.ended() == "completed"

    [got] = await receiver.has(["checkout.completed"])
    assert got.payload["data"]["status"] == "completed"
    assert got.payload["data"]["basket"] == checkout.view["basket"]
    assert got.payload["data"]["links"] == {"self": f"/v1/checkouts/{checkout.id}"}
    assert got.version <= (await checkout.seen())["version"]
    assert receiver.forged == 0


async def test_what_a_customer_showed_is_masked(told: Shop, receiver: Receiver) -> None:
    checkout = await told.open(None, world.ANN_CARD)
    await checkout.giftcard(world.CARD_20, 2_00)
    await checkout.pay(await checkout.ready())

    [got] = await receiver.has(["checkout.completed"])
    assert world.CARD_20 not in str(got.payload)
    assert world.ANN_CARD not in str(got.payload)


async def test_a_cancelled_and_an_abandoned_checkout_are_told(
    tmp_path: Path, receiver: Receiver
) -> None:
    async with open_shop(tmp_path, policy="abandon_after: 1s", receivers=[receiver]) as shop:
        cancelled = await shop.open()
        await cancelled.ok("cancel", m.Cancel(reason="customer left"))
        await receiver.has(["checkout.cancelled"], cancelled.id)
        abandoned = await shop.open()
        assert await abandoned.ended() == "expired"
        await receiver.has(["checkout.expired"], abandoned.id)
    assert receiver.attempts() == {"checkout.cancelled": 1, "checkout.expired": 1}


async def test_a_late_payment_of_an_abandoned_checkout_is_told_after_its_end(
    tmp_path: Path, receiver: Receiver
) -> None:
    async with open_shop(tmp_path, policy="abandon_after: 1s", receivers=[receiver]) as shop:
        checkout = await shop.open()
        await checkout.ended()
        await receiver.has(["checkout.expired"])
        start = shop.start_for(checkout.id, resumed=True)
        late = m.PaymentReport(status="captured", type="card", amount=11_50, reference="late")
        await shop.with_start(start, "payment", late)
        first, second = await receiver.has(["checkout.expired", "checkout.completed"])
    assert first.version < second.version


async def test_what_waits_for_a_person_is_told(tmp_path: Path, receiver: Receiver) -> None:
    async with open_shop(tmp_path, kinds=("leat", "koupon"), receivers=[receiver]) as shop:
        checkout = await shop.open(basket(currency="USD"), world.ANN_CARD)
        await checkout.scan(koupon.BARCODE)
        due = await checkout.ready()
        await checkout.pay(due, "authorized")
        await checkout.pay(due, "declined", final=True)
        await checkout.ended()
        got = await receiver.has(["checkout.cancelled", "checkout.attention_required"])
        await resolve(checkout, "accept_loss")
        await checkout.ended()
        await delivered(shop, checkout.id)
    [case] = got[1].payload["data"]["attention"]
    assert case["effect_id"].startswith("redeem_coupon:koupon")
    assert receiver.attempts().total() == 2


async def test_a_refund_is_told_when_everything_was_given_back(
    told: Shop, receiver: Receiver
) -> None:
    checkout = await sell(told)
    await give_back(checkout, "r-1", **lines([("2", "1")]))
    await checkout.ended()

    [got] = await receiver.has(["refund.completed"], "r-1")
    assert got.payload["data"]["status"] == "completed"
    assert got.payload["data"]["links"] == {"self": "/v1/refunds/r-1"}
    assert receiver.attempts() == {"checkout.completed": 1, "refund.completed": 1}


async def test_events_of_a_checkout_come_in_order_however_often_the_first_one_fails(
    told: Shop, receiver: Receiver
) -> None:
    def not_at_first(_: Got) -> Response:
        return Response(status_code=503 if len(receiver.got) < 4 else 200)

    receiver.answer = not_at_first
    checkout = await sell(told)
    await give_back(checkout, "r-1")
    await checkout.ended()
    await delivered(told, checkout.id)

    kept = await receiver.has(["checkout.completed", "refund.completed"])
    assert [got.type for got in receiver.got] == ["checkout.completed"] * 4 + ["refund.completed"]
    assert kept[0].version < kept[1].version
    assert len({got.id for got in receiver.got[:4]}) == 1
    first, second = await deliveries(told)
    assert (first.status, first.attempts, second.attempts) == ("delivered", 4, 1)


async def test_an_endpoint_that_is_down_for_two_days_hears_it_all(
    told: Shop, receiver: Receiver
) -> None:
    # 5 s, 5 min, 30 min, 2, 5, 10, 14 and 20 hours: the ninth attempt comes after two days.
    receiver.answer = lambda _: Response(status_code=500 if len(receiver.got) < 9 else 200)
    checkout = await paid(told)
    await checkout.ended()
    assert timedelta(days=2) < await delivered(told, checkout.id) < timedelta(days=3)

    await receiver.has(["checkout.completed"])
    [delivery] = await deliveries(told)
    assert (delivery.status, delivery.failure, delivery.attempts) == ("delivered", None, 9)


async def test_after_five_days_a_delivery_has_failed_and_the_next_event_goes_out(
    told: Shop, receiver: Receiver
) -> None:
    receiver.answer = lambda got: Response(
        status_code=500 if got.type == "checkout.completed" else 200
    )
    checkout = await sell(told)
    await give_back(checkout, "r-1")
    await checkout.ended()
    assert timedelta(days=4.9) < await delivered(told, checkout.id) < timedelta(days=6)

    await receiver.has(["refund.completed"])
    first, second = await deliveries(told)
    assert (first.status, first.failure, first.response_status) == ("failed", "gave_up", 500)
    assert first.attempts == 12
    assert second.status == "delivered"


async def test_an_endpoint_says_when_it_is_to_be_asked_again(
    told: Shop, receiver: Receiver
) -> None:
    later = Response(status_code=429, headers={"Retry-After": "7200"})
    receiver.answer = lambda _: later if len(receiver.got) < 2 else Response(status_code=200)
    checkout = await paid(told)
    await checkout.ended()
    assert await delivered(told, checkout.id) >= timedelta(hours=2)

    await receiver.has(["checkout.completed"])


async def test_an_endpoint_that_is_gone_hears_nothing_until_somebody_asks_for_it(
    told: Shop, receiver: Receiver
) -> None:
    receiver.answer = lambda _: Response(status_code=410)
    first = await paid(told)
    await first.ended()
    await delivered(told, first.id)
    second = await paid(told)
    await second.ended()
    await delivered(told, second.id)

    assert len(receiver.got) == 1
    told_first, told_second = await deliveries(told)
    assert (told_first.failure, told_first.response_status) == ("endpoint_disabled", 410)
    assert (told_second.failure, told_second.attempts) == ("endpoint_disabled", 0)


async def test_a_redirect_is_a_failure_and_is_not_followed(told: Shop, receiver: Receiver) -> None:
    elsewhere = receiver.url.replace("/hooks", "/elsewhere")
    receiver.answer = lambda _: (
        RedirectResponse(elsewhere, 307) if len(receiver.got) < 2 else Response()
    )
    checkout = await paid(told)
    await checkout.ended()
    await delivered(told, checkout.id)

    await receiver.has(["checkout.completed"])
    assert {got.path for got in receiver.got} == {"/hooks"}
    [delivery] = await deliveries(told)
    assert delivery.attempts == 2


async def test_while_secrets_rotate_either_one_verifies(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        old = await stack.enter_async_context(open_receiver("old"))
        new = await stack.enter_async_context(open_receiver("new"))
        both = [*new.secrets, *old.secrets]
        keys = {old.url: old.secrets, new.url: new.secrets}
        for receiver in (old, new):
            receiver.secrets = both
        shop = await stack.enter_async_context(open_shop(tmp_path, receivers=[old, new]))
        for receiver in (old, new):  # each knows only its own now
            receiver.secrets = keys[receiver.url]
        await paid(shop)
        for receiver in (old, new):
            [got] = await receiver.has(["checkout.completed"])
            assert got.signature.count("v1,") == 2
            assert receiver.forged == 0


async def test_an_endpoint_that_is_down_delays_no_other(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        broken = await stack.enter_async_context(open_receiver("broken"))
        sound = await stack.enter_async_context(open_receiver("sound"))
        broken.answer = lambda _: Response(status_code=500)
        shop = await stack.enter_async_context(open_shop(tmp_path, receivers=[broken, sound]))
        checkouts = [await paid(shop) for _ in range(3)]
        for checkout in checkouts:
            await sound.has(["checkout.completed"], checkout.id)
        waiting = [d for d in await deliveries(shop) if d.endpoint_id == endpoint_id(broken)]
        assert [d.status for d in waiting] == ["pending"] * 3
        assert broken.kept == []


async def test_a_worker_that_stops_in_between_loses_nothing(told: Shop, receiver: Receiver) -> None:
    receiver.answer = lambda _: Response(status_code=503)
    checkout = await paid(told)
    await checkout.ended()
    await receiver.was_asked(1)
    await told.workers.stop()
    receiver.answer = lambda _: Response(status_code=200)
    await told.workers.start()
    await delivered(told, checkout.id)

    await receiver.has(["checkout.completed"])
    [delivery] = await deliveries(told)
    assert delivery.status == "delivered"


async def test_an_event_whose_answer_was_lost_comes_again_under_its_id(
    told: Shop, receiver: Receiver
) -> None:
    checkout = await paid(told)
    await checkout.ended()
    await receiver.has(["checkout.completed"])
    await delivered(told, checkout.id)
    [delivery] = await deliveries(told)

    book = SqlDeliveryBook(told.wiring.database)
    await book.redeliver(delivery.id)
    await told.client.execute_workflow("Sweep", id="sweep", task_queue=told.queue)
    await delivered(told, checkout.id)

    first, second = await receiver.has(["checkout.completed"] * 2)
    assert first.id == second.id == delivery.id
    assert first.payload == second.payload


async def test_what_a_customer_picks_in_an_app_is_told_each_time(
    tmp_path: Path, receiver: Receiver
) -> None:
    async with open_shop(tmp_path, kinds=("letstrade",), receivers=[receiver]) as shop:
        checkout = await shop.open(meal())
        for vouchers in ([TEN], [TEN, COFFEE], [TEN]):
            await checkout.ok("append_offers", await picked(shop, checkout, *vouchers))
        got = await receiver.has(["checkout.offers_appended"] * 3)
    saved = [each.payload["data"]["totals"]["discount_amount"] for each in got]
    assert saved == [10_00, 45_00, 10_00]
    assert [each.version for each in got] == sorted({each.version for each in got})


async def test_the_reset_of_a_sale_tells_nothing_twice(tmp_path: Path, receiver: Receiver) -> None:
    async with open_shop(tmp_path, skips_time=False, receivers=[receiver]) as shop:
        checkout = await paid(shop)
        await checkout.ended()
        await receiver.has(["checkout.completed"])
        first_run = await current_run(shop, checkout)
        for task in await workflow_tasks(shop, checkout):
            await reset(shop, checkout, task, exclude_updates=False, run_id=first_run)
            again = shop.client.get_workflow_handle(checkout.id)
            assert await again.result() == "completed"
        await delivered(shop, checkout.id)
        assert len(await deliveries(shop)) == 1
    assert receiver.attempts() == {"checkout.completed": 1}


@pytest.mark.parametrize("was_told", [True, False], ids=["after it was told", "before"])
async def test_a_sale_that_was_terminated_is_told_under_one_id_when_it_is_repaired(
    tmp_path: Path, receiver: Receiver, was_told: bool
) -> None:
    async with open_shop(tmp_path, skips_time=False, receivers=[receiver]) as shop:
        checkout = await shop.open(None, world.ANN_CARD)
        due = await checkout.ready()
        # Its earning waits, so that it runs on when it is completed.
        await shop.fault("maintenance", None, times=None)
        await checkout.pay(due)
        await receiver.has(["checkout.completed"])
        await delivered(shop, checkout.id)
        await checkout.handle.terminate("killed")
        if not was_told:
            async with shop.wiring.database.write() as session:
                await session.execute(delete(WebhookDeliveryRow))
        await shop.mend()
        start = shop.start_for(checkout.id)
        status = await shop.client.execute_workflow(
            "Repair", start, id=f"repair-{checkout.id}", task_queue=shop.queue
        )
        assert status == "completed"
        await delivered(shop, checkout.id)
    assert receiver.attempts() == {"checkout.completed": 1 if was_told else 2}
    assert len({got.id for got in receiver.kept}) == 1


async def test_a_delivery_whose_workflow_was_terminated_goes_on_with_the_sweep(
    told: Shop, receiver: Receiver
) -> None:
    receiver.answer = lambda _: Response(status_code=503)
    checkout = await paid(told)
    await checkout.ended()
    await receiver.was_asked(1)
    [delivery] = await deliveries(told)
    name = f"webhook-{delivery.endpoint_id}-{checkout.id}"
    await told.client.get_workflow_handle(name).terminate("killed")
    receiver.answer = lambda _: Response(status_code=200)
    await told.client.execute_workflow("Sweep", id="sweep", task_queue=told.queue)

    [got] = await receiver.has(["checkout.completed"])
    assert got.id == delivery.id


async def test_a_store_that_nobody_listens_to_costs_nothing_more(shop: Shop) -> None:
    checkout = await paid(shop)
    await checkout.ended()

    history = await checkout.handle.fetch_history()
    assert "announce_event" not in history.to_json()
    assert await deliveries(shop) == []


async def test_a_sale_from_before_the_webhooks_is_not_told_with_its_refund(
    told: Shop, receiver: Receiver
) -> None:
    checkout = await sell(told)
    await receiver.has(["checkout.completed"])
    async with told.wiring.database.write() as session:
        archive = await session.get_one(Archive, checkout.id)
        state: Any = archive.document["state"]
        older = {name: value for name, value in state.items() if name != "announced"}
        archive.document = {**archive.document, "state": older}
        await session.execute(delete(WebhookDeliveryRow))

    await give_back(checkout, "r-1", **lines([("2", "1")]))
    await checkout.ended()
    await receiver.has(["checkout.completed", "refund.completed"])
    assert [each.type for each in await deliveries(told)] == ["refund.completed"]


async def test_the_five_minutes_of_the_receiver_hold_for_every_attempt(
    told: Shop, receiver: Receiver
) -> None:
    receiver.answer = lambda _: Response(status_code=503 if len(receiver.got) < 3 else 200)
    checkout = await paid(told)
    await checkout.ended()
    await delivered(told, checkout.id)

    assert receiver.forged == 0
    signed = [int(got.timestamp) for got in receiver.got]
    assert signed == sorted(signed)
    assert len({got.id for got in receiver.got}) == 1
