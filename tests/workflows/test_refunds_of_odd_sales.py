"""Sales that did not go the straight way come back all the same."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support.claims import claim
from tests.support.dollars import DUE, KINDS, books, loaded
from tests.support.facts import tell
from tests.support.finding import moved
from tests.support.refunding import body, codes, give_back, lines, refusal
from tests.support.shop import Shop, basket, open_shop, payment
from tillsaga.domain import messages as m
from tillsaga.sandbox import world
from tillsaga.sandbox.loyale import world as loyale


@pytest.fixture
async def leat(tmp_path: Path) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path) as opened:
        yield opened


async def test_a_closed_bill_comes_back_in_parts(leat: Shop) -> None:
    before = await leat.books()
    offers = [{"code": world.VOUCHER_TEN_PERCENT, "discount_amount": 1_15}]
    paid = [{"type": "card", "amount": 10_35, "reference": "psp-1"}]
    checkout, reply = await leat.try_open(
        basket(),
        world.ANN_CARD,
        mode="closed_bill",
        occurred_at=datetime(2025, 3, 1, tzinfo=UTC),
        offers=offers,
        payments=paid,
    )
    assert (reply.refusal, await checkout.ended()) == (None, "completed")

    first = await give_back(checkout, "r-1", **lines([("1", "1")]))
    last = await give_back(checkout, "r-2")

    assert [body(r)["status"] for r in (first, last)] == ["completed"] * 2
    assert body(first)["amount"] + body(last)["amount"] == 10_35
    assert moved(before, await leat.books()) == {}


async def test_a_closed_bill_without_payments_has_nothing_of_ours_to_give_back(leat: Shop) -> None:
    before = await leat.books()
    checkout, _ = await leat.try_open(basket(), world.ANN_CARD, mode="closed_bill")
    assert await checkout.ended() == "completed"

    reply = await give_back(checkout, "r-1")

    assert body(reply)["status"] == "completed"
    assert moved(before, await leat.books()) == {}


async def test_a_sale_that_was_paid_late_comes_back(leat: Shop) -> None:
    before = await leat.books()
    checkout = await leat.open(None, world.ANN_CARD)
    await checkout.scan(world.VOUCHER_TEN_PERCENT)
    await checkout.giftcard(world.CARD_20, 3_00)
    due = await checkout.ready()
    for said in ("cancel", "captured"):
        assert await tell(checkout, said, due) is None
    assert checkout.view["status"] == "completed"

    first = await give_back(checkout, "r-1", tender_order="pro_rata", **lines([("1", "1")]))
    last = await give_back(checkout, "r-2")

    assert [codes(r) for r in (first, last)] == [[], []]
    assert moved(before, await leat.books()) == {}
    assert [t["status"] for t in checkout.view["tenders"]] == ["reversed"]
    assert [t["balance_after_amount"] for t in checkout.view["tenders"]] == [20_00]


async def test_a_sale_with_coupons_spent_for_good_comes_back_as_far_as_it_can(
    tmp_path: Path,
) -> None:
    """It failed, was made good, and was paid after all: each thing is a case once more."""
    async with open_shop(tmp_path, kinds=KINDS) as shop:
        before = await books(shop)
        checkout = await loaded(shop)
        await checkout.ready()
        for said in ("authorized", "cancel", "captured"):
            assert await tell(checkout, said, DUE) is None
        assert (checkout.view["status"], checkout.view["attention"]) == ("completed", [])

        reply = await give_back(checkout, "r-1")

        left = await before.moved()
        assert left["leat"] == {}
        assert left["loyale"].get(loyale.ANN) is None
        assert body(reply)["status"] == "attention"
        assert {case["code"] for case in body(reply)["attention"]} == {"goodwill"}
        assert {1_50, 50} <= {case["amount"] for case in body(reply)["attention"]}
        assert refusal(await give_back(checkout, "r-2")) == "refund_exceeds_sale"


async def test_points_that_were_claimed_go_back_and_nobody_claims_after_a_refund(
    leat: Shop,
) -> None:
    before = await leat.books()
    claimed, unclaimed = await leat.open(), await leat.open()
    for checkout in (claimed, unclaimed):
        await checkout.pay(await checkout.ready())
        assert await checkout.ended() == "completed"
    assert (await claim(leat, claimed)).code is None
    assert moved(before, await leat.books()) == {f"points:{world.ANN}": 11}

    replies = [await give_back(each, f"r-{each.id}") for each in (claimed, unclaimed)]

    assert [body(reply)["status"] for reply in replies] == ["completed"] * 2
    assert moved(before, await leat.books()) == {}
    assert (await claim(leat, unclaimed)).code == "already_refunded"
    assert moved(before, await leat.books()) == {}


async def test_refused_facts_do_not_hide_those_that_stand(leat: Shop) -> None:
    """A part is captured, then reported again with too much; the run is lost; the part counts."""
    before = await leat.books()
    checkout = await leat.open(None, world.ANN_CARD)
    await checkout.giftcard(world.CARD_20, 3_00)
    due = await checkout.ready()
    said = ["captured~ 500 on cash", "captured 900 on cash", "terminate", "captured~ 500 on cash"]
    for each in said:
        await tell(checkout, each, due)

    assert checkout.view["status"] == "ready"
    assert [(p["status"], p["amount"]) for p in checkout.view["payments"]] == [("captured", 5_00)]
    await checkout.ok("payment", payment(due - 5_00))
    assert checkout.view["status"] == "completed"
    assert moved(before, await leat.books())[world.CARD_20] == -3_00


async def test_a_correction_after_refunds_never_gives_back_more_than_was_paid(leat: Shop) -> None:
    checkout = await leat.open(None, world.ANN_CARD)
    due = await checkout.ready()
    await tell(checkout, "captured", due)
    first = await give_back(checkout, "r-1", **lines([("1", "2")]))
    assert body(first)["amount"] == 7_00

    await tell(checkout, "correct pay_1 captured 500", due)
    cases = {a["code"]: a["amount"] for a in checkout.view["attention"]}
    last = await give_back(checkout, "r-2")
    await tell(checkout, "correct pay_1 captured", due)

    assert cases == {"payment_corrected": due - 5_00, "refund_exceeds_payment": 2_00}
    assert body(last)["amount"] == 0
    assert (checkout.view["attention"], checkout.view["instruction"]) == ([], None)
    again = await give_back(checkout, "r-3")
    assert refusal(again) == "refund_exceeds_sale"
    assert m.RefundSale(refund_id="r-3", reason="x").lines is None
