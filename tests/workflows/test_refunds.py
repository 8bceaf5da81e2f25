"""Refunds on whole checkouts: the vendor's books are what they were before the sale."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.finding import moved, voucher
from tests.support.refunding import body, codes, give_back, lines, sell
from tests.support.shop import Checkout, Shop, basket, flat_whites, open_shop, payment
from tillsaga.domain import messages as m
from tillsaga.domain.view import Reply
from tillsaga.sandbox import world
from tillsaga.sandbox.koupon import world as koupon
from tillsaga.sandbox.loyale import world as loyale
from tillsaga.sandbox.wll import world as wll


async def test_a_full_refund_leaves_the_books_as_they_were(shop: Shop) -> None:
    before = await shop.books()
    checkout = await sell(shop)

    reply = await give_back(checkout, "r-1")

    assert reply.refusal is None
    assert reply.answer is not None
    assert moved(before, await shop.books()) == {}
    assert (reply.status, reply.answer["status"]) == (201, "completed")
    assert reply.answer["amount"] == 11_50 - 1_15


async def test_a_refund_of_a_sale_that_is_being_completed_waits_for_its_end(shop: Shop) -> None:
    """The till had read of the end, which a worker wrote down before it died."""
    before = await shop.books()
    checkout = await shop.open()
    await checkout.scan(world.VOUCHER_TEN_PERCENT)
    due = await checkout.ready()
    await shop.fault("delay", "voucher.redeem", delay_ms=1_500)
    paying = asyncio.create_task(checkout.say("payment", payment(due)))
    await checkout.until(lambda seen: seen["status"] == "completing")

    reply = await give_back(checkout, "r-1")

    assert (await paying).refusal is None
    assert reply.refusal is None
    assert (reply.status, body(reply)["status"], body(reply)["amount"]) == (201, "completed", due)
    assert moved(before, await shop.books()) == {}


# --- parts ----------------------------------------------------------------------------------------

PARTS = ([("1", "1")], [("2", "1")], None)
ORDERS = ("reverse", "pro_rata", "chosen")


class Chooser:
    """Chooses by itself who gets what back: in the order in which they paid."""

    def __init__(self, checkout: Checkout) -> None:
        self._checkout = checkout
        view = checkout.view
        self._left = [
            *({"tender_id": t["id"], "amount": t["amount"]} for t in view["tenders"]),
            *({"payment_id": p["id"], "amount": p["amount"]} for p in view["payments"]),
        ]

    async def choose(self, wanted: list[tuple[str, str]] | None) -> dict[str, Any]:
        foreseen = await give_back(self._checkout, "dry", dry_run=True, **lines(wanted))
        amount = int(body(foreseen)["amount"])
        chosen = []
        for share in self._left:
            part = min(amount, share["amount"])
            share["amount"] -= part
            amount -= part
            if part:
                chosen.append(share | {"amount": part})
        return {"tender_order": "chosen", "tenders": chosen}


async def in_parts(checkout: Checkout, order: str) -> list[dict[str, Any]]:
    """Give everything back in three refunds; each is foreseen exactly."""
    chooser = Chooser(checkout)
    refunds = []
    for number, wanted in enumerate(PARTS):
        how = await chooser.choose(wanted) if order == "chosen" else {"tender_order": order}
        said = lines(wanted) | how
        foreseen = await give_back(checkout, f"r-{number}", dry_run=True, **said)
        reply = await give_back(checkout, f"r-{number}", **said)
        assert shown(foreseen) == shown(reply)
        refunds.append(body(reply))
    return refunds


def shown(reply: Reply) -> dict[str, Any]:
    """What a dry run can know: all but how it ended."""
    said = body(reply)
    reversals = [reversal | {"status": None} for reversal in said["reversals"]]
    return said | {"reversals": reversals, "status": None, "created_at": None, "attention": None}


@pytest.fixture
async def leat(tmp_path: Path) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path) as opened:
        yield opened


@pytest.mark.parametrize("order", ORDERS)
async def test_parts_add_up_to_the_sale(leat: Shop, order: str) -> None:
    before = await leat.books()
    checkout = await sell(leat)

    refunds = await in_parts(checkout, order)

    assert moved(before, await leat.books()) == {}
    assert [refund["status"] for refund in refunds] == ["completed"] * 3
    assert sum(refund["amount"] for refund in refunds) == 11_50 - 1_15
    given = [g["amount"] for refund in refunds for g in refund["give_back"]]
    assert sum(given) == 10_35 - 3_00 - 2_00


async def test_parts_survive_a_replay_at_every_task(shop: Shop) -> None:
    before = await shop.books()

    await in_parts(await sell(shop), "pro_rata")

    assert moved(before, await shop.books()) == {}


async def test_a_voucher_comes_back_with_the_last_of_its_lines(leat: Shop) -> None:
    checkout = await sell(leat)
    used = []
    for number, wanted in enumerate(PARTS):
        await give_back(checkout, f"r-{number}", **lines(wanted))
        used.append(voucher(await leat.books(), world.VOUCHER_TEN_PERCENT)["times_redeemed"])

    assert used == [1, 1, 0]


CALLS = (
    "order_return.create_and_process",
    "giftcard_transaction.create",
    "prepaid_transaction.create",
)


@pytest.mark.parametrize("kind", ["drop_after", "drop_before"])
@pytest.mark.parametrize("call", CALLS)
async def test_a_part_whose_answer_was_lost_is_given_back_once(
    leat: Shop, call: str, kind: str
) -> None:
    before = await leat.books()
    checkout = await sell(leat)
    await leat.fault(kind, call)

    first = await give_back(checkout, "r-1", tender_order="pro_rata", **lines([("1", "1")]))
    last = await give_back(checkout, "r-2", tender_order="pro_rata")

    assert [body(r)["status"] for r in (first, last)] == ["completed"] * 2
    assert moved(before, await leat.books()) == {}


async def test_the_same_refund_twice_gives_back_once(leat: Shop) -> None:
    checkout = await sell(leat)
    part = {"tender_order": "pro_rata"} | lines([("1", "1")])
    first = await give_back(checkout, "r-1", **part)
    books = await leat.books()

    again = await give_back(checkout, "r-1", **part)
    other = await give_back(checkout, "r-1", **lines([("2", "1")]))

    assert again.answer == first.answer
    assert other.refusal is not None
    assert other.refusal.code == "refund_exists"
    assert await leat.books() == books


async def test_ten_refunds_at_once_give_back_no_more_than_was_sold(leat: Shop) -> None:
    before = await leat.books()
    checkout = await sell(leat)

    replies = await asyncio.gather(
        *(
            give_back(checkout, f"r-{n}", tender_order="pro_rata", **lines([("1", "1")]))
            for n in range(10)
        )
    )

    refused = [reply.refusal.code for reply in replies if reply.refusal]
    assert refused == ["refund_exceeds_sale"] * 8
    await give_back(checkout, "rest")
    assert moved(before, await leat.books()) == {}


async def test_a_dry_run_changes_nothing_at_the_vendor(leat: Shop) -> None:
    checkout = await sell(leat)
    books = await leat.books()
    await leat.control("DELETE", "/requests")

    reply = await give_back(checkout, "r-1", dry_run=True, **lines([("1", "1")]))

    assert reply.status == 200
    assert await leat.books() == books
    log = (await leat.control("GET", "/requests"))["requests"]
    assert {e["operation"] for e in log if e["method"] != "GET"} <= {"order.simulate"}


# --- what was sold --------------------------------------------------------------------------------


async def sell_card_and_credit(shop: Shop) -> Checkout:
    card = {"line_id": "1", "type": "giftcard_sale", "title": "Gift card", "unit_amount": 25_00}
    credit = {"line_id": "2", "type": "prepaid_topup", "title": "Top-up", "unit_amount": 10_00}
    goods = basket(card | {"reference": world.CARD_NEW}, credit, flat_whites(line_id="3"))
    checkout = await shop.open(goods, world.ANN_CARD)
    await checkout.pay(await checkout.ready())
    assert await checkout.ended() == "completed"
    return checkout


async def test_a_returned_gift_card_is_unloaded_and_a_top_up_withdrawn(leat: Shop) -> None:
    before = await leat.books()
    checkout = await sell_card_and_credit(leat)

    for line_id in ("1", "2"):
        reply = await give_back(checkout, f"r-{line_id}", **lines([(line_id, "1")]))
        assert body(reply)["status"] == "completed"

    assert set(moved(before, await leat.books())) == {f"points:{world.ANN}"}


async def test_a_part_of_a_gift_card_does_not_come_back(leat: Shop) -> None:
    checkout = await sell_card_and_credit(leat)

    reply = await give_back(checkout, "r-1", **lines([("1", "0.5")]))

    assert reply.refusal is not None
    assert reply.refusal.code == "line_not_divisible"


# --- other vendors --------------------------------------------------------------------------------


@pytest.mark.parametrize("order", ORDERS)
async def test_parts_add_up_at_two_vendors(tmp_path: Path, order: str) -> None:
    async with open_shop(tmp_path, kinds=("leat", "loyale")) as shop:
        before = await shop.books()
        points = await loyale_points(shop)
        checkout = await shop.open(None, world.ANN_CARD, loyale.ANN_BARCODE)
        await checkout.scan(world.VOUCHER_TEN_PERCENT)
        await checkout.giftcard(world.CARD_20, 3_00)
        await checkout.pay(await checkout.ready())
        assert await checkout.ended() == "completed"

        refunds = await in_parts(checkout, order)

        assert moved(before, await shop.books()) == {}
        assert await loyale_points(shop) == points
        assert [refund["status"] for refund in refunds] == ["completed"] * 3


@pytest.mark.parametrize("order", ORDERS)
async def test_points_that_paid_within_the_vendors_sale_add_up_in_parts(
    tmp_path: Path, order: str
) -> None:
    """Loyale gives points back in the sale's own proportions, or exactly as it is asked."""
    async with open_shop(tmp_path, kinds=("loyale",)) as shop:
        before = await loyale_points(shop)
        checkout = await shop.open(None, loyale.ANN_BARCODE)
        await checkout.ok("add_tender", m.AddTender(type="points", amount=3_33))
        await checkout.pay(await checkout.ready())
        assert await checkout.ended() == "completed"
        sold = await loyale_points(shop)

        refunds = await in_parts(checkout, order)

        over = before - await loyale_points(shop)
        assert over == 0 or refunds[-1]["attention"][0]["code"] == "vendor_mismatch"
        assert abs(over) <= len(PARTS)
        told = sum(r["points"] for refund in refunds for r in refund["reversals"])
        assert sold + told == await loyale_points(shop)


