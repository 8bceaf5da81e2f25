from collections.abc import AsyncIterator, Iterator

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
from tillsaga.errors import Refused

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


async def test_what_loyale_does_not_have(loyale: Loyale) -> None:
    assert await loyale.look_up_card(CARD) is None
    assert await loyale.portal_session(MEMBER) is None
    with pytest.raises(KeyError):
        loyale.operator("redeem_voucher")
