"""Bills that were paid before we heard of them: taken as they are, once, and never refused."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import WorkflowUpdateStage

from tests.support.finding import effects, moved
from tests.support.shop import Checkout, Shop, basket, flat_whites, open_shop, payment
from tillsaga.domain import messages as m
from tillsaga.domain.view import Reply
from tillsaga.sandbox import world

LONG_AGO = datetime(2025, 3, 1, 9, 12, tzinfo=UTC)
DUE = 11_50
"""Two flat whites and a cake."""


@pytest.fixture
async def real_shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path, skips_time=False) as opened:
        yield opened


def paid(amount: int, reference: str = "psp-1") -> dict[str, Any]:
    return {"type": "card", "amount": amount, "reference": reference}


def given(code: str, amount: int) -> dict[str, Any]:
    return {"code": code, "discount_amount": amount}


async def close(shop: Shop, *cards: str, sold: Any = None, **more: Any) -> Checkout:
    """Send a closed bill, which must be taken, and wait until it is completed."""
    checkout, reply = await try_close(shop, *cards, sold=sold, **more)
    assert (reply.refusal, reply.status) == (None, 201)
    assert checkout.view["status"] == "completed"
    return checkout


async def try_close(
    shop: Shop, *cards: str, sold: Any = None, **more: Any
) -> tuple[Checkout, Reply]:
    said = {"mode": "closed_bill", "occurred_at": LONG_AGO} | more
    return await shop.try_open(sold, *cards, **said)


def bill(checkout: Checkout, **more: Any) -> m.OpenCheckout:
    """The closed bill of a checkout that is there already."""
    sold = {**basket(), "id": checkout.view["basket"]["id"]}
    told = {"store_id": "ams-1", "terminal_id": "till-2", "basket": sold, "mode": "closed_bill"}
    return m.OpenCheckout.model_validate(told | more)


def cases(view: Any) -> list[tuple[str, int | None]]:
    return [(case["code"], case["amount"]) for case in view["attention"]]


async def test_a_paid_bill_earns_on_the_day_it_was_paid(shop: Shop) -> None:
    before = await shop.books()

    checkout = await close(shop, world.ANN_CARD, payments=[paid(DUE)])

    assert await checkout.ended() == "completed"
    after = await shop.books()
    assert moved(before, after) == {f"points:{world.ANN}": 11}
    [order] = after["orders"].values()
    assert (order["paid_at"][:10], order["external_identifier"]) == ("2025-03-01", checkout.id)
    facts = await shop.wiring.checkouts.facts(checkout.id)
    assert [(fact.reference, fact.report.status) for fact in facts.payments] == [
        ("psp-1", "captured")
    ]
    assert checkout.view["attention"] == []


async def test_a_bill_without_payments_is_paid_in_full(shop: Shop) -> None:
    checkout = await close(shop, offers=[given(world.VOUCHER_COFFEE, 3_50)])

    [payment] = checkout.view["payments"]
    assert (payment["status"], payment["amount"]) == ("captured", DUE - 3_50)
    assert checkout.view["totals"]["due_amount"] == 0
    facts = await shop.wiring.checkouts.facts(checkout.id)
    assert [fact.report.amount for fact in facts.payments] == [DUE - 3_50]


async def test_a_given_voucher_is_locked_redeemed_and_worth_what_the_till_gave(shop: Shop) -> None:
    before = await shop.books()

    checkout = await close(
        shop,
        world.ANN_CARD,
        offers=[given(world.VOUCHER_COFFEE, 2_00)],
        payments=[paid(DUE - 2_00)],
    )

    assert checkout.view["totals"]["discount_amount"] == 2_00
    assert [effects(checkout.view, name) for name in ("lock_voucher", "redeem_voucher")] == [
        ["applied"],
        ["applied"],
    ]
    spent = {world.VOUCHER_COFFEE: 1, f"points:{world.ANN}": 9}
    assert moved(before, await shop.books()) == spent
    assert checkout.view["attention"] == []


@pytest.mark.parametrize("amount", [DUE - 1_00, DUE + 1_00])
async def test_payments_that_do_not_add_up_are_before_a_person(shop: Shop, amount: int) -> None:
    checkout = await close(shop, world.ANN_CARD, payments=[paid(amount)])

    assert cases(checkout.view) == [("payment_mismatch", 1_00)]
    assert checkout.view["payments"][0]["status"] == "captured"


async def test_a_discount_above_the_bill_is_before_a_person(shop: Shop) -> None:
    checkout = await close(shop, offers=[given(world.VOUCHER_COFFEE, 20_00)])

    assert cases(checkout.view) == [("discount_mismatch", 8_50)]
    assert checkout.view["totals"]["due_amount"] == 0


async def test_a_code_identifies_whom_the_till_did_not_know(shop: Shop) -> None:
    before = await shop.books()

    await close(shop, codes=[world.ANN_CARD])

    assert moved(before, await shop.books()) == {f"points:{world.ANN}": 11}


async def test_a_voucher_that_gave_nothing_is_not_used(shop: Shop) -> None:
    before = await shop.books()

    checkout = await close(shop, codes=[world.VOUCHER_COFFEE])

    [offer] = checkout.view["offers"]
    assert (offer["status"], offer["refusal"]["code"]) == ("refused", "discount_not_given")
    assert moved(before, await shop.books()) == {}


async def test_a_code_that_nobody_knows_is_before_a_person(shop: Shop) -> None:
    checkout = await close(shop, codes=["NOBODY-KNOWS"])

    assert cases(checkout.view) == [("code_not_taken", None)]
    assert checkout.view["offers"][0]["refusal"]["code"] == "code_unknown"


async def test_a_sold_card_that_cannot_be_loaded_is_before_a_person(shop: Shop) -> None:
    card = {"line_id": "g", "type": "giftcard_sale", "title": "Card", "unit_amount": 10_00}
    sold = basket({**card, "reference": world.CARD_20}, flat_whites())
    before = await shop.books()

    checkout = await close(shop, world.ANN_CARD, sold=sold, payments=[paid(17_00)])

    assert cases(checkout.view) == [("delivery_failed", 10_00)]
    assert moved(before, await shop.books()) == {f"points:{world.ANN}": 7}


async def test_a_card_that_was_sold_offline_is_loaded(shop: Shop) -> None:
    card = {"line_id": "g", "type": "giftcard_sale", "title": "Card", "unit_amount": 10_00}
    before = await shop.books()

    await close(shop, sold=basket({**card, "reference": world.CARD_NEW}))

    assert moved(before, await shop.books()) == {world.CARD_NEW: 10_00}


# --- a vendor is down -------------------------------------------------------------------------


async def test_earning_follows_when_the_vendor_is_back(shop: Shop) -> None:
    before = await shop.books()
    await shop.fault("drop_before", "order.create_and_process", times=None)

    checkout = await close(shop, world.ANN_CARD)

    assert moved(before, await shop.books()) == {}
    await shop.mend()
    assert await checkout.ended() == "completed"
    assert moved(before, await shop.books()) == {f"points:{world.ANN}": 11}


async def test_a_bill_is_sold_while_every_vendor_is_down(shop: Shop) -> None:
    await shop.control("POST", "/faults", {"vendor": "leat", "kind": "maintenance", "times": None})

    checkout = await close(shop, world.ANN_CARD, payments=[paid(DUE)])

    assert checkout.view["degraded"] == [{"provider": "leat", "reason": "vendor_unavailable"}]


async def test_a_given_voucher_waits_for_its_vendor(shop: Shop) -> None:
    before = await shop.books()
    await shop.control("POST", "/faults", {"vendor": "leat", "kind": "maintenance", "times": None})
    offers = [given(world.VOUCHER_COFFEE, 3_50)]

    sent = asyncio.create_task(close(shop, world.ANN_CARD, offers=offers))
    await asked_again(shop)
    await shop.mend()

    checkout = await sent
    assert await checkout.ended() == "completed"
    spent = {world.VOUCHER_COFFEE: 1, f"points:{world.ANN}": 8}
    assert moved(before, await shop.books()) == spent
    assert checkout.view["attention"] == []


async def asked_again(shop: Shop) -> None:
    """Wait until Leat was asked for the voucher by the till's budget, and after it."""
    async with asyncio.timeout(20):
        while True:
            log = await shop.control("GET", "/requests")
            if sum("vouchers/find" in entry["path"] for entry in log["requests"]) >= 2:
                return


