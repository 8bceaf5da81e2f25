"""Ten tills refund the same sale at the same moment, over HTTP: nobody gets more than was sold."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.api.till import Till, order
from tests.support.door import forget, open_door
from tests.support.finding import moved
from tests.support.shop import Shop, basket, flat_whites, open_shop
from tillsaga.sandbox import world

ORDERS = ("reverse", "pro_rata", "chosen")
PAID = {"tnd_1": 3_00, "tnd_2": 2_00, "pay_1": 36_75}
"""Ten flat whites and a cake at 3.50 and 6.75."""


@pytest.fixture
async def real_shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path, skips_time=False) as opened:
        yield opened


@pytest.fixture
async def till(real_shop: Shop) -> AsyncIterator[Till]:
    async with open_door(real_shop) as opened:
        yield opened


async def sold(shop: Shop, till: Till, *, forgotten: bool = True) -> str:
    """Ten lines of one flat white and two cakes, with a gift card and prepaid credit."""
    coffees = [flat_whites(1, line_id=str(n)) for n in range(10)]
    cakes = {"line_id": "cake", "sku": "CAKE", "title": "Cake", "quantity": "5"}
    goods = basket(*coffees, cakes | {"unit_amount": 1_35})
    ann: dict[str, Any] = {"identifiers": [{"type": "card", "value": world.ANN_CARD}]}
    opened = await till.post("/v1/checkouts", order(basket=goods, store_id=shop.store.id, **ann))
    address = str(opened.headers["Location"])
    card = {"type": "giftcard", "reference": world.CARD_20, "amount": 3_00}
    assert (await till.post(f"{address}/tenders", card)).status_code == 200
    credit = {"type": "prepaid", "amount": 2_00}
    assert (await till.post(f"{address}/tenders", credit)).status_code == 200
    due = (await till.post(f"{address}/ready")).json()["totals"]["due_amount"]
    captured = {"status": "captured", "type": "card", "amount": due, "reference": "card-1"}
    assert (await till.post(f"{address}/payments", captured)).json()["status"] == "completed"
    await shop.client.get_workflow_handle(opened.json()["id"]).result()
    if forgotten:
        await forget(shop, opened.json()["id"])
    return address


def line(line_id: str, quantity: str = "1") -> dict[str, Any]:
    return {"lines": [{"line_id": line_id, "quantity": quantity}]}


async def at_once(till: Till, address: str, asked: list[dict[str, Any]]) -> list[Any]:
    """Send all; a till that is told to come back does so."""

    async def ask(number: int, what: dict[str, Any]) -> Any:
        said = {"refund_id": f"r-{number}", "reason": "cold"} | what
        while True:
            answer = await till.post(f"{address}/refunds", said)
            if answer.json().get("code") != "request_in_progress":
                return answer
            await asyncio.sleep(0.1)

    return await asyncio.gather(*(ask(number, what) for number, what in enumerate(asked)))


def told(answers: list[Any]) -> Counter[str]:
    return Counter(a.json().get("code") or a.json()["status"] for a in answers)


def given(answers: list[Any]) -> int:
    """What the till was told to give back of the card payment."""
    good = [a.json() for a in answers if a.status_code == 201]
    return sum(g["amount"] for refund in good for g in refund["give_back"])


def how(tender_order: str, amount: int) -> dict[str, Any]:
    """Say who gets it; chosen is the card payment."""
    said: dict[str, Any] = {"tender_order": tender_order}
    if tender_order == "chosen":
        said["tenders"] = [{"payment_id": "pay_1", "amount": amount}]
    return said


@pytest.mark.parametrize("tender_order", ORDERS)
async def test_ten_lines_at_once_come_back_each_once(
    real_shop: Shop, till: Till, tender_order: str
) -> None:
    before = await real_shop.books()
    address = await sold(real_shop, till)

    asked = [line(str(n)) | how(tender_order, 3_50) for n in range(10)]
    answers = await at_once(till, address, asked)
    rest = await till.post(f"{address}/refunds", {"refund_id": "rest", "reason": "all of it"})

    assert told(answers) == {"completed": 10}
    assert (rest.status_code, rest.json()["amount"]) == (201, 6_75)
    assert given([*answers, rest]) == PAID["pay_1"]
    assert moved(before, await real_shop.books()) == {}


@pytest.mark.parametrize("tender_order", ORDERS)
async def test_one_line_ten_times_at_once_comes_back_as_often_as_it_was_sold(
    real_shop: Shop, till: Till, tender_order: str
) -> None:
    before = await real_shop.books()
    address = await sold(real_shop, till)

    asked = [line("cake") | how(tender_order, 1_35)] * 10
    answers = await at_once(till, address, asked)

    assert told(answers) == {"completed": 5, "refund_exceeds_sale": 5}
    rest = await till.post(f"{address}/refunds", {"refund_id": "rest", "reason": "all of it"})
    assert rest.json()["amount"] == 35_00
    assert given([*answers, rest]) == PAID["pay_1"]
    assert moved(before, await real_shop.books()) == {}


@pytest.mark.parametrize("tender_order", ["reverse", "pro_rata"])
async def test_of_ten_full_refunds_at_once_one_wins(
    real_shop: Shop, till: Till, tender_order: str
) -> None:
    before = await real_shop.books()
    address = await sold(real_shop, till)

    answers = await at_once(till, address, [how(tender_order, 0)] * 10)

    assert told(answers) == {"completed": 1, "refund_exceeds_sale": 9}
    assert given(answers) == PAID["pay_1"]
    assert moved(before, await real_shop.books()) == {}
    winner = next(n for n, answer in enumerate(answers) if answer.status_code == 201)
    known = [(await till.get(f"/v1/refunds/r-{n}")).status_code for n in range(10)]
    assert [n for n, status in enumerate(known) if status == 200] == [winner]


async def test_a_payment_is_corrected_when_its_history_is_gone(real_shop: Shop, till: Till) -> None:
    address = await sold(real_shop, till)
    assert (
        await till.post(f"{address}/refunds", {"refund_id": "r-1", "reason": "cold"} | line("1"))
    ).status_code == 201
    await forget(real_shop, address.rpartition("/")[2])
    said = {"status": "captured", "type": "cash", "amount": PAID["pay_1"], "reference": "card-1"}

    path = f"{address}/payments/pay_1/correct"
    cash = await till.post(path, said | {"reason": "it was cash"})
    gone = await till.post(path, said | {"status": "declined", "reason": "it bounced"})

    assert (cash.status_code, cash.json()["payments"][0]["type"]) == (200, "cash")
    assert cash.json()["attention"] == []
    assert (gone.status_code, gone.json()["instruction"]) == (200, "collect")
    cases = {a["code"]: a["amount"] for a in gone.json()["attention"]}
    assert cases == {"payment_corrected": PAID["pay_1"], "refund_exceeds_payment": 3_50}
    seen = (await till.get(address)).json()
    assert (seen["status"], seen["totals"]["due_amount"]) == ("completed", PAID["pay_1"])
    rest = await till.post(f"{address}/refunds", {"refund_id": "r-2", "reason": "all of it"})
    assert (rest.status_code, rest.json()["amount"], rest.json()["give_back"]) == (201, 1_50, [])