async def loyale_points(shop: Shop) -> int:
    return int((await shop.books("loyale"))["customers"][loyale.ANN]["points"])


@pytest.mark.parametrize("order", ORDERS)
async def test_earned_and_spent_points_add_up_in_parts(tmp_path: Path, order: str) -> None:
    async with open_shop(tmp_path, kinds=("wll",)) as shop:
        before = await wll_points(shop)
        checkout = await shop.open(None, wll.MEMBER_ACCOUNT)
        await checkout.ok("add_tender", m.AddTender(type="points", amount=3_33))
        await checkout.pay(await checkout.ready())
        assert await checkout.ended() == "completed"
        assert await wll_points(shop) != before

        refunds = await in_parts(checkout, order)

        assert await wll_points(shop) == before
        assert [refund["status"] for refund in refunds] == ["completed"] * 3


@pytest.mark.parametrize("more", [{}, lines([("1", "1")])], ids=["whole", "part"])
async def test_points_taken_and_given_back_take_turns(tmp_path: Path, more: dict[str, Any]) -> None:
    """Side by side, the one would make the other look cut short by a cap."""
    async with open_shop(tmp_path, kinds=("wll",)) as shop:
        checkout = await shop.open(None, wll.MEMBER_ACCOUNT)
        await checkout.ok("add_tender", m.AddTender(type="points", amount=3_33))
        await checkout.pay(await checkout.ready())
        assert await checkout.ended() == "completed"
        await shop.fault("delay", "event.report", "wll", times=2, delay_ms=400)

        reply = await give_back(checkout, "r-1", tender_order="pro_rata", **more)

        assert (body(reply)["status"], codes(reply)) == ("completed", [])


