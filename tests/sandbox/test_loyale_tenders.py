"""Sheet 4: payment methods, the auto-fill algorithm, gift cards."""

from typing import Any

import pytest
import pytest_asyncio

from tests.sandbox.loyale_till import (
    CARD,
    CASH,
    L50,
    REDEMPTION,
    LoyaleTill,
    gift,
    line,
    methods,
    moved,
    paid,
    refused,
)
from tillsaga.sandbox.loyale import world

pytestmark = pytest.mark.asyncio
CARD_NO_POINTS = CARD | {"awardsPoints": False}
TABLE = {
    "none": (7830, [], [50], (300, 0, 8130)),
    "Cash": (7830, [CASH], [50], (300, 0, 8130)),
    "Cash 40, Card without points": (
        7830,
        [paid(CASH, 40), CARD_NO_POINTS],
        [40, 10],
        (240, 0, 8070),
    ),
    "Cash 50, Card": (7830, [paid(CASH, 50), CARD], [50, 0], (300, 0, 8130)),
    "Cash 40, Redemption 10": (
        7830,
        [paid(CASH, 40), paid(REDEMPTION, 10)],
        [40, 10],
        (240, 1000, 7070),
    ),
    "Cash, Redemption (7980)": (7980, [CASH, REDEMPTION], [0, 50], (0, 5000, 2980)),
    "Cash, Redemption (1500)": (1500, [CASH, REDEMPTION], [35, 15], (210, 1500, 210)),
    "Cash, Redemption (0)": (0, [CASH, REDEMPTION], [50, 0], (300, 0, 300)),
    "Cash 40, Redemption (1500)": (
        1500,
        [paid(CASH, 40), REDEMPTION],
        [40, 10],
        (240, 1000, 740),
    ),
}
SHORT = "Customer does not have enough points for redemption. Required: {} Current: {}"
MISMATCH = "Payment methods total {} does not match line items total 50.00"
UNDETERMINED = "Payment method amounts cannot be determined"
REFUSED = {
    "Cash 40": (7830, [paid(CASH, 40)], MISMATCH.format("40.00")),
    "Cash, Card": (7830, [CASH, CARD], UNDETERMINED),
    "Cash 60, Card": (7830, [paid(CASH, 60), CARD], MISMATCH.format("60.00")),
    "Redemption": (1500, [REDEMPTION], SHORT.format(5000, 1500)),
    "Cash 10, Redemption": (1500, [paid(CASH, 10), REDEMPTION], SHORT.format(4000, 1500)),
    "oversized, and the sum wrong": (1500, [paid(REDEMPTION, 60)], SHORT.format(6000, 1500)),
    "Redemption, Cash, Card": (1500, [REDEMPTION, CASH, CARD], UNDETERMINED),
    "in debt": (-5, [REDEMPTION], SHORT.format(5000, -5)),
}


@pytest_asyncio.fixture
async def loyale(till: Any) -> LoyaleTill:
    return LoyaleTill(till)


@pytest.mark.parametrize(("points", "sent", "amounts", "figures"), TABLE.values(), ids=TABLE)
async def test_the_table_of_sheet_4(
    loyale: Any, points: int, sent: list[Any], amounts: list[int], figures: tuple[int, ...]
) -> None:
    """Sheet 4, the table: T = 50.00, G = 6, R = 100."""
    customer = await loyale.customer(points)
    reply = await loyale.sale(L50, customerId=customer, paymentMethods=sent)

    assert [amount for _, amount in methods(reply)] == amounts
    assert moved(reply) == figures
    assert await loyale.points(customer) == figures[2]


@pytest.mark.parametrize(("points", "sent", "text"), REFUSED.values(), ids=REFUSED)
async def test_the_errors_of_sheet_4_move_nothing(
    loyale: Any, points: int, sent: list[Any], text: str
) -> None:
    """Sheet 4, the table and steps 3, 4 and 6."""
    customer = await loyale.customer(points)
    answer = await loyale.post(L50, customerId=customer, paymentMethods=sent)

    assert refused(answer) == text
    assert await loyale.points(customer) == points