@pytest.mark.parametrize("kind", ["drop_before", "drop_after"])
@pytest.mark.parametrize("operation", ["voucher.redeem", "order.create_and_process"])
async def test_a_lost_answer_neither_loses_nor_doubles(
    shop: Shop, operation: str, kind: str
) -> None:
    before = await shop.books()
    await shop.fault(kind, operation)

    checkout = await close(shop, world.ANN_CARD, offers=[given(world.VOUCHER_COFFEE, 3_50)])

    assert await checkout.ended() == "completed"
    spent = {world.VOUCHER_COFFEE: 1, f"points:{world.ANN}": 8}
    assert moved(before, await shop.books()) == spent


# --- the same bill again ------------------------------------------------------------------------


async def test_the_same_bill_again_is_the_same_checkout(shop: Shop) -> None:
    checkout = await shop.open()
    await shop.fault("drop_before", "order.create_and_process", times=None)
    told = bill(checkout, identifiers=[{"type": "card", "value": world.ANN_CARD}])
    first = await checkout.say("open", told, "one")
    again, other = await checkout.say("open", told, "two"), await checkout.say("open", told, "one")

    assert (first.refusal, again.refusal) == (None, None)
    assert again.checkout["id"] == first.checkout["id"]
    assert other == first
    assert checkout.view["attention"] == []
    await shop.mend()
    assert await checkout.ended() == "completed"
    assert len((await shop.books())["orders"]) == 1


