"""Customers and codes, without a call: Koupon can be asked nothing."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from pydantic import ValidationError

from tests.connectors.koupon_asks import (
    BARCODE,
    COFFEE,
    DISCOUNTS,
    LOYALTY,
    MEMBER,
    NOW,
    SNACK,
    config,
)
from tillsaga.connectors.config import ConnectorConfig
from tillsaga.connectors.koupon import Koupon
from tillsaga.connectors.koupon.coupons import member_of
from tillsaga.domain.basket import Basket
from tillsaga.domain.effects import OPERATIONS, Stage
from tillsaga.domain.offers import Identifier

BASKET = Basket.model_validate(
    {
        "id": "basket-1",
        "currency": "USD",
        "lines": [{"line_id": "1", "sku": "COFFEE", "title": "Coffee", "unit_amount": 3_50}],
    }
)


@pytest.fixture
async def koupon() -> AsyncIterator[Koupon]:
    made = Koupon(config(), now=lambda: NOW)
    yield made
    await made.aclose()


@pytest.mark.parametrize("type_", ["card", "qr", "member_id"])
async def test_a_loyalty_id_is_taken_as_it_is_if_the_till_says_whose_it_is(
    koupon: Koupon, type_: Any
) -> None:
    asked = Identifier(type=type_, value=LOYALTY, provider="koupon")

    assert (await koupon.identify(asked)).member == MEMBER
    assert LOYALTY not in MEMBER.member_id  # it is personal, and views show it


@pytest.mark.parametrize(
    "facts",
    [
        {"type": "card"},
        {"type": "card", "provider": "leat"},
        {"type": "email", "provider": "koupon"},
        {"type": "code", "provider": "koupon"},
    ],
)
async def test_nobody_else_is_a_customer_of_koupons(koupon: Koupon, facts: dict[str, Any]) -> None:
    identified = await koupon.identify(Identifier(value=LOYALTY, **facts))

    assert (identified.member, identified.create) == (None, None)


async def test_the_quote_is_the_report_of_the_sale_and_nothing_else(koupon: Koupon) -> None:
    for member in (None, MEMBER):
        quote = await koupon.quote(BASKET, member)
        assert (quote.offers, quote.sales, quote.member) == ((), (), member)
        assert quote.earn is not None
        assert (quote.earn.operation, quote.earn.subject) == ("report_sale", "basket-1")


async def test_an_offer_barcode_is_redeemed_alone(koupon: Koupon) -> None:
    """Trap 7, and zeros are kept (sheet 1)."""
    for member in (None, MEMBER):
        offer = await koupon.find_offer(BARCODE, member)
        assert offer is not None
        assert offer.commit is not None
        assert offer.commit.request == {"discount_asset": BARCODE}
        assert (offer.code, offer.data) == (BARCODE, offer.commit.request)
        assert BARCODE not in offer.subject
        assert (offer.needs_member, offer.member_id) == (False, None)
        assert offer.discount == DISCOUNTS[BARCODE]
        assert (offer.title, offer.min_spend_amount) == ("1.00 off", 2_00)


async def test_a_coupon_code_is_redeemed_with_the_loyalty_id(koupon: Koupon) -> None:
    offer = await koupon.find_offer(COFFEE, MEMBER)

    assert offer is not None
    assert offer.commit is not None
    assert offer.subject == offer.commit.subject
    assert LOYALTY not in offer.subject
    assert offer.commit.request == {"discount_asset": LOYALTY, "coupon_code": COFFEE}
    assert (offer.kind, offer.hold, offer.max_quantity) == ("coupon", None, 50)
    assert (offer.needs_member, offer.member_id) == (True, MEMBER.member_id)


async def test_a_coupon_code_without_its_customer_asks_for_them(koupon: Koupon) -> None:
    """It may be scanned again once the loyalty card has been."""
    offer = await koupon.find_offer(COFFEE, None)

    assert offer is not None
    assert offer.refusal is not None
    assert (offer.status, offer.refusal.code) == ("refused", "member_required")
    assert offer.needs_member


@pytest.mark.parametrize("code", ["01234565", "012345678905", "4006381333931", "10012345678902"])
async def test_an_unknown_barcode_may_be_koupons_and_has_no_discount(
    koupon: Koupon, code: str
) -> None:
    offer = await koupon.find_offer(code, None)

    assert offer is not None
    assert (offer.discount, offer.title, offer.code) == (None, "Coupon", code)


@pytest.mark.parametrize("code", ["HT123ABC", "123456789", "123456789012345", "CPN-OTHER"])
async def test_any_other_unknown_code_is_not_koupons(koupon: Koupon, code: str) -> None:
    assert await koupon.find_offer(code, None) is None
    assert await koupon.find_offer(code, MEMBER) is None


async def test_the_customers_own_barcode_is_no_offer(koupon: Koupon) -> None:
    card = member_of("koupon", "4006381333931")

    assert await koupon.find_offer("4006381333931", card) is None


async def test_k11_a_code_scanned_twice_is_the_same_offer(koupon: Koupon) -> None:
    """Trap 8: equal lines are merged by being one effect with a quantity."""
    first, again = [await koupon.find_offer(SNACK, MEMBER) for _ in range(2)]

    assert first == again


async def test_an_offers_id_may_stand_in_a_url(koupon: Koupon) -> None:
    mine, barcode = await koupon.find_offer(SNACK, MEMBER), await koupon.find_offer(BARCODE, None)

    assert mine is not None
    assert barcode is not None
    assert mine.id != barcode.id
    assert LOYALTY not in mine.id
    assert BARCODE not in barcode.id


async def test_koupon_has_nothing_else(koupon: Koupon) -> None:
    offer = await koupon.find_offer(BARCODE, None)
    assert offer is not None

    assert await koupon.check_offer(offer) is None
    assert await koupon.find_tender("giftcard", "HT123ABC", None) is None
    assert await koupon.look_up_card("HT123ABC") is None
    assert await koupon.portal_session(MEMBER) is None
    assert koupon.claim_link("chk_1", 5_00, NOW) is None
    with pytest.raises(KeyError):
        koupon.operator("burn_voucher")


def test_its_operations_run_where_the_sheet_wants_them() -> None:
    """Traps 10 and 14: redeemed just before the capture, reported after the completion."""
    redeem, report = OPERATIONS["redeem_coupon"], OPERATIONS["report_sale"]

    assert (redeem.stage, redeem.exclusive, redeem.undo) == (Stage.SEAL, True, None)
    assert (report.stage, report.undo) == (Stage.EARN, None)


@pytest.mark.parametrize("wrong", [{"credentials": {}}, {"settings": {"shop_uuid": "s-1"}}])
def test_a_missing_credential_or_strange_setting_shows_at_once(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Koupon(ConnectorConfig.model_validate({**dict(config()), **wrong}))
