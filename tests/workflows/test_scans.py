"""Whose is a scanned code? Asked without an effect."""

import pytest

from tests.support.shop import Shop
from tillsaga.domain.reads import ScanAnswer, ScanOrder
from tillsaga.sandbox import world

CODES = {
    world.ANN_CARD: [("member", "identifiers")],
    world.VOUCHER_COFFEE: [("voucher", "offers")],
    world.CARD_20: [("giftcard", "tenders")],
    "NOBODY-KNOWS": [],
}


@pytest.mark.parametrize("code", CODES)
async def test_a_scan_finds_its_owner_and_changes_nothing(shop: Shop, code: str) -> None:
    before = await shop.books()
    order = ScanOrder(store_id=shop.store.id, providers=("leat",), value=code)

    answer = await shop.client.execute_workflow(
        "Scan", order, id=f"scan-{code}", task_queue=shop.queue, result_type=ScanAnswer
    )

    assert [(c.kind, c.operation) for c in answer.candidates] == CODES[code]
    assert await shop.books() == before
