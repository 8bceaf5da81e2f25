"""Whose is a scanned code? Asked without an effect."""

from pathlib import Path

import pytest

from tests.support.shop import Shop, basket, open_shop
from tillsaga.domain.reads import ScanAnswer, ScanOrder
from tillsaga.sandbox import world
from tillsaga.sandbox.koupon import world as koupon

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


async def test_a_barcode_goes_to_the_vendor_that_can_use_it_without_a_customer(
    tmp_path: Path,
) -> None:
    """Loyale's coupons are their customer's; what it cannot be asked about may be Koupon's."""
    async with open_shop(tmp_path, kinds=("leat", "loyale", "koupon")) as shop:
        checkout = await shop.open(basket(currency="USD"))
        seen = await checkout.scan(koupon.BARCODE)

    counting = [(o["provider"], o["status"]) for o in seen["offers"] if o["status"] == "applied"]
    assert counting == [("koupon", "applied")]
