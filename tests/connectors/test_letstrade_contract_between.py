"""Single scenes of the connector against the sandbox, over real HTTP."""

from collections.abc import AsyncIterator, Iterator

import pytest
from pydantic import JsonValue

from tests.connectors.letstrade_cases import (
    FINALISE,
    QUOTE,
    Box,
    Till,
    Trace,
    basket,
    connector,
    long_ago,
    order,
)
from tests.connectors.sandbox_server import Control
from tillsaga.connectors.letstrade import LetsTrade, callback
from tillsaga.connectors.letstrade.callback import OpenBill
from tillsaga.domain.basket import Basket
from tillsaga.errors import NotSent, Refused
from tillsaga.sandbox.letstrade import world

ELSEWHERE = basket("basket-elsewhere")


@pytest.fixture
def shop(box: Control) -> Iterator[Box]:
    held = Box(box)
    yield held
    held.close()


@pytest.fixture
async def letstrade(shop: Box) -> AsyncIterator[LetsTrade]:
    held = connector(shop)
    yield held
    await held.aclose()


async def refusal(letstrade: LetsTrade, till: Till, *codes: str, pay: str | None = None) -> str:
    """Sell at one till what another till has just used up, and say what it hears."""
    other = Till(letstrade, ELSEWHERE)
    mine, theirs = await till.sell(*codes, pay=pay), await other.sell(*codes, pay=pay)
    await letstrade.operator("finalise").do(order(theirs))
    with pytest.raises(Refused) as refused:
        await letstrade.operator("finalise").do(order(mine))
    return refused.value.code


# --- what happens in between ----------------------------------------------------------------------


async def test_a_voucher_used_elsewhere_is_refused_and_nothing_charged(
    letstrade: LetsTrade, shop: Box
) -> None:
    assert await refusal(letstrade, Till(letstrade), world.CODE_TEN) == "offer_refused"
    assert shop.trace().orders == 1


async def test_a_drained_wallet_is_refused_before_anything_is_burned(
    letstrade: LetsTrade, shop: Box
) -> None:
    codes: list[JsonValue] = [
        {"code": code, "kind": "P", "user_id": world.PIETER, "instruments": ["wallet"]}
        for code in ("P1", "P2")
    ]
    shop.seed(codes=codes)
    mine = await Till(letstrade).sell(pay="P1")
    theirs = await Till(letstrade, ELSEWHERE).sell(pay="P2")
    await letstrade.operator("finalise").do(order(theirs))

    with pytest.raises(Refused) as refused:
        await letstrade.operator("finalise").do(order(mine))

    assert refused.value.code == "insufficient_balance"
    assert shop.trace(world.PIETER).orders == 1


async def test_a_declined_card_burns_nothing(letstrade: LetsTrade, shop: Box) -> None:
    sold = await Till(letstrade).sell(pay=world.CODE_DECLINED)

    with pytest.raises(Refused) as refused:
        await letstrade.operator("finalise").do(order(sold))

    assert refused.value.code == "tender_refused"
    assert shop.trace(world.SIPHO) == Trace(wallet=5_00)


async def test_a_loan_pays(letstrade: LetsTrade, shop: Box) -> None:
    found = await letstrade.find_tender("wallet", world.CODE_LOAN, None, basket(), 65_00)

    assert found is not None
    assert "loan" in str(found.data["split"])


async def test_an_expired_bill_is_refused_even_after_a_lost_answer(
    letstrade: LetsTrade, shop: Box
) -> None:
    sold = await Till(letstrade).sell(world.CODE_TEN)
    shop.fault(FINALISE, "drop_before")
    operator = letstrade.operator("finalise")
    with pytest.raises(Exception, match="gave no answer"):
        await operator.do(order(sold))
    shop.advance(601)

    assert await operator.find(order(sold), long_ago()) is None
    with pytest.raises(Refused) as refused:
        await operator.do(order(sold))

    assert refused.value.code == "code_expired"
    assert shop.trace() == Trace()


async def test_l1_a_wrong_token_is_refused(shop: Box) -> None:
    stranger = connector(shop, token="wrong")

    with pytest.raises(Refused):
        await stranger.quote(basket(), None)

    assert not shop.rows("baskets")
    await stranger.aclose()


async def test_a_quote_that_fails_is_no_doubt(letstrade: LetsTrade, shop: Box) -> None:
    for kind in ("drop_after", "error_after", "html_after", "malformed", "rate_limited"):
        shop.fault(QUOTE, kind)
        with pytest.raises(NotSent):
            await letstrade.quote(basket(), None)


@pytest.mark.parametrize(
    "switch",
    [{"envelope": "wrapped"}, {"errors_as_200": True}, {"finalise_order_id": "fresh"}],
    ids=str,
)
async def test_other_shapes_of_answers_are_understood(
    letstrade: LetsTrade, shop: Box, switch: dict[str, JsonValue]
) -> None:
    shop.switch(**switch)
    sold = await Till(letstrade).sell(world.CODE_TEN, pay=world.CODE_PAY)

    done = await letstrade.operator("finalise").do(order(sold))
    again = await letstrade.operator("finalise").do(order(sold))

    assert done.transaction_id in shop.rows("orders")
    assert again.transaction_id == done.transaction_id
    assert await letstrade.find_offer("R-nobodys", None, basket()) is None


# --- picked in the app ----------------------------------------------------------------------------


async def test_vouchers_picked_in_the_app_are_burned_with_the_bill(
    letstrade: LetsTrade, shop: Box
) -> None:
    await letstrade.quote(basket(), None)
    asked = callback.parse(shop.pick("basket-0001", world.VOUCHER_TEN, world.VOUCHER_COFFEE))
    bill = OpenBill("letstrade", world.STORE, basket(), 100_00, world.TERMINAL)
    callback.check(asked, bill)
    offers = tuple(
        offer.model_copy(update={"status": "applied"}) for offer in callback.offers(asked, bill)
    )

    sold = await Till(letstrade).sell(offers=offers)
    await letstrade.operator("finalise").do(order(sold))

    assert (sold.discount_amount, sold.due_amount) == (45_00, 55_00)
    burned = frozenset({world.VOUCHER_TEN, world.VOUCHER_COFFEE})
    assert shop.trace() == Trace(orders=1, burned=burned)


async def test_the_bill_that_the_app_sees_is_not_disturbed_by_scans(
    letstrade: LetsTrade, shop: Box
) -> None:
    bill: Basket = basket()
    await letstrade.quote(bill, None)
    await letstrade.find_offer(world.CODE_TEN, None, bill)
    await letstrade.find_tender("wallet", world.CODE_PAY, None, bill, 100_00)

    seen = shop.rows("baskets")["basket-0001"]

    assert (seen["quotes"], seen["outstanding_in_cents"]) == (1, 100_00)
