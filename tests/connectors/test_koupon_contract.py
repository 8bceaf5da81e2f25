"""Redeeming against the sandbox: two readings of one contract, over real HTTP."""

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.connectors.koupon_asks import (
    BARCODE,
    COFFEE,
    EXPIRED,
    LOYALTY,
    SNACK,
    order,
)
from tests.connectors.koupon_box import Box, connector, now, redeem, scanned
from tests.connectors.sandbox_server import Control
from tillsaga.connectors.koupon import Koupon
from tillsaga.connectors.koupon.coupons import member_of
from tillsaga.errors import AnswerLost, NotSent, Refused, Unanswerable
from tillsaga.sandbox.koupon import world

applied = pytest.mark.parametrize("kind", ["drop_after", "error_after", "html_after", "malformed"])
not_applied = pytest.mark.parametrize("kind", ["drop_before", "error_before", "maintenance"])


@pytest.fixture
def shop(box: Control) -> Iterator[Box]:
    held = Box(box)
    yield held
    held.close()


@pytest.fixture
async def koupon(shop: Box) -> AsyncIterator[Koupon]:
    held = connector(shop)
    yield held
    await held.aclose()


async def test_k7_a_barcode_is_redeemed_once(koupon: Koupon, shop: Box) -> None:
    assert (await redeem(koupon, BARCODE)).data == {"quantity": 1}

    with pytest.raises(Refused, match="ALREADY_REDEEMED"):
        await redeem(koupon, BARCODE)

    assert (shop.left(BARCODE), shop.lines()) == (0, [(1, 1), (1, 0)])


async def test_k9_each_coupon_of_a_sale_stands_alone(koupon: Koupon, shop: Box) -> None:
    first = await redeem(koupon, BARCODE)
    with pytest.raises(Refused) as no:
        await redeem(koupon, EXPIRED)
    third = await redeem(koupon, SNACK, 2)

    assert (first.data, third.data) == ({"quantity": 1}, {"quantity": 2})
    assert no.value.code == "code_expired"
    assert (shop.left(BARCODE), shop.left(LOYALTY, SNACK)) == (0, 3)


async def test_k11_several_of_a_coupon_are_one_line(koupon: Koupon, shop: Box) -> None:
    await redeem(koupon, SNACK, 5)

    assert shop.lines() == [(5, 5)]


async def test_more_than_is_left_is_redeemed_in_part(koupon: Koupon, shop: Box) -> None:
    done = await redeem(koupon, COFFEE, 3)

    assert done.data == {"quantity": 1, "exception_code": "QTY_EXCEEDED"}
    assert shop.left(LOYALTY, COFFEE) == 0


NO = {
    world.BARCODE_SOON: "OFFER_NOT_ACTIVE",
    world.BARCODE_INACTIVE: "OFFER_NOT_ACTIVE",
    world.BARCODE_REDEEMED: "ALREADY_REDEEMED",
    "4006381333931": "ASSET_NOT_FOUND",
}


@pytest.mark.parametrize(("code", "said"), NO.items())
async def test_a_barcode_without_a_price_is_refused_by_the_vendor_alone(
    koupon: Koupon, code: str, said: str
) -> None:
    with pytest.raises(Refused, match=said):
        await redeem(koupon, code)


async def test_a_coupon_code_of_another_customer_is_refused(koupon: Koupon, shop: Box) -> None:
    other = member_of("koupon", world.EMPTY_LOYALTY)
    offer = await koupon.find_offer(COFFEE, other)
    assert offer is not None
    with pytest.raises(Refused):
        await koupon.operator("redeem_coupon").do(order(offer.commit))

    assert shop.left(LOYALTY, COFFEE) == 1


@applied
async def test_k19_a_lost_redemption_goes_to_a_person_and_is_not_repeated(
    koupon: Koupon, shop: Box, kind: str
) -> None:
    asked, since = await scanned(koupon, SNACK), now()
    operator = koupon.operator("redeem_coupon")
    shop.fault("redeem", kind)

    with pytest.raises(AnswerLost):
        await operator.do(asked)
    with pytest.raises(Unanswerable):
        await operator.find(asked, since)

    assert (shop.left(LOYALTY, SNACK), shop.lines()) == (4, [(1, 1)])


