"""The sheet's acceptance cases against the sandbox, over real HTTP."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import pytest

from tests.connectors.loyale_asks import line, sold
from tests.connectors.loyale_cases import (
    ANN,
    BOB,
    CARD_10,
    CASES,
    L25,
    L50,
    Box,
    Trace,
    basket,
    connector,
    coupon,
    now,
    paid,
    posted,
    tender,
)
from tests.connectors.sandbox_server import Control
from tillsaga.connectors.circuit import Circuit
from tillsaga.connectors.http import VendorHttp
from tillsaga.connectors.loyale import Loyale
from tillsaga.connectors.loyale.client import LoyaleClient
from tillsaga.connectors.loyale.items import items_of
from tillsaga.connectors.loyale.refusals import LoyaleNo, rejection
from tillsaga.domain.model import Json
from tillsaga.domain.ports import Operator
from tillsaga.errors import NotSent, Refused
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


@pytest.fixture
async def client(shop: Box) -> AsyncIterator[LoyaleClient]:
    """Calls that the connector never makes, as raw as they come."""
    headers = {"X-Scheme": world.SCHEME, "X-ApiKey": world.API_KEY}
    circuit = Circuit("loyale", timedelta(0))
    http = VendorHttp("loyale", shop.base_url, headers, timedelta(seconds=5), rejection, circuit)
    yield LoyaleClient(http, world.OUTLET)
    await http.aclose()


async def test_y1_a_sale_of_25_earns_150(transaction: Operator, shop: Box) -> None:
    done = await transaction.do(posted(paid(*L25, due=25_00)))

    assert (done.points, done.points_after) == (150, 7980)
    assert shop.rows("transactions")[0]["unique_id"] == "chk_1"


async def test_y3_a_wrong_key_posts_nothing(shop: Box) -> None:
    stranger = connector(shop, key=world.OTHER_API_KEY)

    with pytest.raises(NotSent):
        await stranger.operator("post_transaction").do(posted(CASES["earns"].sale))

    assert shop.trace() == Trace()
    await stranger.aclose()


async def test_y5_the_sale_price_makes_the_total(transaction: Operator, shop: Box) -> None:
    done = await transaction.do(posted(paid(*L50, due=50_00)))

    assert (done.points, shop.rows("transactions")[0]["total"]) == (300, 50_00)


@pytest.mark.parametrize(
    "methods", [[{"type": "Cash", "amount": 40.0}], [{"type": "Cash"}, {"type": "Card"}]]
)
async def test_y7_y9_what_does_not_add_up_is_refused(
    client: LoyaleClient, shop: Box, methods: list[Json]
) -> None:
    lines = [item.wire("EUR") for item in items_of(paid(*L50, due=50_00), "loyale")]

    with pytest.raises(LoyaleNo) as refused:
        await client.post(
            {"customerId": world.ANN, "lineItems": [*lines], "paymentMethods": [*methods]}
        )

    assert refused.value.status == 400
    assert shop.trace() == Trace()


async def test_y11_too_few_points_change_nothing(transaction: Operator, shop: Box) -> None:
    shop.give(world.ANN, 150)
    dear = paid(sold(line("1", 50_000_00)), due=0, tenders=(tender("points", 50_000_00),))

    with pytest.raises(Refused, match="5000000 are needed, 7980 are there") as refused:
        await transaction.do(posted(dear))

    assert refused.value.code == "insufficient_balance"
    assert shop.points() == 7980


async def test_y13_points_pay_what_they_can(
    loyale: Loyale, transaction: Operator, shop: Box
) -> None:
    found = await loyale.find_tender("points", None, BOB, basket(), 50_00)
    assert found is not None
    assert (found.available_amount, found.points) == (15_00, 1500)

    pinned = paid(*L50, due=35_00, tenders=(tender("points", found.available_amount),))
    done = await transaction.do(posted(pinned, world.BOB))

    assert (done.points, done.points_after) == (210, 210)
    assert shop.points(world.BOB) == 210


async def test_y15_a_gift_card_pays_a_part(
    loyale: Loyale, transaction: Operator, shop: Box
) -> None:
    found = await loyale.find_tender("giftcard", world.GIFT_CARD, ANN, basket(), 50_00)
    assert found is not None
    assert (found.available_amount, shop.trace()) == (25_00, Trace())

    await transaction.do(posted(paid(*L50, due=40_00, tenders=(CARD_10,))))

    assert shop.trace().card == 15_00


async def test_y17_a_coupon_is_used_once(loyale: Loyale, transaction: Operator, shop: Box) -> None:
    offer = await loyale.find_offer(world.COUPON, ANN)
    assert offer is not None
    assert shop.trace().coupon == 1
    once = paid(*L50, due=50_00, offers=[coupon(0)])

    await transaction.do(posted(once))
    with pytest.raises(Refused) as refused:
        await transaction.do(posted(once, generation=2))

    assert (refused.value.code, shop.trace().coupon) == ("offer_refused", 0)
    offer.member_id = world.ANN
    assert await loyale.check_offer(offer) == "offer_refused"
    assert await loyale.find_offer(world.COUPON, ANN) is None


async def test_y19_goods_taken_back_lower_total_and_points(
    transaction: Operator, shop: Box
) -> None:
    lines = (sold(line("1", 10_00, "2")), sold(line("2", 10_00, "-1")))

    done = await transaction.do(posted(paid(*lines, due=10_00)))

    assert (done.points, shop.rows("transactions")[0]["total"]) == (60, 10_00)


async def test_y21_a_sale_is_returned_once(transaction: Operator, shop: Box) -> None:
    shop.give(world.ANN, 150)
    done = await transaction.do(posted(CASES["earns"].sale))

    undone = await transaction.undo(posted(CASES["earns"].sale), done)
    await transaction.undo(posted(CASES["earns"].sale), done)

    assert (undone.data["points_deducted"], undone.points_after) == (150, 7980)
    assert undone.data["payment_methods"] == [{"type": "Cash", "amount": 25_00}]
    assert shop.points() == 7980


async def test_y23_units_are_returned_until_none_is_left(
    loyale: Loyale, transaction: Operator, shop: Box
) -> None:
    await transaction.do(posted(CASES["earns"].sale))

    one = await loyale.returns.line_item("chk_1", "SKU-1", 1)
    with pytest.raises(LoyaleNo):
        await loyale.returns.line_item("chk_1", "SKU-1", 5)
    rest = await loyale.returns.full("chk_1")

    assert (one.points_deducted, rest.points_deducted) == (30, 120)
    assert shop.points() == 7830


async def test_y25_the_same_id_twice_is_one_posting(transaction: Operator, shop: Box) -> None:
    first = await transaction.do(posted(CASES["everything"].sale))

    assert await transaction.do(posted(CASES["everything"].sale)) == first
    assert len(shop.rows("transactions")) == 1


async def test_y25_a_failed_sale_leaves_the_balance_where_it_was(
    transaction: Operator, shop: Box
) -> None:
    shop.switch(processing_outcome="FAILED", processing_reads=1)
    asked = posted(CASES["everything"].sale)

    with pytest.raises(Refused):
        await transaction.do(asked)
    with pytest.raises(Refused):
        await transaction.find(asked, now())

    assert shop.trace() == Trace()
    shop.switch(processing_outcome="COMPLETED")
    await transaction.do(asked)
    assert shop.trace() == CASES["everything"].after
