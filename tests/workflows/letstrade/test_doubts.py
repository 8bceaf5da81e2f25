"""Lost answers of finalise: asked about, decided by policy, followed up, and never twice."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.books.letstrade import moved
from tests.support.letstrade_bill import ALL_SPENT, bill, status_of, with_codes
from tests.support.shop import Checkout, Shop, open_shop
from tillsaga.sandbox.letstrade import world

LOST, NEVER_CAME = "drop_after", "drop_before"
NO_CODES_OF_OURS = {"orders": 1}


@pytest.fixture
async def strict(tmp_path: Path) -> AsyncIterator[Shop]:
    policy = "in_doubt: refuse, in_doubt_after: 500ms"
    async with open_shop(tmp_path, kinds=("letstrade",), policy=policy) as opened:
        yield opened


@pytest.fixture
async def hasty(tmp_path: Path) -> AsyncIterator[Shop]:
    policy = "in_doubt_after: 500ms"
    async with open_shop(tmp_path, kinds=("letstrade",), policy=policy) as opened:
        yield opened


async def in_doubt(shop: Shop, finalise: str, question: str = NEVER_CAME) -> Checkout:
    """Authorise a bill whose finalise answer is lost, and whose codes cannot be asked about."""
    checkout = await with_codes(shop)
    due = await checkout.ready()
    await shop.fault(finalise, "offerings.finalise", "letstrade")
    no = {"code": "unauthorized"} if question == "refuse" else {}
    await shop.fault(question, "offerings.get", "letstrade", times=None, after=2, **no)
    await checkout.pay(due, "authorized")
    return checkout


def cases(view: dict[str, Any]) -> list[tuple[str, int | None]]:
    return [(case["code"], case["amount"]) for case in view["attention"]]


async def test_a_lost_answer_is_settled_by_asking_about_the_codes(shop: Shop) -> None:
    before = await shop.books("letstrade")
    checkout = await with_codes(shop)
    due = await checkout.ready()
    await shop.fault(LOST, "offerings.finalise", "letstrade")

    seen = await checkout.pay(due, "authorized")

    assert (seen["instruction"], status_of(seen, "finalise")) == ("capture", ["applied"])
    await checkout.pay(due)
    assert moved(before, await shop.books("letstrade")) == ALL_SPENT


async def test_a_slow_finalise_is_settled_by_asking_about_the_codes(shop: Shop) -> None:
    before = await shop.books("letstrade")
    checkout = await with_codes(shop)
    due = await checkout.ready()
    await shop.fault("delay", "offerings.finalise", "letstrade", delay_ms=5500)

    seen = await checkout.pay(due, "authorized")

    assert (seen["instruction"], status_of(seen, "finalise")) == ("capture", ["applied"])
    assert moved(before, await shop.books("letstrade")) == ALL_SPENT


@pytest.mark.parametrize("fault", [LOST, NEVER_CAME, "error_after", "malformed"])
async def test_a_lost_answer_without_codes_is_sent_again_and_makes_one_order(
    shop: Shop, fault: str
) -> None:
    before = await shop.books("letstrade")
    checkout = await shop.open(bill())
    due = await checkout.ready()
    await shop.fault(fault, "offerings.finalise", "letstrade")

    assert (await checkout.pay(due))["status"] == "completed"

    assert await checkout.ended() == "completed"
    seen = await checkout.seen()
    assert (status_of(seen, "finalise"), seen["attention"]) == (["applied"], [])
    assert moved(before, await shop.books("letstrade")) == {"orders": 1}


@pytest.mark.parametrize("finalise", [LOST, NEVER_CAME])
async def test_an_honoured_doubt_ends_with_the_bill_finalised_once(
    hasty: Shop, finalise: str
) -> None:
    before = await hasty.books("letstrade")
    checkout = await in_doubt(hasty, finalise)
    assert checkout.view["instruction"] == "capture"
    assert cases(checkout.view) == [("effect_in_doubt", None)]
    seen = await checkout.pay(40_00)
    assert seen["status"] == "completed"

    await hasty.mend()

    assert await checkout.ended() == "completed"
    assert cases(await checkout.seen()) == []
    assert moved(before, await hasty.books("letstrade")) == ALL_SPENT


async def test_a_refused_doubt_that_had_happened_is_made_good_item_by_item(strict: Shop) -> None:
    before = await strict.books("letstrade")
    checkout = await in_doubt(strict, LOST)
    assert (checkout.view["status"], checkout.view["instruction"]) == ("open", "void")
    assert checkout.view["totals"]["due_amount"] == 100_00
    await checkout.pay(40_00, "voided")

    await strict.mend()

    seen = await checkout.until(lambda view: "irreversible" in status_of(view, "finalise"))
    assert cases(seen) == [("goodwill", 50_00), ("goodwill", 10_00)]
    assert (await checkout.pay(await checkout.ready(), reference="2"))["status"] == "completed"
    assert await checkout.ended() == "completed"
    assert moved(before, await strict.books("letstrade")) == ALL_SPENT


async def test_a_refused_doubt_that_had_not_happened_is_finalised_without_the_codes(
    strict: Shop,
) -> None:
    before = await strict.books("letstrade")
    checkout = await in_doubt(strict, NEVER_CAME)
    await checkout.pay(40_00, "voided")
    seen = await checkout.pay(await checkout.ready(), reference="2")
    assert seen["status"] == "completed"

    await strict.mend()

    assert await checkout.ended() == "completed"
    assert cases(await checkout.seen()) == []
    assert moved(before, await strict.books("letstrade")) == {"orders": 1}


@pytest.mark.parametrize("policy", ["honour", "refuse"])
async def test_what_can_never_be_asked_is_before_a_person_and_not_sent_again(
    tmp_path: Path, policy: str
) -> None:
    kinds = ("letstrade",)
    async with open_shop(tmp_path, kinds=kinds, policy=f"in_doubt: {policy}") as shop:
        before = await shop.books("letstrade")
        checkout = await in_doubt(shop, LOST, "refuse")
        instruction = "capture" if policy == "honour" else "void"
        assert checkout.view["instruction"] == instruction
        assert cases(checkout.view) == [("effect_unknown", None)]
        await shop.mend()
        if policy == "refuse":
            await checkout.pay(40_00, "voided")
            await checkout.ready()

        due = checkout.view["totals"]["due_amount"]
        seen = await checkout.pay(due, reference="card-1" if policy == "honour" else "2")

        assert (seen["status"], status_of(seen, "finalise")) == ("completed", ["manual"])
        assert moved(before, await shop.books("letstrade")) == ALL_SPENT


async def test_a_sale_given_up_in_doubt_is_made_good_once_it_is_known(hasty: Shop) -> None:
    before = await hasty.books("letstrade")
    checkout = await in_doubt(hasty, LOST)
    await hasty.mend()

    seen = await checkout.pay(40_00, "declined", final=True)

    assert seen["status"] == "cancelled"
    assert await checkout.ended() == "cancelled"
    seen = await checkout.seen()
    assert cases(seen) == [("goodwill", 50_00), ("goodwill", 10_00)]
    assert moved(before, await hasty.books("letstrade")) == ALL_SPENT
    assert [offer["status"] for offer in seen["offers"]] == ["redeemed"]
    assert world.CODE_TEN not in str(seen)
