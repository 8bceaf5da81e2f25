import json
from collections.abc import AsyncIterator, Callable, Iterator

import httpx
import pytest
import respx

from tests.connectors.loyale_asks import (
    BARCODE,
    CARD,
    COUPON,
    CUSTOMER,
    MEMBER,
    OUTLET,
    SIMULATE,
    Vendor,
    basket,
    config,
    no,
    platform_no,
    receipt,
)
from tillsaga.connectors.loyale import Loyale
from tillsaga.domain.offers import Identifier
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


# --- members --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("type_", "value", "field"),
    [
        ("card", BARCODE, "customerBarcode"),
        ("qr", BARCODE, "customerBarcode"),
        ("member_id", CUSTOMER, "customerId"),
    ],
)
async def test_trap_17_a_customer_is_known_by_a_simulated_sale(
    loyale: Loyale, vendor: Vendor, type_: str, value: str, field: str
) -> None:
    vendor.on(SIMULATE, receipt("SIMULATED"))
    identifier = Identifier.model_validate({"type": type_, "value": value})

    member = (await loyale.identify(identifier)).member

    assert member is not None
    assert (member.member_id, member.points) == (CUSTOMER, 7830)
    assert (vendor.sent(SIMULATE)[field], vendor.sent(SIMULATE)["outletId"]) == (value, OUTLET)


async def test_a_customer_who_is_not_found_is_nobody(loyale: Loyale, vendor: Vendor) -> None:
    vendor.on(SIMULATE, NOBODY)

    found = await loyale.identify(Identifier(type="card", value=BARCODE, consent=True))

    assert (found.member, found.create) == (None, None)


@pytest.mark.parametrize(
    ("type_", "value"),
    [("email", "a@b.test"), ("card", "HT123ABC"), ("member_id", "c-1"), ("code", BARCODE)],
)
async def test_loyale_is_not_told_what_it_cannot_know(
    loyale: Loyale, vendor: Vendor, type_: str, value: str
) -> None:
    identifier = Identifier.model_validate({"type": type_, "value": value})

    assert (await loyale.identify(identifier)).member is None
    assert not vendor.requests


@pytest.mark.parametrize("answer", [no(400, "Outlet not found"), platform_no(400)])
async def test_a_wrong_setting_does_not_make_everybody_unknown(
    loyale: Loyale, vendor: Vendor, answer: httpx.Response
) -> None:
    vendor.on(SIMULATE, answer)

    with pytest.raises(Refused):
        await loyale.identify(Identifier(type="card", value=BARCODE))


async def test_a_quote_reads_the_points_and_names_the_sale(loyale: Loyale, vendor: Vendor) -> None:
    vendor.on(SIMULATE, receipt("SIMULATED", pointsBefore=8000))

    quote = await loyale.quote(basket(), MEMBER)

    assert quote.member is not None
    assert quote.member.points == 8000
    assert quote.earn is not None
    assert (quote.earn.operation, quote.earn.subject) == ("post_transaction", "basket-1")
    assert quote.earn.request == {"customer_id": CUSTOMER}
    assert (quote.offers, quote.fees_amount) == ((), 0)


async def test_trap_19_an_anonymous_sale_asks_nothing(loyale: Loyale, vendor: Vendor) -> None:
    quote = await loyale.quote(basket(), None)

    assert (quote.member, quote.earn) == (None, None)
    assert not vendor.requests


# --- coupons --------------------------------------------------------------------------------------


async def test_a_coupon_is_an_offer_where_the_store_has_a_price_for_it(
    loyale: Loyale, vendor: Vendor
) -> None:
    vendor.on(SIMULATE, receipt("SIMULATED"))

    offer = await loyale.find_offer(COUPON, MEMBER)

    assert offer is not None
    assert vendor.sent(SIMULATE)["coupons"] == [COUPON]
    assert (offer.kind, offer.sealed_by_sale, offer.needs_member) == ("coupon", True, True)
    assert offer.discount is not None
    assert (offer.discount.amount, offer.data) == (2_00, {"barcode": COUPON})
    assert COUPON not in offer.id + offer.subject
    assert offer.subject in offer.id


async def test_a_coupon_without_a_price_is_not_known(loyale: Loyale, vendor: Vendor) -> None:
    assert await loyale.find_offer("7652874580313", MEMBER) is None
    assert not vendor.requests


async def test_a_coupon_is_found_before_the_customer_is(loyale: Loyale, vendor: Vendor) -> None:
    assert await loyale.find_offer(COUPON, None) is not None
    assert not vendor.requests


async def test_a_coupon_that_is_not_taken_may_be_another_vendors(
    loyale: Loyale, vendor: Vendor
) -> None:
    vendor.on(SIMULATE, no(400, f"Coupon not valid: {COUPON}"))

    assert await loyale.find_offer(COUPON, MEMBER) is None


async def test_a_coupon_is_checked_before_the_payment(loyale: Loyale, vendor: Vendor) -> None:
    vendor.on(SIMULATE, receipt(), receipt(), no(400, f"Coupon not valid: {COUPON}"))
    offer = await loyale.find_offer(COUPON, MEMBER)
    assert offer is not None
    offer.member_id = CUSTOMER

    assert await loyale.check_offer(offer) is None
    assert await loyale.check_offer(offer) == "offer_refused"


# --- tenders --------------------------------------------------------------------------------------


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
    assert vendor.count(SIMULATE) <= 25


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


async def test_what_loyale_does_not_have(loyale: Loyale) -> None:
    assert await loyale.look_up_card(CARD) is None
    assert await loyale.portal_session(MEMBER) is None
    with pytest.raises(KeyError):
        loyale.operator("redeem_voucher")