async def test_another_bill_under_the_same_id_is_before_a_person(shop: Shop) -> None:
    checkout = await shop.open(None, world.ANN_CARD)
    await shop.fault("drop_before", "order.create_and_process", times=None)
    await checkout.ok("open", bill(checkout, payments=[paid(DUE)]))
    other = {**basket(flat_whites(1)), "id": checkout.view["basket"]["id"]}

    for _ in range(2):
        await checkout.ok("open", bill(checkout, basket=other, payments=[paid(DUE, "psp-2")]))

    assert cases(checkout.view) == [("bill_differs", 8_00), ("payment_unmatched", DUE)]
    assert checkout.view["totals"]["basket_amount"] == DUE
    await shop.mend()
    assert await checkout.ended() == "completed"


# --- onto a checkout that a till had opened -----------------------------------------------------


async def test_a_bill_commits_the_checkout_that_the_till_had_opened(shop: Shop) -> None:
    before = await shop.books()
    checkout = await shop.open(None, world.ANN_CARD)
    await checkout.scan(world.VOUCHER_COFFEE)
    await checkout.giftcard(world.CARD_20, 2_00)

    reply = await checkout.say("open", bill(checkout, payments=[paid(DUE - 3_50 - 2_00)]))

    assert (reply.refusal, reply.status) == (None, 200)
    assert (checkout.view["status"], checkout.view["attention"]) == ("completed", [])
    assert await checkout.ended() == "completed"
    points = checkout.view["earned"][0]["points"]
    spent = {world.VOUCHER_COFFEE: 1, world.CARD_20: -2_00, f"points:{world.ANN}": points}
    assert moved(before, await shop.books()) == spent


