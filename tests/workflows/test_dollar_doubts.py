"""Lost answers within the seal: asked for, waited for, and decided as the store wishes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.support.books import koupon as koupon_books
from tests.support.books import loyale as loyale_books
from tests.support.dollars import (
    CARD,
    COUPON,
    DUE,
    KINDS,
    NOTHING,
    REDEEMED,
    SOLD,
    SPENT,
    books,
    cases,
    loaded,
    offers,
    tenders,
)
from tests.support.finding import effects
from tests.support.shop import Checkout, Shop, open_shop, payment
from tillsaga.domain import messages as m
from tillsaga.sandbox.koupon import world as koupon

SEALED = {"leat": {}, "loyale": SPENT, "koupon": REDEEMED}


@asynccontextmanager
async def a_shop(folder: Path, policy: str = "") -> AsyncIterator[Shop]:
    async with open_shop(folder, kinds=KINDS, policy=policy) as shop:
        yield shop


async def lose(shop: Shop, kind: str, *, silent: bool) -> None:
    """Let Loyale's answer be lost, and every question about it too."""
    await shop.fault(kind, "transaction.create", "loyale")
    if silent:
        await shop.fault("drop_before", "transaction.status", "loyale", times=None)


async def in_doubt(shop: Shop, kind: str) -> Checkout:
    """An authorised checkout whose transaction is in doubt for longer than the store waits."""
    checkout = await loaded(shop)
    due = await checkout.ready()
    await lose(shop, kind, silent=True)
    asking = asyncio.create_task(checkout.say("payment", payment(due, "authorized")))
    await checkout.until(lambda seen: seen["instruction"] == "wait")
    await asking
    return checkout


async def test_a_lost_answer_is_found_and_nothing_is_spent_twice(tmp_path: Path) -> None:
    async with a_shop(tmp_path) as shop:
        before = await books(shop)
        checkout = await loaded(shop)
        due = await checkout.ready()
        await lose(shop, "drop_after", silent=False)

        seen = await checkout.pay(due, "authorized")

        assert (seen["instruction"], seen["attention"]) == ("capture", [])
        assert await before.moved() == SEALED
        assert len(loyale_books.sales(await shop.books("loyale"))) == 1


async def test_a_request_that_got_lost_has_spent_nothing(tmp_path: Path) -> None:
    async with a_shop(tmp_path) as shop:
        before = await books(shop)
        checkout = await loaded(shop)
        due = await checkout.ready()
        await lose(shop, "drop_before", silent=False)

        seen = await checkout.pay(due, "authorized")

        assert (seen["instruction"], effects(seen, "post_transaction")) == ("void", ["refused"])
        assert {status for _, _, status in tenders(seen)} == {"refused"}
        assert await before.moved() == NOTHING | {"koupon": REDEEMED}


async def test_an_honoured_doubt_is_captured_and_settled_later(tmp_path: Path) -> None:
    async with a_shop(tmp_path, "in_doubt_after: 500ms, in_doubt: honour") as shop:
        before = await books(shop)
        checkout = await in_doubt(shop, "drop_after")
        assert checkout.view["instruction"] == "capture"
        assert cases(checkout.view) == [("effect_in_doubt", None)]
        assert (await checkout.pay(DUE))["status"] == "completed"

        await shop.mend()
        assert await checkout.ended() == "completed"

        seen = await checkout.seen()
        assert (seen["attention"], effects(seen, "post_transaction")) == ([], ["applied"])
        assert sum(1 for e in seen["earned"] if e["provider"] == "loyale") == 1
        assert await before.moved() == SOLD | {"koupon": REDEEMED}


async def test_what_was_honoured_and_never_happened_is_made_to_happen(tmp_path: Path) -> None:
    async with a_shop(tmp_path, "in_doubt_after: 500ms, in_doubt: honour") as shop:
        before = await books(shop)
        checkout = await in_doubt(shop, "drop_before")
        assert (await checkout.pay(DUE))["status"] == "completed"
        assert (await before.moved())["loyale"] == {}

        await shop.mend()
        assert await checkout.ended() == "completed"

        seen = await checkout.seen()
        assert (cases(seen), effects(seen, "post_transaction")) == ([], ["refused", "applied"])
        assert await before.moved() == SOLD | {"koupon": REDEEMED}


