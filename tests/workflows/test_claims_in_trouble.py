"""Claims that meet outages, lost answers, refusals and kills: the books show them once."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.support.claims import (
    ANNS,
    BOBS,
    DOWN,
    ORDER,
    POINTS,
    archived,
    claim,
    receipt,
    run_of,
    sold,
)
from tests.support.finding import effects, moved
from tests.support.shop import Shop
from tillsaga.domain import messages as m
from tillsaga.sandbox import world

FAULTS: dict[str, dict[str, Any]] = {
    "dropped before": {"kind": "drop_before"},
    "dropped after": {"kind": "drop_after"},
    "500 after": {"kind": "error_after"},
    "429": {"kind": "rate_limited"},
    "page instead of JSON": {"kind": "html_after"},
    "too slow": {"kind": "delay", "delay_ms": 5500},
    "applied late": {"kind": "late", "delay_ms": 100},
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
async def test_a_lost_answer_earns_once(shop: Shop, fault: dict[str, Any]) -> None:
    before = await shop.books()
    checkout = await sold(shop)
    await shop.fault(operation=ORDER, **fault)

    replies = [await claim(shop, checkout) for _ in range(2)]
    await run_of(shop, checkout).result()

    assert [reply.code for reply in replies] == [None, None]
    seen = await archived(shop, checkout)
    assert (effects(seen, "post_order"), seen["attention"]) == (["applied"], [])
    assert [earned["balance_after"] for earned in seen["earned"]] == [120 + POINTS]
    after = await shop.books()
    assert (moved(before, after), len(after["orders"])) == (ANNS, 1)


async def test_a_vendor_that_is_down_gets_it_later_and_nobody_comes_between(shop: Shop) -> None:
    before = await shop.books()
    checkout = await sold(shop)
    await shop.fault(operation=ORDER, **DOWN)

    first = await claim(shop, checkout)
    again = await claim(shop, checkout)
    other = await claim(shop, checkout, world.BOB_CARD)

    assert (first.status, again.status, other.code) == (202, 202, "already_claimed")
    waiting = await archived(shop, checkout)
    assert (waiting, effects(waiting, "post_order")) == (first.checkout, ["in_doubt"])
    assert waiting["members"][0]["member_id"] == world.ANN
    assert (await receipt(shop, checkout))["claim_link"] is None
    assert moved(before, await shop.books()) == {}

    await shop.mend()
    await run_of(shop, checkout).result()

    seen = await archived(shop, checkout)
    assert (seen["earned"][0]["points"], seen["version"]) == (POINTS, waiting["version"] + 1)
    assert moved(before, await shop.books()) == ANNS


async def test_a_claim_that_waits_overwrites_nothing_of_others(shop: Shop) -> None:
    checkout = await sold(shop)
    await shop.fault(operation=ORDER, **DOWN)
    await claim(shop, checkout)
    # A correction of the payment wakes the checkout up meanwhile.
    [paid] = (await archived(shop, checkout))["payments"]
    right = m.CorrectPayment(
        payment_id=paid["id"],
        status="captured",
        type="cash",
        amount=paid["amount"],
        reference=paid["reference"],
        reason="it was cash",
    )
    start = shop.start_for(checkout.id, resumed=True)
    handle, corrected = await shop.with_start(start, "correct_payment", right)
    assert corrected.refusal is None
    await handle.result()

    await shop.mend()
    await run_of(shop, checkout).result()

    seen = await archived(shop, checkout)
    assert [payment["type"] for payment in seen["payments"]] == ["cash"]
    assert seen["earned"][0]["points"] == POINTS


async def test_a_vendor_that_refuses_leaves_the_sale_to_be_claimed(shop: Shop) -> None:
    before = await shop.books()
    checkout = await sold(shop)
    seen = await archived(shop, checkout)
    await shop.fault("refuse", ORDER, code=1015)

    assert (await claim(shop, checkout)).code == "vendor_refused"
    assert await archived(shop, checkout) == seen

    reply = await claim(shop, checkout, world.BOB_CARD)
    assert effects(reply.checkout, "post_order") == ["refused", "applied"]
    assert moved(before, await shop.books()) == BOBS


async def test_a_refusal_after_the_till_has_gone_is_before_a_person(shop: Shop) -> None:
    checkout = await sold(shop)
    await shop.fault("maintenance", ORDER)
    await shop.fault("refuse", ORDER, code=1015)
    assert (await claim(shop, checkout)).status == 202

    await run_of(shop, checkout).result()

    seen = await archived(shop, checkout)
    assert [item["code"] for item in seen["attention"]] == ["earning_failed"]
    assert (seen["members"], seen["earned"]) == ([], [])
    assert (await receipt(shop, checkout))["claim_link"]


async def test_a_vendor_that_does_not_say_who_it_is_is_asked_again(shop: Shop) -> None:
    before = await shop.books()
    checkout = await sold(shop)
    await shop.fault("maintenance", "contact_identifier.find")

    assert (await claim(shop, checkout)).code == "vendor_unavailable"
    assert (await claim(shop, checkout)).code is None
    assert moved(before, await shop.books()) == ANNS


async def test_a_cancel_from_outside_loses_no_claim(shop: Shop) -> None:
    before = await shop.books()
    checkout = await sold(shop)
    await shop.fault(operation=ORDER, **DOWN)
    await claim(shop, checkout)

    await run_of(shop, checkout).cancel()
    await shop.mend()
    await run_of(shop, checkout).result()

    assert moved(before, await shop.books()) == ANNS


async def test_a_run_to_which_nobody_speaks_ends_when_it_is_cancelled(shop: Shop) -> None:
    checkout = await sold(shop)
    run = await shop.client.start_workflow(
        "Claim", shop.start_for(checkout.id), id=f"claim-{checkout.id}", task_queue=shop.queue
    )
    await run.cancel()
    assert await run.result() is None


Killing = Callable[[Shop], Awaitable[None]]


async def in_doubt(shop: Shop) -> None:
    """The order arrived, and nobody can be asked."""
    await shop.fault("drop_after", ORDER)
    await shop.fault(operation="order.find", **DOWN)


async def not_sent(shop: Shop) -> None:
    """The order never arrived."""
    await shop.fault(operation=ORDER, **DOWN)


@pytest.mark.parametrize("kill", [in_doubt, not_sent])
async def test_a_claim_that_was_killed_is_finished_by_the_next(shop: Shop, kill: Killing) -> None:
    before = await shop.books()
    checkout = await sold(shop)
    await kill(shop)
    assert (await claim(shop, checkout)).status == 202
    await run_of(shop, checkout).terminate("killed half-way")
    await shop.mend()

    other = await claim(shop, checkout, world.BOB_CARD)
    assert other.code == "already_claimed"
    await run_of(shop, checkout).result()
    reply = await claim(shop, checkout)
    await run_of(shop, checkout).result()

    assert reply.code is None
    seen = await archived(shop, checkout)
    assert effects(seen, "post_order")[-1] == "applied"
    after = await shop.books()
    assert (moved(before, after), len(after["orders"])) == (ANNS, 1)


async def test_a_claim_that_died_before_it_was_saved_is_shown_by_the_next(shop: Shop) -> None:
    checkout = await sold(shop)
    before = await shop.wiring.checkouts.facts(checkout.id)
    first = await claim(shop, checkout)
    # As if the run had been terminated between the vendor's answer and the archive.
    assert before.state is not None
    document = {**before.state, "version": first.checkout["version"]}
    await shop.wiring.checkouts.save(checkout.id, document, first.checkout, ended=True)

    other, again = await claim(shop, checkout, world.BOB_CARD), await claim(shop, checkout)

    assert other.code == "already_claimed"
    assert again.checkout["earned"] == first.checkout["earned"]
    assert [member["member_id"] for member in again.checkout["members"]] == [world.ANN]
    assert (await receipt(shop, checkout))["earned"] == first.checkout["earned"]
