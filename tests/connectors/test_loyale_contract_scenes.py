"""Single scenes of the connector against the sandbox, over real HTTP."""

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.connectors.loyale_asks import line, sale, sold
from tests.connectors.loyale_cases import (
    ANN,
    CASES,
    Box,
    Trace,
    basket,
    connector,
    now,
    paid,
    posted,
)
from tests.connectors.sandbox_server import Control
from tillsaga.connectors.loyale import Loyale
from tillsaga.connectors.loyale.items import items_of
from tillsaga.connectors.loyale.payments import Part
from tillsaga.connectors.loyale.refusals import LoyaleNo
from tillsaga.domain.model import Json
from tillsaga.domain.offers import Identifier
from tillsaga.domain.ports import Operator
from tillsaga.errors import AnswerLost, Refused
from tillsaga.sandbox.loyale import world

CREATE = "transaction.create"


@pytest.fixture
def shop(box: Control) -> Iterator[Box]:
    held = Box(box)
    yield held
    held.close()


@pytest.fixture
async def loyale(shop: Box) -> AsyncIterator[Loyale]:
    held = connector(shop)
    yield held
    await held.aclose()


@pytest.fixture
def transaction(loyale: Loyale) -> Operator:
    return loyale.operator("post_transaction")


# --- what Loyale leaves open ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "switches",
    [
        {"duplicate": "replay"},
        {"accepted_status": 202},
        {"processing_reads": 3},
        {"status_url_host": "own"},
        {"business_error_shape": "B"},
    ],
)
async def test_a_lost_sale_is_settled_however_loyale_answers(
    transaction: Operator, shop: Box, switches: Json
) -> None:
    shop.switch(**switches)
    asked = posted(CASES["everything"].sale)
    assert await transaction.find(asked, now()) is None
    shop.fault(CREATE, "drop_after")
    with pytest.raises(AnswerLost):
        await transaction.do(asked)

    done = await transaction.do(asked)

    assert shop.trace() == CASES["everything"].after
    await transaction.undo(asked, done)
    await transaction.undo(asked, done)
    assert shop.trace() == CASES["everything"].back


async def test_a_scheme_that_restores_gift_cards_leaves_nothing_to_a_person(shop: Box) -> None:
    restoring = connector(shop, return_restores_gift_card=True)
    shop.switch(return_restores_gift_card=True)
    asked = posted(CASES["gift card"].sale)
    transaction = restoring.operator("post_transaction")

    undone = await transaction.undo(asked, await transaction.do(asked))

    assert undone.data["not_restored"] == []
    assert shop.trace() == Trace()
    await restoring.aclose()


async def test_a_return_that_would_overdraw_may_be_refused(
    transaction: Operator, shop: Box
) -> None:
    shop.switch(overdraft="reject")
    done = await transaction.do(posted(CASES["earns"].sale))
    shop.give(world.ANN, -7900)

    with pytest.raises(Refused):
        await transaction.undo(posted(CASES["earns"].sale), done)

    assert shop.points() == 80


async def test_what_must_not_earn_does_not(shop: Box) -> None:
    strict = connector(shop, non_earning_payment_types=["luncheon"])
    payments = [{"type": "luncheon", "amount": 15_00}, {"type": "cash", "amount": 15_00}]
    lines = (sold(line("1", 20_00)), sold(line("2", 10_00, earns_points=False)))
    told = sale(*lines, payments=payments)

    done = await strict.operator("post_transaction").do(posted(told))

    # All that must not earn is in what was paid by luncheon anyway.
    assert done.points == 90
    await strict.aclose()


# --- reads ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("type_", "value", "member"),
    [
        ("card", world.ANN_BARCODE, world.ANN),
        ("qr", world.BOB_BARCODE, world.BOB),
        ("member_id", world.ANN, world.ANN),
        ("card", world.DORA_BARCODE, None),
        ("card", "3860358623590", None),
        ("member_id", world.SCHEME, None),
    ],
)
@pytest.mark.parametrize("shape", ["A", "B"])
async def test_a_customer_is_identified(
    loyale: Loyale, shop: Box, type_: str, value: str, member: str | None, shape: str
) -> None:
    shop.switch(business_error_shape=shape)
    identifier = Identifier.model_validate({"type": type_, "value": value})

    found = (await loyale.identify(identifier)).member

    assert (found.member_id if found else None) == member


async def test_a_quote_changes_nothing(loyale: Loyale, shop: Box) -> None:
    quote = await loyale.quote(basket(), ANN)

    assert quote.member is not None
    assert quote.member.points == 7830
    assert (shop.rows("transactions"), shop.trace()) == ([], Trace())


@pytest.mark.parametrize(
    ("barcode", "due", "available"),
    [
        (world.GIFT_CARD, 24_99, 24_99),
        (world.GIFT_CARD, 25_01, 25_00),
        (world.GIFT_CARD, 999_99, 25_00),
        (world.GIFT_CARD_WHOLE, 10_00, 10_00),
        (world.GIFT_CARD_WHOLE, 10_01, None),
        (world.GIFT_CARD_BOB, 5_00, None),
        (world.GIFT_CARD_EXPIRED, 5_00, None),
        (world.GIFT_CARD_DISABLED, 5_00, None),
        (world.GIFT_CARD_UNLINKED, 5_00, None),
        ("4334603388999", 5_00, None),
    ],
)
async def test_a_gift_card_is_found_with_what_it_can_pay(
    loyale: Loyale, barcode: str, due: int, available: int | None
) -> None:
    found = await loyale.find_tender("giftcard", barcode, ANN, basket(), due)

    assert (found.available_amount if found else None) == available


async def test_a_split_line_is_returned_by_a_custom_return(loyale: Loyale, shop: Box) -> None:
    split = paid(sold(line("1", 20_00, "3"), 7_00), due=53_00)
    items = items_of(split, "loyale")

    back = await loyale.returns.custom(world.ANN, "rf_1", items, [Part("Cash", 53_00)])

    assert back.points_deducted == 318
    with pytest.raises(LoyaleNo):
        await loyale.returns.custom(world.ANN, "rf_1", items)
    assert shop.points() == 7830 - 318
