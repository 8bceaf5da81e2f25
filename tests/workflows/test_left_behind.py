"""A run that was left behind does something for a vendor while another ends the checkout."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from temporalio.testing import ActivityEnvironment

from activities.effects import EffectActivities
from tests.support.dollars import dollars
from tests.support.shop import Checkout, Shop, open_shop
from tests.workflows.test_undone import standing
from tillsaga.domain import messages as m
from tillsaga.domain.effects import EffectOrder
from tillsaga.records.checkouts import SqlCheckoutBook
from tillsaga.records.database import utc_now
from tillsaga.sandbox import world
from tillsaga.sandbox.koupon import world as koupon


class Clock:
    def now(self) -> Any:
        return utc_now()


@contextmanager
def slipped_in(shop: Shop, order: EffectOrder) -> Iterator[None]:
    """Do an effect in the moment in which its checkout is archived."""
    save = SqlCheckoutBook.save
    told: list[str] = []

    async def late(book: SqlCheckoutBook, checkout_id: str, *args: Any, **more: Any) -> list[str]:
        if args[2] and not told:
            told.append(checkout_id)
            work = EffectActivities(shop.wiring.vendors, shop.wiring.effects, Clock())
            outcome = await ActivityEnvironment().run(work.do, order)
            assert outcome.status == "applied"
        return await save(book, checkout_id, *args, **more)

    with patch.object(SqlCheckoutBook, "save", late):
        yield
    assert told == [order.checkout_id]


async def order_of(shop: Shop, checkout: Checkout, operation: str) -> EffectOrder:
    """What a run was about to do, as the last one did it."""
    records = await shop.wiring.effects.of_checkout(checkout.id)
    order = next(r.order for r in records if r.order.operation == operation)
    return order.model_copy(update={"generation": order.generation + 1, "before_end": True})


def effects(view: Any, operation: str) -> list[tuple[str, str]]:
    found = [e for e in view["effects"] if e["operation"] == operation]
    return [(e["id"].rpartition("#")[2], e["status"]) for e in found]


@pytest.mark.parametrize("paid", [False, True])
async def test_a_charge_of_a_run_left_behind_is_taken_back(shop: Shop, paid: bool) -> None:
    checkout = await shop.open(None, world.ANN_CARD)
    before = standing(await shop.books())
    charged = await checkout.giftcard(world.CARD_20, 3_00)
    order = await order_of(shop, checkout, "charge_giftcard")
    gone = charged["tenders"][0]["id"]
    await checkout.ok("remove_tender", m.RemoveTender(tender_id=gone))

    with slipped_in(shop, order):
        if paid:
            await checkout.pay(await checkout.ready())
        else:
            await checkout.ok("cancel", m.Cancel(reason="left"))
        assert await checkout.ended() == ("completed" if paid else "cancelled")

    seen = await checkout.seen()
    assert effects(seen, "charge_giftcard") == [("1", "reversed"), ("2", "reversed")]
    assert seen["attention"] == []
    assert standing(await shop.books())["cards"] == before["cards"]


async def test_what_a_run_left_behind_has_spent_for_good_is_made_good(tmp_path: Path) -> None:
    async with open_shop(tmp_path, kinds=("koupon",)) as shop:
        sold = await shop.open(dollars())
        await sold.scan(koupon.BARCODE_MULTI)
        await sold.pay(await sold.ready())
        await sold.ended()
        order = await order_of(shop, sold, "redeem_coupon")
        checkout = await shop.open(dollars())

        order = order.model_copy(update={"checkout_id": checkout.id})
        with slipped_in(shop, order):
            await checkout.ok("cancel", m.Cancel(reason="left"))
            assert await checkout.ended() == "cancelled"

        seen = await checkout.seen()
        assert effects(seen, "redeem_coupon") == [("2", "irreversible")]
        assert [case["code"] for case in seen["attention"]] == ["goodwill"]