@pytest.mark.parametrize(
    "sent",
    [
        [paid(CASH, -1), CARD],
        [REDEMPTION, REDEMPTION],
        [{"type": "Loyale Gift Card", "amount": 50}],
        [{"type": "Loyale Voucher"}],
        [{"amount": 50}],
        [paid(CASH, 49.999), CARD],
        [{"type": "Cash", "amount": "50.00"}],
        [paid(CASH, 0.1 + 0.2), paid(CARD, 49.7)],
    ],
)
async def test_step_2_refuses_what_is_no_payment_method(loyale: Any, sent: list[Any]) -> None:
    """Sheet 4, step 2; sheet 1: amounts are numbers with two decimals."""
    refused(await loyale.post(L50, paymentMethods=sent))


async def test_an_empty_list_is_unspecified(loyale: Any) -> None:
    """Sheet 4, step 1; `null` is nothing too."""
    for nothing in (list[Any](), None):
        reply = await loyale.sale(L50, simulate=True, paymentMethods=nothing)
        assert methods(reply) == [("Unspecified", 50)]


async def test_cash_value_rounds_down_and_needed_points_up(loyale: Any) -> None:
    """Sheet 4, V and step 3: with 3 points per 1.00, 100 points are 33.33 and cost 100."""
    await loyale.seed(schemes=[{"id": world.SCHEME, "redemption_rate": "3"}])
    customer = await loyale.customer(100)
    reply = await loyale.sale(L50, customerId=customer, paymentMethods=[REDEMPTION, CASH])

    assert [str(amount) for _, amount in methods(reply)] == ["33.33", "16.67"]
    assert moved(reply) == (100, 100, 100)


@pytest.mark.parametrize(
    ("amount", "reference", "text"),
    [
        (10, "4000000000000", "Gift card not found"),
        (26, world.GIFT_CARD, "Gift card has insufficient value"),
        (10, world.GIFT_CARD_BOB, "Gift card is not valid"),
        (10, world.GIFT_CARD_UNLINKED, "Gift card is not valid"),
        (10, world.GIFT_CARD_EXPIRED, "Gift card is not valid"),
        (10, world.GIFT_CARD_SOON, "Gift card is not valid"),
        (10, world.GIFT_CARD_DISABLED, "Gift card is not valid"),
        (9, world.GIFT_CARD_WHOLE, "Gift card is not valid"),
        (None, world.GIFT_CARD, "Gift card has insufficient value"),
    ],
)
async def test_step_7_checks_the_gift_card(
    loyale: Any, amount: int | None, reference: str, text: str
) -> None:
    """Sheet 4, step 7; an open card obeys step 6 first."""
    sent = [gift(amount, reference)] + ([CASH] if amount else [])

    assert refused(await loyale.post(L50, paymentMethods=sent)) == text
    cards = (await loyale.books())["gift_cards"].values()
    assert all(card["current_value"] == card["original_value"] for card in cards)


async def test_a_whole_gift_card_is_spent_at_once(loyale: Any) -> None:
    """Sheet 4, step 7: `partialUse` false."""
    await loyale.sale(L50, paymentMethods=[gift(10, world.GIFT_CARD_WHOLE), CASH])

    assert await loyale.card(world.GIFT_CARD_WHOLE) == 0


async def test_an_open_gift_card_takes_the_rest(loyale: Any) -> None:
    """Sheet 4, step 7: no priority."""
    reply = await loyale.sale(L50, paymentMethods=[gift(None), paid(CASH, 30)])

    assert methods(reply) == [("Loyale Gift Card", 20), ("Cash", 30)]
    assert await loyale.card() == 500


async def test_one_card_named_twice_pays_once_what_it_holds(loyale: Any) -> None:
    """Sheet 4, step 7."""
    sent = [gift(15), gift(11), CASH]

    text = refused(await loyale.post(L50, paymentMethods=sent))
    assert text == "Gift card has insufficient value"
    await loyale.sale(L50, paymentMethods=[gift(15), gift(10), CASH])
    assert await loyale.card() == 0


async def test_a_gift_card_ends_with_the_clock(loyale: Any) -> None:
    """Sheet 4, step 7: inside from and to, both included."""
    card = {"customer_id": world.ANN, "to": "2026-03-01T11:00:00Z"}
    barcode = (await loyale.seed(gift_cards=[card]))["gift_cards"][0]["barcode"]
    sent = {"paymentMethods": [gift(1, barcode)]}
    await loyale.till.advance(3600)
    await loyale.sale(line(1, 1), **sent)
    await loyale.till.advance(1)

    assert refused(await loyale.post(line(1, 1), **sent)) == "Gift card is not valid"