async def wll_points(shop: Shop) -> int:
    return int((await shop.books("wll"))["points"][wll.MEMBER]["balance"])


@pytest.mark.parametrize(
    ("policy", "points", "case"),
    [("negative", -7, None), ("floor", 0, None), ("review", 4, "points_spent")],
)
@pytest.mark.parametrize("whole", [True, False])
async def test_spent_points_follow_the_stores_policy(
    tmp_path: Path, policy: str, points: int, case: str | None, whole: bool
) -> None:
    """The sale of 11.50 earns 11 points, of which a first part takes 3 where 4 are left."""
    async with open_shop(
        tmp_path, kinds=("wll",), policy=f"spent_points_on_refund: {policy}"
    ) as shop:
        checkout = await shop.open(None, wll.MEMBER_ACCOUNT)
        await checkout.pay(await checkout.ready())
        assert await checkout.ended() == "completed"
        await spend_all_but(shop, 4)

        if not whole:
            await give_back(checkout, "r-0", **lines([("1", "1")]))
        reply = await give_back(checkout, "r-1")

        taken_before = 0 if whole or case is None else 3
        assert await wll_points(shop) == points - taken_before
        assert codes(reply) == ([case] if case else [])
        assert body(reply)["status"] == ("attention" if case else "completed")


async def spend_all_but(shop: Shop, points: int) -> None:
    order = await wll_points(shop) - points
    sale = await shop.open(basket({"line_id": "1", "sku": "X", "title": "X", "unit_amount": order}))
    await sale.identify(wll.MEMBER_ACCOUNT)
    await sale.ok("add_tender", m.AddTender(type="points", amount=order))


