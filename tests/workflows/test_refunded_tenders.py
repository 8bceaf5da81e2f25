"""What the view says of tenders after refunds: the truth about each, and about its card."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.finding import moved
from tests.support.refunding import body, give_back, lines, sell
from tests.support.shop import Shop, open_shop
from tillsaga.sandbox import world
from tillsaga.sandbox.loyale import world as loyale

PARTS = ([("1", "1")], [("2", "1")], None)


@pytest.fixture
async def leat(tmp_path: Path) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path) as opened:
        yield opened


def shown(view: dict[str, Any]) -> list[tuple[str, str, int, int | None]]:
    return [
        (t["type"], t["status"], t["amount"], t["balance_after_amount"]) for t in view["tenders"]
    ]


async def test_a_tender_that_came_back_in_parts_is_reversed_with_its_last_part(leat: Shop) -> None:
    before = await leat.books()
    checkout = await sell(leat)
    assert shown(checkout.view) == [
        ("giftcard", "charged", 3_00, 17_00),
        ("prepaid", "charged", 2_00, 23_00),
    ]
    seen = []
    for number, wanted in enumerate(PARTS):
        await give_back(checkout, f"r-{number}", tender_order="pro_rata", **lines(wanted))
        seen.append([(status, after) for _, status, _, after in shown(checkout.view)])

    assert [[status for status, _ in each] for each in seen] == [
        ["charged", "charged"],
        ["charged", "charged"],
        ["reversed", "reversed"],
    ]
    assert [after for _, after in seen[-1]] == [20_00, 25_00]
    assert moved(before, await leat.books()) == {}


async def test_the_balance_after_a_part_is_the_cards_own(leat: Shop) -> None:
    checkout = await sell(leat)

    await give_back(checkout, "r-1", tender_order="pro_rata", **lines([("2", "1")]))

    books = await leat.books()
    card = next(c for c in books["giftcards"].values() if c["hash"] == world.CARD_20)
    balances = [after for *_, after in shown(checkout.view)]
    assert balances == [card["balance"], books["prepaid"][world.ANN]["balance"]]
    assert balances != [17_00, 23_00]


async def test_a_tender_that_came_back_at_once_shows_what_the_card_holds_now(leat: Shop) -> None:
    checkout = await sell(leat)

    await give_back(checkout, "r-1")

    assert shown(checkout.view) == [
        ("giftcard", "reversed", 3_00, 20_00),
        ("prepaid", "reversed", 2_00, 25_00),
    ]


@pytest.mark.parametrize("restores", [True, False])
@pytest.mark.parametrize("parts", [PARTS, (None,)], ids=["parts", "whole"])
async def test_a_card_that_the_vendor_does_not_restore_stays_charged(
    tmp_path: Path, restores: bool, parts: Any
) -> None:
    settings = {"loyale": {"return_restores_gift_card": restores}}
    async with open_shop(tmp_path, kinds=("loyale",), settings=settings) as shop:
        await shop.switch("loyale", return_restores_gift_card=restores)
        checkout = await shop.open(None, loyale.ANN_BARCODE)
        await checkout.giftcard(loyale.GIFT_CARD, 3_00)
        await checkout.pay(await checkout.ready())
        assert await checkout.ended() == "completed"

        replies = [
            await give_back(checkout, f"r-{n}", **lines(wanted)) for n, wanted in enumerate(parts)
        ]

        assert [t["status"] for t in checkout.view["tenders"]] == [
            "reversed" if restores else "charged"
        ]
        lost = sum(a["amount"] for reply in replies for a in body(reply)["attention"])
        assert lost >= (0 if restores else 3_00)