async def test_what_the_till_took_off_counts_for_an_offer_that_is_held(shop: Shop) -> None:
    checkout = await shop.open(None, world.ANN_CARD)
    await checkout.scan(world.VOUCHER_COFFEE)
    await checkout.ready()
    offers = [given(world.VOUCHER_COFFEE, 3_00), given(world.VOUCHER_TEN_PERCENT, 1_00)]

    seen = await checkout.ok("open", bill(checkout, offers=offers, payments=[paid(DUE - 4_00)]))

    assert (seen["totals"]["discount_amount"], seen["attention"]) == (4_00, [])
    assert effects(seen, "redeem_voucher") == ["applied", "applied"]


async def test_an_authorised_card_becomes_a_payment(shop: Shop) -> None:
    checkout = await shop.open(None, world.ANN_CARD)
    due = await checkout.ready()
    await checkout.pay(due, "authorized")

    seen = await checkout.ok("open", bill(checkout, payments=[paid(due, "card-1")]))

    assert [(p["status"], p["amount"]) for p in seen["payments"]] == [("captured", due)]
    assert (seen["status"], seen["attention"]) == ("completed", [])


async def test_a_bill_settles_the_payment_that_came_too_early(shop: Shop) -> None:
    checkout = await shop.open(None, world.ANN_CARD)
    assert await checkout.refused("payment", payment(DUE)) == "payment_mismatch"

    seen = await checkout.ok("open", bill(checkout, payments=[paid(DUE, "card-1")]))

    assert (seen["status"], seen["attention"]) == ("completed", [])


async def test_a_bill_that_comes_while_all_is_given_back_takes_it_again(shop: Shop) -> None:
    before = await shop.books()
    checkout = await shop.open(None, world.ANN_CARD)
    await checkout.scan(world.VOUCHER_COFFEE)
    await shop.fault("delay", "voucher.release", delay_ms=500)
    cancel = await checkout.handle.start_update(
        "cancel",
        args=[m.Cancel(reason="left"), m.Context()],
        wait_for_stage=WorkflowUpdateStage.ACCEPTED,
        result_type=Reply,
    )

    reply = await checkout.say("open", bill(checkout, payments=[paid(DUE - 3_50)]))

    assert (await cancel.result()).refusal is None
    assert (reply.refusal, reply.checkout["status"]) == (None, "completed")
    assert await checkout.ended() == "completed"
    spent = {world.VOUCHER_COFFEE: 1, f"points:{world.ANN}": 8}
    assert moved(before, await shop.books()) == spent


# --- without the history ------------------------------------------------------------------------


async def begun(shop: Shop, checkout: Checkout, operation: str) -> None:
    """Wait until the records know of an effect."""
    async with asyncio.timeout(20):
        while True:
            facts = await shop.wiring.checkouts.facts(checkout.id)
            if any(record.order.operation == operation for record in facts.effects):
                return


async def test_a_terminated_bill_is_carried_on_from_the_records(real_shop: Shop) -> None:
    shop = real_shop
    before = await shop.books()
    await shop.fault("drop_before", "voucher.redeem", times=None)
    sold = basket()
    message = m.OpenCheckout.model_validate(
        {
            "store_id": "ams-1",
            "terminal_id": "till-1",
            "basket": sold,
            "mode": "closed_bill",
            "identifiers": [{"type": "card", "value": world.ANN_CARD}],
            "offers": [given(world.VOUCHER_COFFEE, 3_50)],
            "payments": [paid(DUE - 3_50)],
        }
    )
    checkout, _ = await shop.try_open(sold)
    await checkout.handle.signal("open", message)
    await begun(shop, checkout, "redeem_voucher")
    await checkout.handle.terminate("by mistake")
    await shop.mend()

    start = shop.start_for(checkout.id, resumed=True)
    handle, reply = await shop.with_start(start, "open", message)

    assert reply.refusal is None
    assert await handle.result() == "completed"
    spent = {world.VOUCHER_COFFEE: 1, f"points:{world.ANN}": 8}
    assert moved(before, await shop.books()) == spent
    seen = await Checkout(shop, handle).seen()
    assert seen["attention"] == []