@pytest.mark.parametrize("kind", ["drop_after", "drop_before"])
@pytest.mark.parametrize("after", [0, 1])
async def test_events_whose_answer_was_lost_count_once(
    tmp_path: Path, kind: str, after: int
) -> None:
    async with open_shop(tmp_path, kinds=("wll",)) as shop:
        before = await wll_points(shop)
        checkout = await shop.open(None, wll.MEMBER_ACCOUNT)
        await checkout.ok("add_tender", m.AddTender(type="points", amount=3_33))
        await checkout.pay(await checkout.ready())
        assert await checkout.ended() == "completed"
        await shop.fault(kind, "event.report", "wll", after=after)

        await give_back(checkout, "r-1", tender_order="pro_rata", **lines([("1", "1")]))
        await give_back(checkout, "r-2")

        assert await wll_points(shop) == before


@pytest.mark.parametrize("kind", ["drop_after", "drop_before"])
async def test_a_line_item_whose_answer_was_lost_comes_back_once(tmp_path: Path, kind: str) -> None:
    async with open_shop(tmp_path, kinds=("loyale",)) as shop:
        before = await loyale_points(shop)
        checkout = await shop.open(None, loyale.ANN_BARCODE)
        await checkout.pay(await checkout.ready())
        assert await checkout.ended() == "completed"
        await shop.fault(kind, "return.line_item", "loyale", query_regex="^$")

        first = await give_back(checkout, "r-1", **lines([("1", "1"), ("2", "1")]))
        assert body(first)["status"] == "completed"
        await give_back(checkout, "r-2")

        assert await loyale_points(shop) == before


async def test_parts_that_no_vendor_takes_back_are_a_persons(tmp_path: Path) -> None:
    async with open_shop(tmp_path, kinds=("letstrade",)) as shop:
        checkout = await shop.open(None)
        await checkout.pay(await checkout.ready())
        assert await checkout.ended() == "completed"

        reply = await give_back(checkout, "r-1", **lines([("1", "1")]))

        assert (body(reply)["status"], codes(reply)) == ("attention", ["goodwill"])
        assert body(reply)["attention"][0]["amount"] == 3_50


async def test_a_redeemed_coupon_is_a_persons_once_its_lines_are_back(tmp_path: Path) -> None:
    async with open_shop(tmp_path, kinds=("koupon",)) as shop:
        checkout = await shop.open(basket(currency="USD"))
        await checkout.scan(koupon.BARCODE)
        await checkout.pay(await checkout.ready())
        assert await checkout.ended() == "completed"

        first = await give_back(checkout, "r-1", **lines([("1", "1")]))
        last = await give_back(checkout, "r-2")

        assert (body(first)["status"], codes(first)) == ("completed", [])
        assert (body(last)["status"], codes(last)) == ("attention", ["goodwill"])


async def test_a_refund_withdraws_what_has_not_been_earned_yet(shop: Shop) -> None:
    """The vendor is down for orders; the goods come back before it does."""
    before = await shop.books()
    await shop.fault("maintenance", "order.create_and_process", times=None)
    checkout = await shop.open(None, world.ANN_CARD)
    seen = await checkout.pay(await checkout.ready())
    assert (seen["status"], seen["earned"]) == ("completed", [])

    back = m.RefundSale(refund_id="r-1", reason="returned")
    reply = await checkout.say("refund", back)
    await shop.mend()

    assert reply.refusal is None
    assert await checkout.ended() == "completed"
    assert moved(before, await shop.books()) == {}
    assert (await checkout.seen())["attention"] == []
