"""The customer forgot their card: the points of a finished sale, once."""

import asyncio

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
    say,
    sold,
)
from tests.support.finding import effects, moved
from tests.support.shop import Shop
from tillsaga.domain import messages as m
from tillsaga.sandbox import world


async def test_a_forgotten_card_earns_the_points_of_the_sale(shop: Shop) -> None:
    before = await shop.books()
    checkout = await sold(shop)
    first = await archived(shop, checkout)
    assert (await receipt(shop, checkout))["claim_link"]

    reply = await claim(shop, checkout)

    assert (reply.code, reply.status) == (None, 200)
    earned = {"provider": "leat", "points": POINTS, "balance_after": 120 + POINTS}
    assert (reply.checkout["status"], reply.checkout["earned"]) == ("completed", [earned])
    assert reply.checkout["version"] == first["version"] + 1
    assert await archived(shop, checkout) == reply.checkout
    printed = await receipt(shop, checkout)
    assert (printed["claim_link"], printed["earned"]) == (None, [earned])
    assert printed["members"][0]["member_id"] == world.ANN
    after = await shop.books()
    assert moved(before, after) == ANNS
    assert [order["external_identifier"] for order in after["orders"].values()] == [checkout.id]


async def test_the_same_customer_again_changes_nothing_and_another_is_refused(shop: Shop) -> None:
    before = await shop.books()
    checkout = await sold(shop)
    first = await claim(shop, checkout)

    again = await claim(shop, checkout, world.ANN_QR)
    other = await claim(shop, checkout, world.BOB_CARD)

    assert (again.status, again.checkout) == (200, first.checkout)
    assert (other.code, other.checkout) == ("already_claimed", first.checkout)
    assert moved(before, await shop.books()) == ANNS


async def test_who_was_identified_in_the_sale_has_its_points(shop: Shop) -> None:
    before = await shop.books()
    checkout = await sold(shop, world.ANN_CARD)
    seen = await archived(shop, checkout)

    assert (await claim(shop, checkout)).checkout == seen
    assert (await claim(shop, checkout, world.BOB_CARD)).code == "already_claimed"
    assert (await archived(shop, checkout), moved(before, await shop.books())) == (seen, ANNS)


async def test_of_two_customers_at_once_one_earns(shop: Shop) -> None:
    before = await shop.books()
    checkout = await sold(shop)
    cards = (world.ANN_CARD, world.BOB_CARD)

    replies = await asyncio.gather(*(claim(shop, checkout, card) for card in cards * 2))

    assert sorted(reply.code or "" for reply in replies) == ["", "", *["already_claimed"] * 2]
    assert moved(before, await shop.books()) in (ANNS, BOBS)
    assert effects(await archived(shop, checkout), "post_order") == ["applied"]


async def test_nobody_is_created_without_their_consent(shop: Shop) -> None:
    before = await shop.books()
    checkout = await sold(shop)
    seen = await archived(shop, checkout)
    newcomer = {"type": "email", "card": "new@example.test"}

    assert (await claim(shop, checkout, **newcomer)).code == "member_not_found"
    assert (await claim(shop, checkout, provider="wll")).code == "provider_unknown"
    assert (await shop.books())["contacts"] == before["contacts"]
    assert await archived(shop, checkout) == seen

    reply = await claim(shop, checkout, **newcomer, consent=True)

    after = await shop.books()
    [created] = after["contacts"].keys() - before["contacts"].keys()
    assert reply.checkout["members"][0]["member_id"] == created
    assert moved(before, after) == {f"points:{created}": POINTS}


async def test_a_newcomer_is_not_created_for_points_that_others_have(shop: Shop) -> None:
    checkout = await sold(shop, world.ANN_CARD)
    before = await shop.books()
    newcomer = {"type": "email", "value": "new@example.test", "consent": True}
    assert (await say(shop, checkout, newcomer)).code == "already_claimed"
    assert await shop.books() == before


async def test_only_a_finished_sale_is_claimed(shop: Shop) -> None:
    running, given_up = await shop.open(), await shop.open()
    await given_up.ok("cancel", m.Cancel(reason="left"))
    await given_up.ended()

    for checkout in (running, given_up):
        assert (await claim(shop, checkout)).code == "state_conflict"
    assert (await shop.books())["orders"] == {}


async def test_a_sale_that_is_still_earning_is_claimed_later(shop: Shop) -> None:
    await shop.fault(operation=ORDER, **DOWN)
    checkout = await shop.open(None, world.ANN_CARD)
    seen = await checkout.pay(await checkout.ready())
    assert (seen["status"], effects(seen, "post_order")) == ("completed", ["in_doubt"])

    reply = await claim(shop, checkout)

    assert reply.code == "claim_too_early"
    await shop.mend()
    assert await checkout.ended() == "completed"
    assert (await claim(shop, checkout)).code is None


async def test_a_claim_of_an_older_version_is_refused(shop: Shop) -> None:
    checkout = await sold(shop)
    said = {"type": "card", "value": world.ANN_CARD}
    version = (await archived(shop, checkout))["version"]

    stale = await say(shop, checkout, said, {"expected_version": version - 1})
    current = await say(shop, checkout, said, {"expected_version": version})

    assert (stale.code, current.code) == ("version_mismatch", None)


async def test_what_does_not_fit_is_refused_and_fails_no_workflow(shop: Shop) -> None:
    checkout = await sold(shop)

    reply = await say(shop, checkout, {"type": "card", "card": "secret"})

    assert reply.code == "invalid_request"
    assert {error["pointer"] for error in reply.errors} == {"/value", "/card"}
    assert "secret" not in str(reply)
    await run_of(shop, checkout).result()


async def test_support_may_claim_by_a_signal(shop: Shop) -> None:
    before = await shop.books()
    checkout = await sold(shop)
    run = await shop.client.start_workflow(
        "Claim", shop.start_for(checkout.id), id=f"claim-{checkout.id}", task_queue=shop.queue
    )
    await run.signal("claim", {"type": "card"})
    await run.signal("claim", {"type": "card", "value": world.ANN_CARD})
    await run.result()

    assert moved(before, await shop.books()) == ANNS
