"""Codes that are refused: at the till, when the basket is ready, or when the bill is finalised."""

from typing import Any

from tests.support.books.letstrade import moved
from tests.support.letstrade_bill import ALL_SPENT, bill, status_of, wallet, with_codes
from tests.support.shop import Checkout, Shop
from tillsaga.domain import messages as m
from tillsaga.sandbox.letstrade import world

READY = m.MakeReady()
ELEVEN_MINUTES = {"advance_seconds": 660}


def code(value: str) -> m.ApplyOffer:
    return m.ApplyOffer(code=value)


def payment_code(value: str) -> m.AddTender:
    return m.AddTender(type="wallet", reference=value)


def standing(view: dict[str, Any]) -> tuple[list[str], list[str], int]:
    """The statuses of offers and tenders, and what is due."""
    offers = [offer["status"] for offer in view["offers"]]
    tenders = [tender["status"] for tender in view["tenders"]]
    return offers, tenders, view["totals"]["due_amount"]


async def claims(checkout: Checkout) -> list[str]:
    """What this checkout still keeps other tills from."""
    seen = await checkout.seen()
    held = (e for e in seen["effects"] if e["operation"] == "reserve" and e["status"] == "applied")
    return [effect["id"].split(":")[2][:1] for effect in held]


async def finalised_elsewhere(shop: Shop, code: str) -> None:
    """Let a till that is not ours spend a code."""
    product = {"sku": world.MUFFIN, "pid": world.MUFFIN_PID, "quantity": "1", "price": "30.00"}
    sold = {"uuid": "elsewhere", "total": "30.00", "product_list": [product]}
    till = {"store_id": world.STORE, "terminal_id": world.TERMINAL}
    answer = await shop.http.post(
        "/letstrade/v1/finalise/offerings",
        json=till | {"code": [code], "basket": sold},
        headers={"Authorization": f"Bearer {world.TOKEN}"},
    )
    assert answer.is_success, answer.text


async def test_an_expired_code_is_refused_when_it_is_applied(shop: Shop) -> None:
    checkout = await shop.open(bill())
    await shop.control("POST", "/clock", ELEVEN_MINUTES)

    assert await checkout.refused("apply_offer", code(world.CODE_TEN)) == "code_expired"
    assert await checkout.refused("add_tender", payment_code(world.CODE_PAY)) == "code_expired"


async def test_codes_that_expire_reopen_the_checkout_one_kind_after_the_other(shop: Shop) -> None:
    before = await shop.books("letstrade")
    checkout = await with_codes(shop)
    await shop.control("POST", "/clock", ELEVEN_MINUTES)

    assert await checkout.refused("ready", READY) == "code_expired"
    assert standing(checkout.view) == (["lost"], ["planned"], 50_00)
    assert "new one" in checkout.view["offers"][0]["refusal"]["detail"]
    assert await checkout.refused("ready", READY) == "code_expired"
    assert standing(checkout.view) == (["lost"], ["refused"], 100_00)
    assert await claims(checkout) == []

    assert (await checkout.pay(await checkout.ready()))["status"] == "completed"
    assert moved(before, await shop.books("letstrade")) == {"orders": 1}


async def test_codes_of_two_customers_do_not_go_together(shop: Shop) -> None:
    seed = {"codes": [{"code": "R11112222", "kind": "R", "user_id": world.PIETER}]}
    await shop.control("POST", "/seed/letstrade", seed)
    before = await shop.books("letstrade")
    checkout = await with_codes(shop)

    assert await checkout.refused("apply_offer", code("R11112222")) == "offer_refused"
    wrong = payment_code(world.CODE_PIETER)
    assert await checkout.refused("add_tender", wrong) == "tender_refused"
    assert standing(checkout.view) == (["applied", "lost"], ["planned", "refused"], 40_00)
    assert await claims(checkout) == ["R", "P"]
    due = await checkout.ready()
    await checkout.pay(due, "authorized")
    await checkout.pay(due)

    assert moved(before, await shop.books("letstrade")) == ALL_SPENT


async def test_a_declined_wallet_leaves_the_voucher_and_the_till_voids(shop: Shop) -> None:
    seed = {"codes": [{"code": "R33334444", "kind": "R", "user_id": world.SIPHO}]}
    voucher = {"vouchers": [{"voucher_id": "v-9", "user_id": world.SIPHO}]}
    await shop.control("POST", "/seed/letstrade", voucher | seed)
    before = await shop.books("letstrade")
    checkout = await shop.open(bill())
    await checkout.scan("R33334444")
    await wallet(checkout, world.CODE_DECLINED, 50_00)

    seen = await checkout.pay(await checkout.ready(), "authorized")

    assert (seen["status"], seen["instruction"]) == ("open", "void")
    assert standing(seen) == (["applied"], ["refused"], 90_00)
    assert await claims(checkout) == ["R"]
    assert moved(before, await shop.books("letstrade")) == {}
    await checkout.pay(40_00, "voided")
    due = await checkout.ready()
    await checkout.pay(due, "authorized", reference="card-2")
    seen = await checkout.pay(due, reference="card-2")
    assert status_of(seen, "finalise") == ["refused", "applied"]
    spent = {"v-9": "BURNED", "R33334444": "USED", "orders": 1}
    assert moved(before, await shop.books("letstrade")) == spent


async def test_a_code_used_elsewhere_after_ready_is_lost_and_the_wallet_stays(shop: Shop) -> None:
    checkout = await with_codes(shop)
    due = await checkout.ready()
    await finalised_elsewhere(shop, world.CODE_TEN)

    seen = await checkout.pay(due, "authorized")

    assert (seen["status"], seen["instruction"]) == ("open", "void")
    assert standing(seen) == (["lost"], ["planned"], 50_00)
    assert await claims(checkout) == ["P"]


async def test_cash_for_a_bill_that_is_refused_is_collected_or_refunded(shop: Shop) -> None:
    for ending in ("collect", "refund"):
        before = await shop.books("letstrade")
        checkout = await shop.open(bill())
        await wallet(checkout, world.CODE_DECLINED, 50_00)
        due = await checkout.ready()

        seen = await checkout.pay(due, type="cash")

        assert (seen["status"], seen["instruction"]) == ("ready", "collect")
        assert standing(seen) == ([], ["refused"], 50_00)
        if ending == "collect":
            seen = await checkout.pay(50_00, type="cash", reference="cash-2")
            assert (seen["status"], status_of(seen, "finalise")[-1]) == ("completed", "applied")
        else:
            seen = await checkout.ok("cancel", m.Cancel(reason="customer left"))
            assert (seen["status"], seen["instruction"]) == ("cancelled", "refund")
            assert [g["amount"] for g in seen["give_back"]] == [50_00]
        orders = {"orders": 1} if ending == "collect" else {}
        assert moved(before, await shop.books("letstrade")) == orders


async def test_a_one_step_till_finalises_after_the_capture(shop: Shop) -> None:
    before = await shop.books("letstrade")
    checkout = await with_codes(shop)
    await checkout.ok("ready", m.MakeReady(payment_flow="one_step"))
    assert moved(before, await shop.books("letstrade")) == {}

    seen = await checkout.pay(40_00)

    assert (seen["status"], seen["attention"]) == ("completed", [])
    assert moved(before, await shop.books("letstrade")) == ALL_SPENT
