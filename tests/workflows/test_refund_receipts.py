"""A refund on paper: printed from the records, whatever has been forgotten or is still open."""

from pathlib import Path
from typing import Any

import pytest

from tests.api.till import order
from tests.support.door import forget, open_door
from tests.support.shop import basket, open_shop
from tillsaga.sandbox import world

REFUND = {"refund_id": "r-1", "reason": "cold"}
PART = {"lines": [{"line_id": "1", "quantity": "1"}], "tender_order": "pro_rata"}


@pytest.mark.parametrize(("more", "card_left"), [({}, 20_00), (PART, 17_91)], ids=["all", "part"])
async def test_it_says_what_goes_to_whom(
    tmp_path: Path, more: dict[str, Any], card_left: int
) -> None:
    async with open_shop(tmp_path, skips_time=False) as shop, open_door(shop) as till:
        ann: dict[str, Any] = {"identifiers": [{"type": "card", "value": world.ANN_CARD}]}
        opened = await till.post("/v1/checkouts", order(basket=basket(), store_id="ams-1", **ann))
        address = str(opened.headers["Location"])
        card = {"type": "giftcard", "reference": world.CARD_20, "amount": 3_00}
        await till.post(f"{address}/tenders", card)
        due = (await till.post(f"{address}/ready")).json()["totals"]["due_amount"]
        captured = {"status": "captured", "type": "card", "amount": due, "reference": "card-1"}
        await till.post(f"{address}/payments", captured)
        refund = (await till.post(f"{address}/refunds", REFUND | more)).json()
        handle = shop.client.get_workflow_handle(refund["checkout_id"])
        await handle.result()
        await forget(shop, handle.id)

        told = (await till.get("/v1/refunds/r-1/receipt")).json()
        paper = (await till.get("/v1/refunds/r-1/receipt", accept="text/plain")).text
        picture = await till.get("/v1/refunds/r-1/receipt", accept="image/png")

        [tender], [given], [gone] = told["tenders"], told["give_back"], told["points"]
        assert tender["amount"] + given["amount"] == told["amount"] == refund["amount"]
        assert (tender["reference"], tender["status"]) == (f"****{world.CARD_20[-4:]}", "reversed")
        assert tender["balance_after_amount"] == card_left
        assert (given["type"], given["reference"]) == ("card", "card-1")
        books = await shop.books()
        assert gone["points"] < 0
        assert gone["balance_after"] in (None, books["points"][world.ANN]["balance"])
        assert (told["status"], told["open_cases"]) == ("completed", [])
        assert world.CARD_20 not in paper
        for words in ("Flat white", "GIVEN BACK", "To giftcard ****", "Points taken back (leat)"):
            assert words in paper
        assert max(map(len, paper.splitlines())) <= 40
        assert (picture.status_code, picture.json()["code"]) == (406, "not_acceptable")
        assert (await till.get("/v1/refunds/r-9/receipt")).json()["code"] == "refund_not_found"


async def test_it_says_in_plain_words_what_is_open(tmp_path: Path) -> None:
    async with open_shop(tmp_path, kinds=("letstrade",)) as shop, open_door(shop) as till:
        asked = order(basket=basket(), store_id="ams-1", terminal_id="till-1")
        opened = await till.post("/v1/checkouts", asked)
        address = str(opened.headers["Location"])
        due = (await till.post(f"{address}/ready")).json()["totals"]["due_amount"]
        captured = {"status": "captured", "type": "card", "amount": due, "reference": "card-1"}
        await till.post(f"{address}/payments", captured)
        await till.post(f"{address}/refunds", REFUND)

        told = (await till.get("/v1/refunds/r-1/receipt")).json()
        paper = (await till.get("/v1/refunds/r-1/receipt", accept="text/plain")).text

        assert told["status"] == "attention"
        assert [case["code"] for case in told["open_cases"]] == ["undo_failed"]
        assert "still open" in paper
