"""Who the customer is: found late, changed, created with consent, and what they see."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.finding import effects, moved, offer, tenders, voucher, voucher_id
from tests.support.shop import Checkout, Shop, open_shop
from tillsaga.domain import messages as m
from tillsaga.sandbox import world
from tillsaga.sandbox.loyale import world as loyale

BOBS = m.Identify(type="card", value=world.BOB_CARD)
UNLINKED = m.Identify(type="card", value=world.FREE_CARD, consent=True)
NEWCOMER = m.Identify(type="email", value="new@example.test", consent=True)
NOBODYS = [
    ("card", "CARD-NOBODY"),
    ("card", world.INACTIVE_CARD),
    ("card", world.FREE_CARD),
    ("email", "new@example.test"),
    ("member_id", "c-nobody"),
    ("phone", "+31600000000"),
]
CREATE = {"card": ("contact.create_anonymous", UNLINKED)}
CREATE["email"] = ("contact.find_or_create", NEWCOMER)


@pytest.fixture
async def strict_shop(tmp_path: Path) -> AsyncIterator[Shop]:
    """A shop that does not sell while a vendor is away."""
    async with open_shop(tmp_path, policy="on_vendor_down: refuse") as opened:
        yield opened


def member(checkout: Checkout) -> Any:
    members = checkout.view["members"]
    return members[0]["member_id"] if members else None


async def contacts(shop: Shop) -> dict[str, Any]:
    return dict((await shop.books())["contacts"])


async def test_a_customer_is_identified_late_by_whatever_they_show(shop: Shop) -> None:
    before = await shop.books()
    checkout = await shop.open()
    assert member(checkout) is None
    ways = {"card": world.ANN_CARD, "qr": world.ANN_QR, "email": world.BOB_EMAIL}
    ways["member_id"] = world.ANN

    found = {}
    for way, value in ways.items():
        shown = {"type": way, "value": value, "provider": "leat"}
        await checkout.ok("identify", m.Identify.model_validate(shown))
        found[way] = member(checkout)

    whose = {"card": world.ANN, "qr": world.ANN, "email": world.BOB, "member_id": world.ANN}
    assert found == whose
    after = await shop.books()
    assert (moved(before, after), after["contacts"]) == ({}, before["contacts"])


async def test_the_member_sees_what_they_have_and_could_have(shop: Shop) -> None:
    checkout = await shop.open(None, world.ANN_CARD)

    known = {"provider": "leat", "member_id": world.ANN, "tier": "Gold"}
    assert checkout.view["members"] == [known | {"points": 120, "prepaid_amount": 25_00}]
    rewards = [o for o in checkout.view["offers"] if o["kind"] == "reward"]
    costs = [(o["cost_points"], o["missing_points"]) for o in rewards]
    assert costs == [(10, 0), (20, 0), (30, 0), (50, 0), (500, 380)]
    kinds = [o["kind"] for o in checkout.view["offers"]]
    assert kinds.count("collectable_reward") == 1
    codes = {o["code"] for o in checkout.view["offers"] if o["kind"] == "voucher"}
    assert {f"****{code[-4:]}" for code in (world.VOUCHER_COFFEE, world.VOUCHER_RULE_ID)} <= codes


async def test_whom_no_vendor_knows_is_not_found_and_nobody_is_created(shop: Shop) -> None:
    before = await contacts(shop)
    checkout = await shop.open(None, world.ANN_CARD)
    messages = [m.Identify.model_validate({"type": t, "value": v}) for t, v in NOBODYS]
    codes = {await checkout.refused("identify", message) for message in messages}

    assert codes == {"member_not_found"}
    other = m.Identify(type="card", value=world.BOB_CARD, provider="wll")
    assert await checkout.refused("identify", other) == "provider_unknown"
    assert (member(checkout), checkout.view["degraded"]) == (world.ANN, [])
    assert await contacts(shop) == before


async def test_an_unknown_card_does_not_keep_a_checkout_from_opening(shop: Shop) -> None:
    before = await shop.books()
    checkout = await shop.open(None, "CARD-NOBODY")
    assert checkout.view["degraded"] == [{"provider": "leat", "reason": "member_not_found"}]

    seen = await checkout.pay(await checkout.ready())

    assert (seen["status"], seen["members"]) == ("completed", [])
    assert moved(before, await shop.books()) == {}


async def test_the_archive_keeps_no_card_that_was_shown_in_vain(shop: Shop) -> None:
    await shop.fault("maintenance", "contact_identifier.find", times=None)
    checkout = await shop.open(None, world.ANN_CARD)
    await checkout.ok("cancel", m.Cancel(reason="changed their mind"))
    await checkout.ended()

    archived = (await shop.wiring.checkouts.facts(checkout.id)).state

    assert archived is not None
    assert world.ANN_CARD not in str(archived)


async def test_an_unknown_card_is_no_outage_to_a_strict_store(strict_shop: Shop) -> None:
    checkout = await strict_shop.open(None, "CARD-NOBODY")
    assert await checkout.ready() == 11_50

    await strict_shop.fault("maintenance", "contact_identifier.find", times=None)
    other = await strict_shop.open(None, world.ANN_CARD)

    assert other.view["degraded"] == [{"provider": "leat", "reason": "vendor_unavailable"}]
    assert await other.refused("ready", m.MakeReady()) == "vendor_unavailable"
    await strict_shop.mend()
    assert await other.ready() == 11_50
    assert [member["member_id"] for member in other.view["members"]] == [world.ANN]


async def test_a_customer_who_was_missed_is_asked_for_again(shop: Shop) -> None:
    credit = m.AddTender(type="prepaid", amount=1_00)
    await shop.fault("maintenance", None, times=None)
    checkout = await shop.open(None, world.ANN_CARD)
    assert await checkout.refused("add_tender", credit) == "vendor_unavailable"
    assert member(checkout) is None

    await shop.mend()
    await checkout.ok("add_tender", credit)

    assert (member(checkout), checkout.view["degraded"]) == (world.ANN, [])
    assert effects(checkout.view, "charge_prepaid") == ["applied"]
    nobody = await shop.open()
    assert await nobody.refused("add_tender", credit) == "member_required"


async def test_a_vendor_that_refuses_the_shop_is_no_outage(tmp_path: Path) -> None:
    async with open_shop(tmp_path, kinds=("leat", "letstrade")) as shop:
        await shop.fault("refuse", "offerings.get", "letstrade", code=404, times=None)
        checkout = await shop.open(None, "CARD-NOBODY")
        assert {"provider": "letstrade", "reason": "vendor_refused"} in checkout.view["degraded"]

        refused = await checkout.refused("add_tender", m.AddTender(type="prepaid", amount=1_00))

    assert refused == "member_required"


async def test_a_vendor_that_is_back_serves_while_another_is_still_silent(tmp_path: Path) -> None:
    async with open_shop(tmp_path, kinds=("leat", "loyale")) as shop:
        for vendor in ("leat", "loyale"):
            await shop.fault("maintenance", None, vendor, times=None)
        checkout = await shop.open(None, world.ANN_CARD, loyale.ANN_BARCODE)
        await shop.mend()
        await shop.fault("maintenance", None, "loyale", times=None)

        await checkout.ok("add_tender", m.AddTender(type="prepaid", amount=1_00))

    assert [each["provider"] for each in checkout.view["members"]] == ["leat"]
    assert [each["provider"] for each in checkout.view["degraded"]] == ["loyale"]


@pytest.mark.parametrize("way", CREATE)
async def test_a_customer_who_agrees_is_created_once(shop: Shop, way: str) -> None:
    before, (operation, shown) = await contacts(shop), CREATE[way]
    await shop.fault("drop_after", operation)
    checkout = await shop.open()
    await checkout.ok("identify", shown)
    await checkout.ok("identify", shown)

    later = await shop.open(None, identifiers=[shown.model_dump()])

    made = (await contacts(shop)).keys() - before.keys()
    assert made == {member(checkout)} == {member(later)}
    assert effects(checkout.view, "create_member") == ["applied"]


async def test_a_creation_that_never_arrived_may_be_tried_again(shop: Shop) -> None:
    before = await contacts(shop)
    await shop.fault("drop_before", "contact.create_anonymous")
    checkout = await shop.open(None, identifiers=[UNLINKED.model_dump()])
    assert checkout.view["degraded"] == [{"provider": "leat", "reason": "vendor_unavailable"}]
    await shop.fault("rate_limited", "contact.create_anonymous", retry_after=9)
    await checkout.until(lambda seen: "in_doubt" not in effects(seen, "create_member"))
    assert await checkout.refused("identify", UNLINKED) == "vendor_unavailable"

    await checkout.ok("identify", UNLINKED)

    made = (await contacts(shop)).keys() - before.keys()
    assert made == {member(checkout)}


async def test_another_member_releases_the_offers_and_credit_of_the_first(shop: Shop) -> None:
    before = await shop.books()
    checkout = await shop.open(None, world.ANN_CARD)
    await checkout.scan(world.VOUCHER_COFFEE)
    await checkout.offer(f"leat:reward:{world.REWARD_TWO_OFF}")
    await checkout.giftcard(world.CARD_5, 1_00)
    await checkout.prepaid(2_00)

    seen = await checkout.ok("identify", BOBS)

    gone = offer(seen, voucher_id(before, world.VOUCHER_COFFEE))
    assert (gone["status"], gone["refusal"]["code"]) == ("released", "member_changed")
    assert tenders(seen) == [("charged", 1_00), ("reversed", 2_00)]
    assert seen["totals"]["due_amount"] == 11_50 - 1_00
    after = await shop.books()
    assert moved(before, after) == {world.CARD_5: -1_00}
    assert voucher(after, world.VOUCHER_COFFEE)["status"] == "ACTIVE"


async def test_a_refused_reversal_leaves_the_first_member_as_they_were(shop: Shop) -> None:
    before = await shop.books()
    checkout = await shop.open(None, world.ANN_CARD)
    await checkout.scan(world.VOUCHER_COFFEE)
    await checkout.prepaid(2_00)
    await shop.fault("refuse", "prepaid_transaction.reverse", code=1003)
    stood = [checkout.view[name] for name in ("members", "offers", "tenders", "totals")]

    assert await checkout.refused("identify", BOBS) == "tender_refused"

    seen = checkout.view
    assert [seen[name] for name in ("members", "offers", "tenders", "totals")] == stood
    assert (member(checkout), seen["attention"]) == (world.ANN, [])
    assert moved(before, await shop.books()) == {f"prepaid:{world.ANN}": -2_00}


async def test_what_was_held_for_one_member_is_never_redeemed_by_another(shop: Shop) -> None:
    before = await shop.books()
    flyer = await shop.open(None, world.ANN_CARD)
    await flyer.scan(world.VOUCHER_FLYER)
    anonymous = await shop.open()
    await anonymous.scan(world.VOUCHER_COFFEE)

    for checkout in (flyer, anonymous):
        seen = await checkout.ok("identify", BOBS)
        assert seen["totals"]["discount_amount"] == 0
    await flyer.scan(world.VOUCHER_FLYER)
    await flyer.pay(await flyer.ready())

    books = await shop.books()
    assert voucher(books, world.VOUCHER_COFFEE)["status"] == "ACTIVE"
    assert voucher(books, world.VOUCHER_FLYER)["contact"] == world.BOB
    points = flyer.view["earned"][0]["points"]
    assert moved(before, books) == {world.VOUCHER_FLYER: 1, f"points:{world.BOB}": points}