async def test_a_refused_doubt_is_taken_back_when_it_is_known(tmp_path: Path) -> None:
    async with a_shop(tmp_path, "in_doubt_after: 500ms, in_doubt: refuse") as shop:
        before = await books(shop)
        checkout = await in_doubt(shop, "drop_after")
        seen = checkout.view
        assert (seen["status"], seen["instruction"]) == ("open", "void")
        assert offers(seen)["2.00 off"] == ("lost", 0)
        assert {status for _, _, status in tenders(seen)} == {"refused"}
        assert seen["totals"]["due_amount"] == 11_50 - 5_50

        await shop.mend()
        seen = await checkout.until(lambda s: effects(s, "post_transaction") == ["reversed"])

        assert cases(seen) == [("goodwill", 1_00), ("goodwill", 2_00)]
        assert (await before.moved())["loyale"] == {CARD: -1_00, COUPON: -1}
        await checkout.pay(DUE, "voided")
        due = await checkout.ready()
        seen = await checkout.pay(due, reference="cash")
        assert (due, seen["status"]) == (6_00, "completed")
        assert effects(seen, "post_transaction") == ["reversed", "applied"]


async def test_a_coupon_that_nobody_can_ask_about_is_honoured_and_told(tmp_path: Path) -> None:
    async with a_shop(tmp_path, "in_doubt: honour") as shop:
        before = await books(shop)
        checkout = await loaded(shop)
        await shop.fault("drop_after", "transaction.redeem", "koupon")

        seen = await checkout.pay(await checkout.ready(), "authorized")
        assert (seen["instruction"], cases(seen)) == ("capture", [("effect_unknown", None)])
        seen = await checkout.pay(DUE)

        assert (seen["status"], offers(seen)["1.50 off cola"]) == ("completed", ("redeemed", 1_50))
        assert effects(seen, "redeem_coupon") == ["manual", "applied"]
        assert await before.moved() == SOLD | {"koupon": REDEEMED}
        told = await shop.books("koupon")
        assert len(koupon_books.calls(told)) == 2  # never sent again blindly


async def test_a_coupon_that_nobody_can_ask_about_is_refused_and_told(tmp_path: Path) -> None:
    async with a_shop(tmp_path, "in_doubt: refuse") as shop:
        before = await books(shop)
        checkout = await loaded(shop)
        await shop.fault("drop_after", "transaction.redeem", "koupon")

        seen = await checkout.pay(await checkout.ready(), "authorized")
        assert (seen["instruction"], cases(seen)) == ("void", [("effect_unknown", None)])
        assert offers(seen)["1.50 off cola"] == ("lost", 0)
        again = m.ApplyOffer(code=koupon.BARCODE)
        assert await checkout.refused("apply_offer", again) == "offer_refused"

        await checkout.pay(DUE, "voided")
        due = await checkout.ready()
        seen = await checkout.pay(due, reference="cash")
        assert (due, seen["status"]) == (3_50, "completed")
        assert (await before.moved())["koupon"] == REDEEMED


async def test_a_slow_vendor_holds_the_capture_back_and_nothing_else(tmp_path: Path) -> None:
    async with a_shop(tmp_path) as shop:
        before = await books(shop)
        checkout = await loaded(shop)
        due = await checkout.ready()
        await shop.fault("delay", "transaction.create", "loyale", delay_ms=400)

        paying = asyncio.create_task(checkout.pay(due, "authorized"))
        early = await checkout.until(lambda seen: seen["payments"])
        seen = await paying

        for each in (early, seen):
            sealed = effects(each, "post_transaction") == ["applied"]
            assert (each["instruction"] == "capture") is sealed
        assert (seen["instruction"], cases(seen)) == ("capture", [])
        assert await before.moved() == SEALED
