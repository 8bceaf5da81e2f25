"""Days on which everything agrees: no false alarm, whatever the tills did."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.reconciling import found, reconcile
from tests.support.record import (
    Shape,
    cancelled,
    changed,
    charge_in_doubt,
    claimed,
    closed,
    declined,
    paid,
    sold_cards,
    split,
)
from tests.support.shop import Shop, open_shop


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path) as opened:
        yield opened


@pytest.mark.parametrize(
    "shape",
    [paid, split, declined, cancelled, changed, sold_cards, charge_in_doubt, closed, claimed],
    ids=lambda shape: shape.__name__,
)
async def test_a_checkout_of_any_shape_agrees_with_leats_books(shop: Shop, shape: Shape) -> None:
    checkout = await shape(shop)
    await checkout.ended()

    result = (await reconcile(shop))["leat"]

    assert found(result) == []
    assert result.unreadable == ()
    assert result.settled
