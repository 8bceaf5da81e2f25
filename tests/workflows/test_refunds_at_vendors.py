"""What a refund means at each vendor beyond Leat's parts: voids, caps, doubts, long outages."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.books import letstrade as letstrade_books
from tests.support.books import loyale as loyale_books
from tests.support.books import wll as wll_books
from tests.support.door import open_door
from tests.support.finding import effects, moved
from tests.support.letstrade_bill import ALL_SPENT, with_codes
from tests.support.refunding import body, codes, give_back, lines, sell
from tests.support.shop import Checkout, Shop, open_shop
from tillsaga.domain import messages as m
from tillsaga.sandbox import world
from tillsaga.sandbox.letstrade import world as letstrade
from tillsaga.sandbox.loyale import world as loyale
from tillsaga.sandbox.wll import world as wll

# --- Let'sTrade -----------------------------------------------------------------------------------

REFUNDS: dict[str, Any] = {"settings": {"letstrade": {"refund_enabled": True}}}
VOIDED = {letstrade.CODE_TEN: "USED", letstrade.CODE_PAY: "USED", "orders": 1, "voided": 1}
"""The money and the voucher are back; a code is used for ever."""


async def finalised(shop: Shop) -> Checkout:
    """100.00, of which a voucher takes 10.00 and a payment code pays 50.00."""
    await shop.switch("letstrade", refund_enabled=True)
    checkout = await with_codes(shop)
    await checkout.pay(await checkout.ready(), "authorized")
    await checkout.pay(40_00)
    assert await checkout.ended() == "completed"
    return checkout


@pytest.mark.parametrize("kind", [None, "drop_after", "drop_before", "error_after"])
async def test_a_whole_bill_is_voided_once_where_the_vendor_refunds(
    tmp_path: Path, kind: str | None
) -> None:
    async with open_shop(tmp_path, kinds=("letstrade",), **REFUNDS) as shop:
        before = await shop.books("letstrade")
        checkout = await finalised(shop)
        assert letstrade_books.moved(before, await shop.books("letstrade")) == ALL_SPENT
        if kind:
            await shop.fault(kind, "refund.create", "letstrade")

        reply = await give_back(checkout, "r-1")
        again = await give_back(checkout, "r-1")

        assert (body(reply)["status"], codes(reply)) == ("completed", [])
        assert again.answer == reply.answer
        assert letstrade_books.moved(before, await shop.books("letstrade")) == VOIDED
        assert [t["status"] for t in checkout.view["tenders"]] == ["reversed"]
        assert body(reply)["give_back"] == [
            {"payment_id": "pay_1", "type": "card", "amount": 40_00}
        ]


async def test_a_void_that_the_vendor_refuses_is_a_persons(tmp_path: Path) -> None:
    async with open_shop(tmp_path, kinds=("letstrade",), **REFUNDS) as shop:
        before = await shop.books("letstrade")
        checkout = await finalised(shop)
        await shop.switch("letstrade", refund_enabled=False)

        reply = await give_back(checkout, "r-1")

        assert (body(reply)["status"], codes(reply)) == ("attention", ["undo_failed"])
        assert letstrade_books.moved(before, await shop.books("letstrade")) == ALL_SPENT
        assert [t["status"] for t in checkout.view["tenders"]] == ["charged"]


@pytest.mark.parametrize("enabled", [True, False])
async def test_parts_of_a_bill_are_a_persons_and_never_asked_for(
    tmp_path: Path, enabled: bool
) -> None:
    settings = {"letstrade": {"refund_enabled": enabled}}
    async with open_shop(tmp_path, kinds=("letstrade",), settings=settings) as shop:
        before = await shop.books("letstrade")
        checkout = await finalised(shop)

        first = await give_back(checkout, "r-1", **lines([("2", "1")]))
        rest = await give_back(checkout, "r-2")

        assert [codes(reply) for reply in (first, rest)] == [["goodwill"]] * 2 or enabled
        assert [body(reply)["status"] for reply in (first, rest)] == ["attention"] * 2
        amounts = [body(reply)["attention"][0]["amount"] for reply in (first, rest)]
        assert sum(amounts) >= 90_00 - 50_00
        assert letstrade_books.moved(before, await shop.books("letstrade")) == ALL_SPENT
        assert "refund.create" not in await shop.asked("letstrade")


async def test_without_the_vendors_refund_a_whole_bill_is_a_persons_too(tmp_path: Path) -> None:
    async with open_shop(tmp_path, kinds=("letstrade",)) as shop:
        checkout = await finalised(shop)

        reply = await give_back(checkout, "r-1")

        assert (body(reply)["status"], codes(reply)) == ("attention", ["undo_failed"])
        assert body(reply)["amount"] == 90_00
        assert "refund.create" not in await shop.asked("letstrade")


# --- White Label ----------------------------------------------------------------------------------


@pytest.mark.parametrize("more", [{}, lines([("1", "1")])], ids=["whole", "part"])
async def test_points_that_a_cap_cuts_short_are_put_before_a_person(
    tmp_path: Path, more: dict[str, Any]
) -> None:
    """A cap counts what is given back as earned, and drops the excess."""
    async with open_shop(tmp_path, kinds=("wll",)) as shop:
        before = wll_books.balance(await shop.books("wll"), wll.MEMBER)
        checkout = await shop.open(None, wll.MEMBER_ACCOUNT)
        await checkout.ok("add_tender", m.AddTender(type="points", amount=3_33))
        await checkout.pay(await checkout.ready())
        assert await checkout.ended() == "completed"
        await shop.switch("wll", earn_cap_points=0)

        reply = await give_back(checkout, "r-1", tender_order="pro_rata", **more)

        assert body(reply)["status"] == "attention"
        assert codes(reply) == ["vendor_mismatch"]
        assert [t["status"] for t in checkout.view["tenders"]] == ["charged"] or not more
        assert wll_books.balance(await shop.books("wll"), wll.MEMBER) < before


# --- Loyale ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["drop_after", "drop_before"])
async def test_a_sale_in_doubt_at_loyale_is_asked_for_before_it_is_returned(
    tmp_path: Path, kind: str
) -> None:
    async with open_shop(tmp_path, kinds=("loyale",), policy="answer_budget: 2s") as shop:
        before = await shop.books("loyale")
        checkout = await shop.open(None, loyale.ANN_BARCODE)
        due = await checkout.ready()
        await shop.fault(kind, "transaction.create", "loyale")
        await shop.fault("maintenance", "transaction.status", "loyale", times=None)
        assert (await checkout.pay(due))["status"] == "completed"

        reply = await checkout.say("refund", m.RefundSale(refund_id="r-1", reason="returned"))
        assert body(reply)["status"] == "pending"
        await shop.mend()

        assert await checkout.ended() == "completed"
        again = await give_back(checkout, "r-1")
        assert (body(again)["status"], codes(again)) == ("completed", [])
        told = loyale_books.moved(before, await shop.books("loyale"))
        assert {name: n for name, n in told.items() if name != "sales"} == {}


# --- Leat -----------------------------------------------------------------------------------------


async def test_a_collected_reward_comes_back_collection_first(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        before = await shop.books()
        checkout = await shop.open(None, world.ANN_CARD)
        await checkout.offer(f"leat:reward:{world.REWARD_COFFEE}")
        await checkout.pay(await checkout.ready())
        assert await checkout.ended() == "completed"

        reply = await give_back(checkout, "r-1")

        assert (body(reply)["status"], codes(reply)) == ("completed", [])
        assert moved(before, await shop.books()) == {}
        asked = [name for name in await shop.asked("leat") if name.endswith(".reverse")]
        assert asked == ["collectable_reward.reverse", "reward_reception.reverse"]


OUTAGE = (
    "order_return.create_and_process",
    "giftcard_transaction.reverse",
    "prepaid_transaction.reverse",
    "voucher.reverse",
)


async def test_a_refund_outlives_six_hours_without_its_vendor(tmp_path: Path) -> None:
    async with open_shop(tmp_path, policy="answer_budget: 5s") as shop, open_door(shop) as till:
        before = await shop.books()
        checkout = await sell(shop)
        for operation in OUTAGE:
            await shop.fault("rate_limited", operation, times=None, retry_after=1800)
        said = {"refund_id": "r-1", "reason": "returned"}

        asked = await till.post(f"/v1/checkouts/{checkout.id}/refunds", said)
        assert (asked.status_code, asked.json()["status"]) == (201, "pending")
        assert asked.json()["give_back"][0]["amount"] == 5_35
        for _ in range(6):
            await shop.env.sleep(3600)
        waiting = await till.get("/v1/refunds/r-1")
        assert (waiting.status_code, waiting.json()["status"]) == (200, "pending")
        await shop.mend()

        checkout.handle = shop.client.get_workflow_handle(checkout.id)
        assert await checkout.ended() == "completed"
        done = (await till.get("/v1/refunds/r-1")).json()
        assert (done["status"], done["attention"]) == ("completed", [])
        assert {r["status"] for r in done["reversals"]} == {"reversed"}
        assert moved(before, await shop.books()) == {}
        seen = (await till.get(f"/v1/checkouts/{checkout.id}")).json()
        assert [t["status"] for t in seen["tenders"]] == ["reversed"] * 2
        assert effects(seen, "post_order") == ["reversed"]
