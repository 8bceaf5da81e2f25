"""A day of every kind of checkout over four vendors, and other systems beside: no false alarm."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from tests.support.claims import claim
from tests.support.reconciling import found, reconcile
from tests.support.refunding import give_back
from tests.support.shop import Checkout, Shop, basket, flat_whites, open_shop
from tillsaga.domain import messages as m
from tillsaga.sandbox import world
from tillsaga.sandbox.loyale import world as loyale
from tillsaga.sandbox.wll import world as wll

KINDS = ("leat", "wll", "loyale", "letstrade")
Play = Callable[[Shop], Coroutine[Any, Any, object]]
LOST = (
    ("leat", "giftcard_transaction.create"),
    ("leat", "prepaid_transaction.create"),
    ("leat", "order.create_and_process"),
    ("leat", "voucher.redeem"),
    ("leat", "reward_reception.create"),
    ("wll", "order.place"),
    ("wll", "voucher.validate"),
    ("loyale", "transaction.create"),
)


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path, kinds=KINDS) as opened:
        yield opened


async def shown(shop: Shop, sold: dict[str, Any] | None = None) -> Checkout:
    """A new customer of three vendors with everything that these have to spend."""
    contact: dict[str, Any] = {"points": 120, "prepaid_in_cents": 25_00, "identifiers": [{}]}
    at_leat: dict[str, Any] = {
        "contacts": [contact],
        "giftcards": [{"balance_in_cents": 20_00}],
        "vouchers": [{"promotion_uuid": world.PROMOTION_COFFEE}],
    }
    user: dict[str, Any] = {"points": 500, "vouchers": [{"reward": wll.FIVE_OFF}]}
    leat = await shop.control("POST", "/seed/leat", at_leat)
    member = (await shop.control("POST", "/seed/wll", {"users": [user]}))["users"][0]
    made = await shop.control("POST", "/seed/loyale", {"customers": [{"points": 1000}]})
    cards = (
        leat["contacts"][0]["identifiers"][0],
        member["account_number"],
        made["customers"][0]["barcode"],
    )
    checkout = await shop.open(sold or basket(flat_whites(4), cake(3)), *cards)
    await checkout.giftcard(leat["giftcards"][0]["hash"], 2_00)
    await checkout.prepaid(1_00)
    await checkout.scan(leat["vouchers"][0]["code"])
    await checkout.offer(f"leat:reward:{world.REWARD_COFFEE}")
    await checkout.offer(f"wll:voucher:{member['vouchers'][0]['id']}")
    return checkout


def cake(quantity: int) -> dict[str, Any]:
    names: dict[str, Any] = {"line_id": "2", "sku": "CAKE", "title": "Cheesecake"}
    return names | {"unit_amount": 4_50, "quantity": str(quantity)}


async def sold(shop: Shop) -> Checkout:
    """A sale with all of it."""
    checkout = await shown(shop)
    due = await checkout.ready()
    await checkout.pay(due, "authorized")
    await checkout.pay(due)
    assert await checkout.ended() == "completed"
    return checkout


async def declined(shop: Shop) -> None:
    checkout = await shown(shop)
    await checkout.pay(await checkout.ready(), "declined", final=True)
    await checkout.ended()


async def changed_their_mind(shop: Shop) -> None:
    checkout = await shown(shop)
    await checkout.ok("remove_tender", m.RemoveTender(tender_id="tnd_1"))
    await checkout.ok("cancel", m.Cancel(reason="customer left"))
    await checkout.ended()


async def refunded(shop: Shop) -> None:
    await give_back(await sold(shop), "r-all")


async def refunded_in_parts(shop: Shop) -> None:
    checkout = await sold(shop)
    await give_back(checkout, "r-1", lines=[{"line_id": "2", "quantity": "1"}])
    await give_back(
        checkout, "r-2", lines=[{"line_id": "1", "quantity": "1"}], tender_order="pro_rata"
    )
    await give_back(checkout, "r-3")


async def refunded_a_part(shop: Shop) -> None:
    checkout = await sold(shop)
    await give_back(checkout, "r-1", lines=[{"line_id": "2", "quantity": "2"}])


async def stored_value_sold(shop: Shop) -> None:
    card = (await shop.control("POST", "/seed/leat", {"giftcards": [{}]}))["giftcards"][0]
    lines = [
        {"line_id": "1", "type": "giftcard_sale", "title": "Card", "unit_amount": 25_00}
        | {"reference": card["hash"]},
        {"line_id": "2", "type": "prepaid_topup", "title": "Top-up", "unit_amount": 10_00},
        {"line_id": "3", "type": "giftcard_sale", "title": "Digital", "unit_amount": 15_00},
        flat_whites(1, line_id="4"),
    ]
    checkout = await shop.open(basket(*lines), world.ANN_CARD)
    await checkout.pay(await checkout.ready())
    await checkout.ended()
    await give_back(checkout, "r-1", lines=[{"line_id": "2", "quantity": "1"}])


async def closed(shop: Shop) -> None:
    given = [{"code": world.VOUCHER_TEN_PERCENT, "discount_amount": 1_15}]
    checkout = await shop.open(None, world.ANN_CARD, mode="closed_bill", offers=given)
    await checkout.ended()


async def claimed(shop: Shop) -> None:
    checkout = await shop.open()
    await checkout.pay(await checkout.ready())
    assert await checkout.ended() == "completed"
    await claim(shop, checkout)
    await shop.client.get_workflow_handle(f"claim-{checkout.id}").result()


async def lost(shop: Shop) -> None:
    """Answers lost on the way back, one after another, and found out again."""
    for vendor, operation in LOST:
        await shop.fault("drop_after", operation, vendor)
        checkout = await shown(shop)
        due = await checkout.ready()
        await checkout.pay(due, "authorized")
        await checkout.until(lambda seen: seen["instruction"] != "wait")
        await checkout.pay(checkout.view["totals"]["due_amount"])
        await checkout.ended()
        await shop.mend()


async def somebody_else(shop: Shop) -> None:
    """Another system in the same accounts, at the same shop."""
    leat, wllty = await shop.books("leat"), "/wll/api/v1"
    card = next(uuid for uuid, one in leat["giftcards"].items() if one["hash"] == world.CARD_20)
    at_leat: dict[str, Any] = {"Authorization": f"Bearer {world.TOKEN}"}
    at_wll = {"X-Api-Key": wll.API_KEY, "Authorization": f"Bearer {wll.TOKEN}"}
    at_loyale = {"X-Scheme": loyale.SCHEME, "X-ApiKey": loyale.API_KEY}
    here = {"shop_uuid": world.SHOP}
    line: dict[str, Any] = {
        "external_identifier": "P-1",
        "name": "Tea",
        "quantity": 1,
        "price": 3_00,
    }
    line |= {"total_amount": 3_00, "product": {"external_identifier": "TEA"}}
    order: dict[str, Any] = {
        "external_identifier": "POS-1001",
        "status": "COMPLETED",
        "payment_status": "PAID",
    }
    order |= {"total_order_amount": 3_00, "line_items": [line], "contact": {"uuid": world.ANN}}
    order |= {"business_profile": {"uuid": world.SHOP}}
    event: dict[str, Any] = {"type": wll.SPEND_TYPE, "subject": wll.MEMBER, "executor": "app"}
    event |= {"payload": {"points": 10, "operationId": "app-1", "transactionId": "tx-1"}}
    sale: dict[str, Any] = {
        "outletId": loyale.OUTLET,
        "customerId": loyale.ANN,
        "uniqueId": "pos-7",
    }
    sale |= {"lineItems": [{"quantity": 1, "sku": "TEA", "unitSalePrice": 3.0}]}
    clients = "/leat/api/v3/oauth/clients"
    for path, body, headers in (
        (f"{clients}/giftcard-transactions", here | {"giftcard_uuid": card}, at_leat),
        (f"{clients}/prepaid-transactions", here | {"contact_uuid": world.ANN}, at_leat),
        (f"{clients}/credit-receptions", here | {"contact_uuid": world.ANN, "credits": 7}, at_leat),
        (f"{clients}/reward-receptions", here | reward(), at_leat),
        (f"{clients}/orders/create-and-process", order, at_leat),
        (f"{wllty}/events", event, at_wll),
        ("/loyale/api/Transaction", sale, at_loyale),
    ):
        amount = {} if "credits" in body else {"amount_in_cents": -1_00}
        moves = "giftcard_uuid" in body or path.endswith("prepaid-transactions")
        sent = body | (amount if moves else {})
        answer = await shop.http.post(path, json=sent, headers=headers)
        assert answer.is_success, (path, answer.text)


async def all_of(*plays: Coroutine[Any, Any, object]) -> None:
    """Two tills at work: more, and a busy machine's vendors look down."""
    tills = asyncio.Semaphore(2)

    async def at_a_till(play: Coroutine[Any, Any, object]) -> None:
        async with tills:
            await play

    await asyncio.gather(*(at_a_till(play) for play in plays))


def reward() -> dict[str, Any]:
    return {"contact_uuid": world.ANN, "reward_uuid": world.REWARD_TWO_OFF}


@pytest.mark.timeout(300)
async def test_a_day_of_everything_beside_other_systems_raises_no_alarm(shop: Shop) -> None:
    plays: list[Play] = [declined, changed_their_mind, refunded, refunded_in_parts, refunded_a_part]
    plays += [stored_value_sold, closed, claimed, somebody_else, *[declined] * 3]
    await all_of(*(play(shop) for play in plays), *(sold(shop) for _ in range(8)))
    await lost(shop)

    results = await reconcile(shop)

    assert {name: found(result) for name, result in results.items()} == {k: [] for k in KINDS}
    assert [result.open for result in results.values()] == [0, 0, 0, 0]
    assert results["leat"].compared > 150
    assert min(results["wll"].compared, results["loyale"].compared) > 30
