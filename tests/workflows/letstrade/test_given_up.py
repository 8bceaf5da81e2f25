"""A finalised bill that is not paid after all, and payments, resets and repairs after the seal."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.support import stores
from tests.support.books.letstrade import moved
from tests.support.letstrade_bill import ALL_SPENT, status_of, with_codes
from tests.support.shop import Checkout, Shop, open_shop, payment
from tests.workflows.test_support import archived, current_run, repaired, reset, workflow_tasks
from tillsaga.domain import messages as m
from tillsaga.sandbox.letstrade import world


@pytest.fixture
async def real_shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path, kinds=("letstrade",), skips_time=False) as opened:
        yield opened


async def sealed(shop: Shop) -> Checkout:
    checkout = await with_codes(shop)
    await checkout.pay(await checkout.ready(), "authorized")
    return checkout


def cases(view: dict[str, Any]) -> list[tuple[str, int | None]]:
    return [(case["code"], case["amount"]) for case in view["attention"]]


@pytest.mark.parametrize("ending", ["declined", "cancelled"])
async def test_a_finalised_bill_that_is_not_paid_is_made_good_item_by_item(
    shop: Shop, ending: str
) -> None:
    before = await shop.books("letstrade")
    checkout = await sealed(shop)

    if ending == "declined":
        seen = await checkout.pay(40_00, "declined", final=True)
    else:
        seen = await checkout.ok("cancel", m.Cancel(reason="customer left"))

    assert (seen["status"], status_of(seen, "finalise")) == ("cancelled", ["irreversible"])
    assert cases(seen) == [("goodwill", 50_00), ("goodwill", 10_00)]
    assert [offer["status"] for offer in seen["offers"]] == ["redeemed"]
    assert [tender["status"] for tender in seen["tenders"]] == ["charged"]
    assert await checkout.ended() == "cancelled"
    assert moved(before, await shop.books("letstrade")) == ALL_SPENT


async def test_where_the_vendor_refunds_a_bill_that_is_not_paid_is_voided(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    described = stores.provider

    def refunding(kind: str, sandbox: str) -> dict[str, Any]:
        one = described(kind, sandbox)
        one["settings"] |= {"refund_enabled": True}
        return one

    monkeypatch.setattr(stores, "provider", refunding)
    async with open_shop(tmp_path, kinds=("letstrade",)) as shop:
        await shop.control("POST", "/switches", {"letstrade": {"refund_enabled": True}})
        before = await shop.books("letstrade")
        checkout = await sealed(shop)

        seen = await checkout.ok("cancel", m.Cancel(reason="customer left"))

        assert (status_of(seen, "finalise"), seen["attention"]) == (["reversed"], [])
        assert [offer["status"] for offer in seen["offers"]] == ["released"]
        assert [tender["status"] for tender in seen["tenders"]] == ["reversed"]
        used = {world.CODE_TEN: "USED", world.CODE_PAY: "USED"}
        after = await shop.books("letstrade")
        assert moved(before, after) == used | {"orders": 1, "voided": 1}


async def test_a_finalised_bill_cannot_be_built_on(shop: Shop) -> None:
    checkout = await sealed(shop)
    await checkout.pay(40_00, "declined")

    assert await checkout.refused("reopen", m.Reopen()) == "state_conflict"

    assert (await checkout.pay(40_00, reference="card-2"))["status"] == "completed"


async def late(shop: Shop, checkout: Checkout, amount: int) -> dict[str, Any]:
    """Report a capture after the end, as the door does."""
    await shop.wiring.checkouts.note_payment(checkout.id, payment(amount), "received")
    start = shop.start_for(checkout.id, resumed=True)
    handle, reply = await shop.with_start(start, "payment", payment(amount))
    assert reply.refusal is None
    assert await handle.result() == "completed"
    return await archived(shop, checkout)


async def test_a_payment_after_the_goodwill_case_settles_it(real_shop: Shop) -> None:
    before = await real_shop.books("letstrade")
    checkout = await sealed(real_shop)
    await checkout.ok("cancel", m.Cancel(reason="customer left"))
    await checkout.ended()

    seen = await late(real_shop, checkout, 40_00)

    assert (seen["totals"]["due_amount"], cases(seen)) == (0, [])
    assert status_of(seen, "finalise") == ["applied"]
    assert moved(before, await real_shop.books("letstrade")) == ALL_SPENT


async def test_a_payment_after_the_codes_expired_stands_and_the_store_bears_them(
    real_shop: Shop,
) -> None:
    before = await real_shop.books("letstrade")
    checkout = await with_codes(real_shop)
    due = await checkout.ready()
    await checkout.ok("cancel", m.Cancel(reason="customer left"))
    await checkout.ended()
    await real_shop.control("POST", "/clock", {"advance_seconds": 660})

    seen = await late(real_shop, checkout, due)

    assert seen["totals"]["due_amount"] == 0
    assert sorted(cases(seen)) == [("offer_lost_after_payment", 10_00), ("tender_lost", 50_00)]
    assert moved(before, await real_shop.books("letstrade")) == {"orders": 1}


async def test_a_terminated_sealed_checkout_that_is_paid_is_carried_forward(
    real_shop: Shop,
) -> None:
    before = await real_shop.books("letstrade")
    checkout = await sealed(real_shop)
    await checkout.handle.terminate("by mistake")
    await real_shop.wiring.checkouts.note_payment(checkout.id, payment(40_00), "received")

    assert await repaired(real_shop, checkout) == "completed"
    seen = await archived(real_shop, checkout)
    assert (cases(seen), status_of(seen, "finalise")) == ([], ["applied"])
    assert [tender["status"] for tender in seen["tenders"]] == ["charged"]
    assert moved(before, await real_shop.books("letstrade")) == ALL_SPENT


async def test_a_reset_after_the_seal_finalises_nothing_twice(real_shop: Shop) -> None:
    before = await real_shop.books("letstrade")
    checkout = await sealed(real_shop)
    for nth in (0, 3, 6):
        tasks = await workflow_tasks(real_shop, checkout)
        task, run_id = tasks[min(nth, len(tasks) - 1)], await current_run(real_shop, checkout)
        await reset(real_shop, checkout, task, exclude_updates=False, run_id=run_id)
        checkout.handle = real_shop.client.get_workflow_handle(checkout.id)
        seen = await checkout.until(lambda view: view["instruction"] == "capture")
        assert (seen["totals"]["due_amount"], cases(seen)) == (40_00, [])
        assert moved(before, await real_shop.books("letstrade")) == ALL_SPENT

    assert (await checkout.pay(40_00))["status"] == "completed"
    assert moved(before, await real_shop.books("letstrade")) == ALL_SPENT
