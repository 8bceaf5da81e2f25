"""A run that was left behind does something for a vendor while another ends the checkout."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from temporalio.testing import ActivityEnvironment

from activities.effects import EffectActivities
from tests.support.dollars import dollars
from tests.support.receiver import open_receiver
from tests.support.shop import Checkout as AtTill
from tests.support.shop import Shop, open_shop
from tests.workflows.test_undone import standing
from tillsaga.domain import messages as m
from tillsaga.domain.checkout import Checkout
from tillsaga.domain.effects import EffectOrder
from tillsaga.records.checkouts import SqlCheckoutBook
from tillsaga.records.database import utc_now
from tillsaga.sandbox import world
from tillsaga.sandbox.koupon import world as koupon


class Clock:
    def now(self) -> Any:
        return utc_now()


@contextmanager
def slipped_in(what: Callable[[], Awaitable[None]]) -> Iterator[None]:
    """Let something happen in the moment in which a checkout is archived."""
    save = SqlCheckoutBook.save
    told: list[str] = []

    async def late(book: SqlCheckoutBook, checkout_id: str, *args: Any, **more: Any) -> list[str]:
        if args[2] and not told:
            told.append(checkout_id)
            await what()
        return await save(book, checkout_id, *args, **more)

    with patch.object(SqlCheckoutBook, "save", late):
        yield
    assert told


async def do(shop: Shop, order: EffectOrder) -> None:
    work = EffectActivities(shop.wiring.vendors, shop.wiring.effects, Clock())
    outcome = await ActivityEnvironment().run(work.do, order)
    assert outcome.status == "applied"


async def order_of(shop: Shop, checkout: AtTill, operation: str) -> EffectOrder:
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

    with slipped_in(lambda: do(shop, order)):
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
        with slipped_in(lambda: do(shop, order)):
            await checkout.ok("cancel", m.Cancel(reason="left"))
            assert await checkout.ended() == "cancelled"

        seen = await checkout.seen()
        assert effects(seen, "redeem_coupon") == [("2", "irreversible")]
        assert [case["code"] for case in seen["attention"]] == ["goodwill"]


async def test_a_refund_that_arrives_while_the_sale_is_archived_is_given(tmp_path: Path) -> None:
    """The task that archived is lost then: the run has ended the checkout and does not know it.

    Because somebody listens, it archives later than it answers the payment.
    """
    async with (
        open_receiver() as receiver,
        open_shop(tmp_path, skips_time=False, receivers=[receiver]) as shop,
    ):
        before = standing(await shop.books())
        checkout = await shop.open(None, world.ANN_CARD)
        await checkout.giftcard(world.CARD_20, 3_00)
        due = await checkout.ready()
        wanted = m.RefundSale(refund_id="r-1", reason="cold")

        with slipped_in(lambda: checkout.handle.signal("refund", wanted)):
            await checkout.pay(due)
            assert await checkout.ended() == "completed"

        facts = await shop.wiring.checkouts.facts(checkout.id)
        assert facts.state is not None
        known = {k: v for k, v in facts.state.items() if k in Checkout.model_fields}
        [refund] = Checkout.model_validate(known).refunds
        assert (refund.refund_id, refund.status) == ("r-1", "completed")
        assert standing(await shop.books())["cards"] == before["cards"]