@not_applied
async def test_nobody_can_tell_that_it_was_not_redeemed(
    koupon: Koupon, shop: Box, kind: str
) -> None:
    """502 and 503 too may follow a commit (sheet 4)."""
    asked, since = await scanned(koupon, BARCODE), now()
    shop.fault("redeem", kind)

    with pytest.raises(AnswerLost):
        await koupon.operator("redeem_coupon").do(asked)
    with pytest.raises(Unanswerable):
        await koupon.operator("redeem_coupon").find(asked, since)

    assert (shop.left(BARCODE), shop.lines()) == (1, [])


@pytest.mark.parametrize(("kind", "left"), [("delay", 0), ("late", 1), ("hang_before", 1)])
async def test_k19_a_silent_vendor_may_have_redeemed_it(shop: Box, kind: str, left: int) -> None:
    hasty = connector(shop, seconds=0.3)
    asked = await scanned(hasty, BARCODE)
    shop.fault("redeem", kind, delay_ms=1500)

    with pytest.raises(AnswerLost):
        await hasty.operator("redeem_coupon").do(asked)

    await hasty.aclose()
    assert shop.left(BARCODE) == left


@pytest.mark.parametrize("status", [502, 503])
async def test_try_again_may_follow_a_commit(koupon: Koupon, shop: Box, status: int) -> None:
    shop.fault("redeem", "error_after", status=status)

    with pytest.raises(AnswerLost):
        await redeem(koupon, BARCODE)


async def test_a_throttled_call_did_nothing(koupon: Koupon, shop: Box) -> None:
    shop.fault("redeem", "rate_limited")

    with pytest.raises(NotSent):
        await redeem(koupon, BARCODE)

    assert shop.left(BARCODE) == 1


REFUSED = ["INVALID_REQUEST", "INVALID_QTY", "DUPLICATE_REDEMPTION", 400, 404, 405, 406]


@pytest.mark.parametrize("code", REFUSED)
async def test_a_whole_request_is_refused(koupon: Koupon, shop: Box, code: str | int) -> None:
    shop.fault("redeem", "refuse", code=code)

    with pytest.raises(Refused) as no:
        await redeem(koupon, BARCODE)

    assert no.value.code == "offer_refused"


@pytest.mark.parametrize("setting", ["always", "nothing_redeemed"])
async def test_a_plain_text_403_refuses_the_offer(koupon: Koupon, shop: Box, setting: str) -> None:
    shop.switch(plain_text_403=setting)

    with pytest.raises(Refused, match="No Redemptions to Void"):
        await redeem(koupon, EXPIRED)


ODD = {
    "partial": {"quantity": 2, "exception_code": "QTY_EXCEEDED"},
    "partial_silent": {"quantity": 2},
    "remark": {"quantity": 3, "exception_code": "SANDBOX_REMARK"},
}


@pytest.mark.parametrize(("odd", "data"), ODD.items())
async def test_what_was_redeemed_counts(
    koupon: Koupon, shop: Box, odd: str, data: dict[str, object]
) -> None:
    shop.switch(odd_line=odd)

    done = await redeem(koupon, SNACK, 3)

    assert done.data == data
    assert shop.lines() == [(3, done.data["quantity"])]


@pytest.mark.parametrize("odd", ["over", "missing", "no_qty"])
async def test_a_contradiction_goes_to_a_person(koupon: Koupon, shop: Box, odd: str) -> None:
    shop.switch(odd_line=odd)

    with pytest.raises(AnswerLost):
        await redeem(koupon, SNACK)

    assert shop.left(LOYALTY, SNACK) == 4


async def test_an_unknown_exception_is_a_no(koupon: Koupon, shop: Box) -> None:
    shop.switch(odd_line="unknown_exception")

    with pytest.raises(Refused, match="SANDBOX_UNHEARD_OF"):
        await redeem(koupon, SNACK)


async def test_an_older_shape_says_the_same(koupon: Koupon, shop: Box) -> None:
    shop.fault("redeem", "old_shape", times=None)

    assert (await redeem(koupon, BARCODE)).data == {"quantity": 1}
    with pytest.raises(Refused, match="ALREADY_REDEEMED"):
        await redeem(koupon, BARCODE)
