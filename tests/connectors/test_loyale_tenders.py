import json
from collections.abc import AsyncIterator, Callable, Iterator

import httpx
import pytest
import respx

from tests.connectors.loyale_asks import (
    CARD,
    MEMBER,
    SIMULATE,
    Vendor,
    basket,
    config,
    no,
    receipt,
)
from tillsaga.connectors.loyale import Loyale
from tillsaga.errors import NotSent, Refused

NOBODY = no(400, "Customer not found")


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    with respx.mock(assert_all_called=False) as router:
        yield Vendor(router)


@pytest.fixture
async def loyale() -> AsyncIterator[Loyale]:
    connector = Loyale(config())
    yield connector
    await connector.aclose()


def simulated(redeemed: float, points: int) -> httpx.Response:
    methods = [
        {"type": "Loyale Redemption", "amount": redeemed},
        {"type": "Cash", "amount": 50.0 - redeemed},
    ]
    return receipt("SIMULATED", paymentMethods=methods, pointsRedeemed=points)


async def test_points_are_a_planned_tender(loyale: Loyale, vendor: Vendor) -> None:
    vendor.on(SIMULATE, simulated(15.00, 1500))

    found = await loyale.find_tender("points", None, MEMBER, basket(), 50_00)

    assert found is not None
    assert (found.available_amount, found.points, found.planned) == (15_00, 1500, True)
    assert (found.step.operation, found.step.subject) == ("post_transaction", "basket-1")
    assert found.data == {"type": "Loyale Redemption"}
    sent = vendor.sent(SIMULATE)
    assert sent["paymentMethods"] == [{"type": "Cash"}, {"type": "Loyale Redemption"}]
    assert str(sent["lineItems"]).count("50.0") == 1


async def test_stored_value_needs_the_customer(loyale: Loyale, vendor: Vendor) -> None:
    with pytest.raises(Refused) as points:
        await loyale.find_tender("points", None, None, basket(), 50_00)
    with pytest.raises(Refused) as card:
        await loyale.find_tender("giftcard", CARD, None, basket(), 50_00)

    assert (points.value.code, card.value.code) == ("member_required", "member_required")
    assert not vendor.requests


def card_of(value: int, partial_use: bool = True) -> Callable[[httpx.Request], httpx.Response]:
    """A gift card worth so many cents, as Loyale checks it (sheet 4, step 7)."""

    def answer(request: httpx.Request) -> httpx.Response:
        method = json.loads(request.content)["paymentMethods"][0]
        cents = round(method["amount"] * 100)
        taken = cents <= value if partial_use else cents == value
        return receipt("SIMULATED") if taken else no(400, "Gift card has insufficient value")

    return answer


@pytest.mark.parametrize("value", [1, 2, 24_99, 25_00, 49_99, 50_00, 70_00])
async def test_a_gift_cards_value_is_found_to_the_cent(
    loyale: Loyale, vendor: Vendor, value: int
) -> None:
    vendor.on(SIMULATE, card_of(value))

    found = await loyale.find_tender("giftcard", CARD, MEMBER, basket(), 50_00)

    assert found is not None
    assert (found.available_amount, found.planned) == (min(value, 50_00), True)
    assert found.data["reference"] == CARD
    assert CARD not in found.subject
    assert vendor.count(SIMULATE) <= 2 + 5 * 7


async def test_a_gift_card_that_must_be_used_up_pays_its_value_exactly(
    loyale: Loyale, vendor: Vendor
) -> None:
    vendor.on(SIMULATE, card_of(25_00, partial_use=False))

    found = await loyale.find_tender("giftcard", CARD, MEMBER, basket(), 25_00)

    assert found is not None
    assert found.available_amount == 25_00
    assert await loyale.find_tender("giftcard", CARD, MEMBER, basket(), 30_00) is None


async def test_a_gift_card_of_nobody_or_of_another_vendor_is_not_found(
    loyale: Loyale, vendor: Vendor
) -> None:
    vendor.on(SIMULATE, no(400, "Gift card not found"))

    assert await loyale.find_tender("giftcard", CARD, MEMBER, basket(), 5_00) is None
    assert await loyale.find_tender("giftcard", "HT123ABC", MEMBER, basket(), 5_00) is None
    assert await loyale.find_tender("points", CARD, MEMBER, basket(), 5_00) is None
    assert await loyale.find_tender("prepaid", None, MEMBER, basket(), 5_00) is None


async def test_a_doubtful_answer_is_not_a_gift_cards_value(loyale: Loyale, vendor: Vendor) -> None:
    vendor.on(SIMULATE, card_of(10_00), httpx.Response(503))

    with pytest.raises(NotSent):
        await loyale.find_tender("giftcard", CARD, MEMBER, basket(), 50_00)
