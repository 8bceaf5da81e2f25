"""Stuck holds: support lists them by age and frees them with a reason, over HTTP."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.api.till import Till, order
from tests.support.door import forget, open_door
from tests.support.finding import moved, offer, tenders
from tests.support.ledger import held
from tests.support.shop import Shop, basket, flat_whites, open_shop
from tillsaga.domain import messages as m
from tillsaga.records.apikeys import SqlApiKeys
from tillsaga.sandbox import world

REASON = {"reason": "the till is switched off"}


@pytest.fixture
async def real_shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path, skips_time=False) as opened:
        yield opened


@pytest.fixture
async def till(real_shop: Shop) -> AsyncIterator[Till]:
    async with open_door(real_shop) as opened:
        yield opened


@pytest.fixture
async def support(real_shop: Shop, till: Till) -> Till:
    keys = SqlApiKeys(real_shop.wiring.database)
    _, secret = await keys.create("Sam", ["support"], [real_shop.store.id])
    return replace(till, secret=secret)


async def gathered(shop: Shop, till: Till, **more: Any) -> str:
    """An open checkout that has locked a voucher and charged a card; answers its address."""
    ann = {"identifiers": [{"type": "card", "value": world.ANN_CARD}]}
    opened = await till.post(
        "/v1/checkouts", order(basket=basket(), store_id=shop.store.id, **ann) | more
    )
    address = str(opened.headers["Location"])
    scanned = await till.post(f"{address}/offers", {"code": world.VOUCHER_COFFEE})
    assert scanned.status_code == 200
    card = {"type": "giftcard", "reference": world.CARD_20, "amount": 2_00}
    assert (await till.post(f"{address}/tenders", card)).status_code == 200
    return address


async def listed(support: Till, query: str = "") -> dict[str, Any]:
    """The live holds by operation."""
    answer = await support.get(f"/v1/holds{query}")
    assert answer.status_code == 200, answer.text
    return {hold["operation"]: hold for hold in answer.json()["data"]}


async def release(support: Till, hold_id: str, **options: Any) -> Any:
    return await support.post(f"/v1/holds/{quote(hold_id, safe='')}/release", REASON, **options)


async def test_support_frees_each_hold_and_the_price_follows(
    real_shop: Shop, till: Till, support: Till
) -> None:
    before = await real_shop.books()
    address = await gathered(real_shop, till)
    holds = await listed(support)
    assert {o: (h["state"], h["releasable"]) for o, h in holds.items()} == {
        "lock_voucher": ("held", True),
        "charge_giftcard": ("held", True),
    }
    assert holds["charge_giftcard"]["amount"] == 2_00
    assert holds["lock_voucher"]["reference"].startswith("****")
    assert await listed(support, "?older_than=1h") == {}
    assert await listed(support, "?provider=koupon") == {}

    voucher = await release(support, holds["lock_voucher"]["id"], key="same")
    again = await release(support, holds["lock_voucher"]["id"], key="same")
    once_more = await release(support, holds["lock_voucher"]["id"])
    card = await release(support, holds["charge_giftcard"]["effect_id"], key="card")
    card_again = await release(support, holds["charge_giftcard"]["effect_id"], key="card")

    assert [a.status_code for a in (voucher, again, once_more, card, card_again)] == [200] * 5
    gone = next(o for o in voucher.json()["offers"] if o["status"] == "released")
    assert gone["refusal"]["code"] == "hold_released"
    assert REASON["reason"] in gone["refusal"]["detail"]
    seen = card.json()
    assert seen["totals"]["due_amount"] == 11_50
    assert tenders(seen) == [("reversed", 2_00)]
    assert await listed(support) == {}
    after = await real_shop.books()
    assert moved(before, after) == {}
    assert held(after) == held(before)
    state = (await real_shop.wiring.checkouts.facts(address.rpartition("/")[2])).state or {}
    kept: Any = state["releases"]
    assert [(one["actor"], one["reason"]) for one in kept] == [("Sam", REASON["reason"])] * 2


async def test_a_ready_checkout_is_reopened_and_a_paying_one_keeps_its_holds(
    real_shop: Shop, till: Till, support: Till
) -> None:
    address = await gathered(real_shop, till)
    assert (await till.post(f"{address}/ready")).json()["status"] == "ready"
    hold = (await listed(support))["charge_giftcard"]
    freed = await release(support, hold["id"])
    assert (freed.status_code, freed.json()["status"]) == (200, "open")

    due = (await till.post(f"{address}/ready")).json()["totals"]["due_amount"]
    paid = {"status": "authorized", "type": "card", "amount": due, "reference": "card-1"}
    assert (await till.post(f"{address}/payments", paid)).status_code == 200
    lock = (await listed(support))["lock_voucher"]
    assert not lock["releasable"]
    barred = await release(support, lock["id"])
    assert (barred.status_code, barred.json()["code"]) == (409, "state_conflict")
    assert "void" in barred.json()["detail"]

    captured = paid | {"status": "captured"}
    assert (await till.post(f"{address}/payments", captured)).json()["status"] == "completed"
    assert await listed(support) == {}
    sold = await release(support, lock["id"])
    assert (sold.status_code, sold.json()["code"]) == (409, "state_conflict")
    assert "refund" in sold.json()["detail"]


async def test_a_checkout_that_lost_its_workflow_is_woken_up(
    real_shop: Shop, till: Till, support: Till
) -> None:
    before = await real_shop.books()
    address = await gathered(real_shop, till)
    checkout_id = address.rpartition("/")[2]
    await real_shop.client.get_workflow_handle(checkout_id).terminate("by mistake")
    await forget(real_shop, checkout_id)

    for hold in (await listed(support)).values():
        assert (await release(support, hold["id"])).status_code == 200

    assert await listed(support) == {}
    after = await real_shop.books()
    assert moved(before, after) == {}
    assert held(after) == held(before)
    await real_shop.client.get_workflow_handle(checkout_id).terminate("the test is over")


async def test_a_hold_that_the_vendor_did_not_take_back_is_a_persons(
    real_shop: Shop, till: Till, support: Till
) -> None:
    address = await gathered(real_shop, till)
    card = (await listed(support))["charge_giftcard"]
    await real_shop.fault("refuse", "giftcard_transaction.reverse", code=5006)
    ended = await till.post(f"{address}/cancel", {"reason": "customer left"})
    assert ended.json()["status"] == "cancelled"
    [item] = ended.json()["attention"]

    left = await listed(support)
    assert {o: h["state"] for o, h in left.items()} == {"charge_giftcard": "undo_failed"}
    barred = await release(support, card["id"])

    assert item["id"] in left["charge_giftcard"]["not_releasable"]
    assert (barred.status_code, barred.json()["code"]) == (409, "state_conflict")
    assert item["id"] in barred.json()["detail"]


async def test_a_charge_that_the_vendor_keeps_goes_on_paying(
    real_shop: Shop, till: Till, support: Till
) -> None:
    address = await gathered(real_shop, till)
    card = (await listed(support))["charge_giftcard"]
    await real_shop.fault("refuse", "giftcard_transaction.reverse", code=5006)

    refused = await release(support, card["id"])

    assert (refused.status_code, refused.json()["code"]) == (409, "tender_refused")
    seen = (await till.get(address)).json()
    assert (tenders(seen), seen["attention"]) == ([("charged", 2_00)], [])
    assert "charge_giftcard" in await listed(support)


async def test_unknown_ambiguous_and_foreign_holds_are_refused(
    real_shop: Shop, till: Till, support: Till
) -> None:
    await gathered(real_shop, till)
    lock = (await listed(support))["lock_voucher"]
    other = await till.post("/v1/checkouts", order(basket=basket(), store_id=real_shop.store.id))
    address = other.headers["Location"]
    card = {"type": "giftcard", "reference": world.CARD_20, "amount": 1_00}
    assert (await till.post(f"{address}/tenders", card)).status_code == 200
    charge = (await listed(support))["charge_giftcard"]
    keys = SqlApiKeys(real_shop.wiring.database)
    _, secret = await keys.create("Eve", ["support"], ["rtm-1"])
    stranger = replace(support, secret=secret)

    assert (await release(support, charge["effect_id"])).json()["code"] == "hold_ambiguous"
    assert (await release(support, "lock_voucher:leat:v-9#1")).json()["code"] == "hold_not_found"
    unknown = lock["id"].replace("#1", "#7")
    assert (await release(support, unknown)).json()["code"] == "hold_not_found"
    for hold_id in (lock["id"], lock["effect_id"]):
        assert (await release(stranger, hold_id)).json()["code"] == "hold_not_found"
    assert (await stranger.get("/v1/holds")).json()["data"] == []
    assert (await stranger.get("/v1/holds?store_id=ams-1")).status_code == 404
    assert (await till.get("/v1/holds")).status_code == 403
    assert (await release(till, lock["id"])).status_code == 403
    assert (await support.get("/v1/holds?older_than=yesterday")).status_code == 422


async def test_a_card_that_the_basket_sells_stays_reserved(
    real_shop: Shop, till: Till, support: Till
) -> None:
    line = {"line_id": "g", "type": "giftcard_sale", "title": "Card", "unit_amount": 10_00}
    sold = basket(flat_whites(), line | {"reference": world.CARD_NEW})
    await till.post("/v1/checkouts", order(basket=sold, store_id=real_shop.store.id))

    barred = await release(support, (await listed(support))["reserve"]["id"])

    assert (barred.status_code, barred.json()["code"]) == (409, "state_conflict")
    assert "basket" in barred.json()["detail"]


async def test_a_signal_frees_a_hold_too(shop: Shop) -> None:
    before = await shop.books()
    checkout = await shop.open(None, world.ANN_CARD)
    seen = await checkout.scan(world.VOUCHER_COFFEE)
    [effect] = seen["effects"]
    message = m.ReleaseHold(effect_id=effect["id"], reason="stuck", actor="temporal-ui")

    await checkout.handle.signal("release_hold", message)
    seen = await checkout.until(lambda view: view["effects"][0]["status"] == "reversed")

    freed = next(o["id"] for o in seen["offers"] if o["status"] == "released")
    assert offer(seen, freed)["refusal"]["code"] == "hold_released"
    assert moved(before, await shop.books()) == {}
