"""What can be asked by name only, what cannot be read at all, and what cannot be read just now."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.letstrade_bill import with_codes
from tests.support.reconciling import (
    by_checkout,
    found,
    kept,
    reconcile,
    reconcile_at_night,
    records_of,
    tamper,
    today,
)
from tests.support.refunding import give_back
from tests.support.shop import Checkout, Shop, basket, open_shop
from tillsaga.sandbox import world
from tillsaga.sandbox.koupon import world as koupon
from tillsaga.sandbox.loyale import world as loyale


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path, kinds=("loyale",)) as opened:
        yield opened


async def sold(shop: Shop) -> Checkout:
    made = await shop.control("POST", "/seed/loyale", {"customers": [{"points": 1000}]})
    checkout = await shop.open(None, made["customers"][0]["barcode"])
    await checkout.points(2_00)
    await checkout.pay(await checkout.ready())
    await checkout.ended()
    return checkout


async def test_what_loyale_books_otherwise_is_found_by_known_id(shop: Shop) -> None:
    seeded: dict[str, set[tuple[str, str]]] = {}

    async def seed(kind: str, ledger: str, do: str, **values: Any) -> None:
        checkout = await sold(shop)
        await tamper(shop, "loyale", "transactions", do, checkout.id, **values)
        seeded[checkout.id] = {(kind, ledger)}

    await seed("wrong_customer", "transaction", "change", reply={"customerId": loyale.ANN})
    seeded[next(iter(seeded))] |= {("wrong_customer", "points")}
    methods = [{"type": "Cash", "amount": 1.5}]
    await seed("wrong_amount", "transaction", "change", reply={"paymentMethods": methods})
    await seed("wrong_amount", "points", "change", reply={"pointsEarned": 1})
    await seed("extra", "return", "change", returned="PARTIAL")
    await seed("missing", "transaction", "delete")
    seeded[list(seeded)[-1]] |= {("missing", "points")}
    for kind, now in (("partial", "PARTIAL"), ("missing", "NONE")):
        checkout = await sold(shop)
        await give_back(checkout, f"r-{kind}")
        await tamper(shop, "loyale", "transactions", "change", checkout.id, returned=now)
        seeded[checkout.id] = {(kind, "return")}
    part = await sold(shop)
    await give_back(part, "r-part", lines=[{"line_id": "1", "quantity": "1"}])

    result = (await reconcile(shop))["loyale"]

    assert by_checkout(result) == seeded
    assert not result.open


async def test_a_sale_that_failed_and_went_through_later_is_late(shop: Shop) -> None:
    await shop.switch("loyale", processing_outcome="FAILED")
    checkout = await shop.open(None, loyale.ANN_BARCODE)
    await checkout.pay(await checkout.ready())
    await checkout.until(lambda seen: seen["attention"])
    record = (await records_of(checkout, ended=False))["post_transaction"]
    assert record.do.state == "refused"
    assert found((await reconcile(shop))["loyale"]) == []

    await tamper(shop, "loyale", "transactions", "change", checkout.id, state="COMPLETED")

    assert found((await reconcile(shop))["loyale"]) == [("late", "transaction")]


async def test_a_vendor_without_a_call_that_reads_is_reported_as_unreadable(tmp_path: Path) -> None:
    async with open_shop(tmp_path, kinds=("letstrade",)) as shop:
        checkout = await with_codes(shop)
        due = await checkout.ready()
        await checkout.pay(due, "authorized")
        await checkout.pay(due)
        await checkout.ended()

        result = (await reconcile(shop))["letstrade"]

    assert found(result) == []
    (unread,) = result.unreadable
    assert (unread.what, unread.count, unread.again) == ("all", 1, False)
    assert result.settled


async def test_koupon_cannot_be_read_either(tmp_path: Path) -> None:
    async with open_shop(tmp_path, kinds=("koupon",)) as shop:
        checkout = await shop.open(basket(currency="USD"))
        await checkout.scan(koupon.BARCODE)
        await checkout.pay(await checkout.ready())
        await checkout.ended()

        result = (await reconcile(shop))["koupon"]

    assert [each.count for each in result.unreadable] == [2]
    assert result.different == 0


async def test_a_vendor_that_is_down_is_unreadable_and_found_out_the_next_night(
    tmp_path: Path,
) -> None:
    async with open_shop(tmp_path, kinds=("leat", "loyale")) as shop:
        checkout = await shop.open(None, world.ANN_CARD, loyale.ANN_BARCODE)
        await checkout.giftcard(world.CARD_20, 2_00)
        await checkout.pay(await checkout.ready())
        records = await records_of(checkout)
        charge = records["charge_giftcard"].do.done
        assert charge is not None
        await tamper(shop, "leat", "giftcard_transactions", "delete", str(charge.transaction_id))
        for vendor in ("leat", "loyale"):
            down = {"vendor": vendor, "kind": "maintenance", "times": None}
            await shop.control("POST", "/faults", down)

        day = today(shop)
        results = await reconcile(shop, day)
        assert [found(result) for result in results.values()] == [[], []]
        assert all(each.again for result in results.values() for each in result.unreadable)
        assert not any(result.settled for result in results.values())

        await shop.mend()
        await reconcile_at_night(shop)
        again = await kept(shop, day)

    assert found(again["leat"]) == [("missing", "giftcard")]
    assert again["loyale"].settled
