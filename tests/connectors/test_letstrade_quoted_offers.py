from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
import respx

from tests.connectors.letstrade_asks import (
    E1,
    EXPIRED,
    FINALISED,
    R1,
    R2,
    TEN_OFF,
    USED,
    USER,
    Vendor,
    basket,
    connector,
    no,
    offered,
)
from tillsaga.connectors.letstrade import LetsTrade
from tillsaga.domain.model import Json
from tillsaga.domain.offers import Member, Offer
from tillsaga.errors import NotSent, Refused

ANN = Member(provider="loyalty", member_id=USER, data={"user": {"_id": USER}})
DEAL: Json = {"_id": "d-1", "title": "Two for one", "discount": "35.00"}
SUBSCRIPTION: Json = {
    "redemption_id": "s-1",
    "product_pid": "p-501",
    "product_title": "Flat white",
    "discount": 35,
}


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    with respx.mock(assert_all_called=False) as router:
        yield Vendor(router)


@pytest.fixture
async def letstrade(vendor: Vendor) -> AsyncIterator[LetsTrade]:
    held = connector()
    yield held
    await held.aclose()


async def found(letstrade: LetsTrade, code: str = R1) -> Offer:
    offer = await letstrade.find_offer(code, None, basket())
    assert offer is not None
    return offer


# --- what it offers ---------------------------------------------------------------------------


async def test_an_applied_code_is_priced_again_for_the_new_basket(
    letstrade: LetsTrade, vendor: Vendor
) -> None:
    vendor.quotes[R1,] = offered(vouchers=[TEN_OFF])
    offer = await found(letstrade)
    vendor.quotes[R1,] = offered({"vouchers": [{"_id": "v-1", "discount": "7.00"}]})

    quote = await letstrade.quote(basket(), ANN, [offer])

    again = quote.offers[0]
    assert again.id == offer.id
    assert again.discount is not None
    assert again.discount.line_amounts == {"1": 7_00}
    assert again.data["line_vouchers"] == {"1": [{"_id": "v-1", "discount": "7.00"}]}
    assert "user" not in vendor.bill("quote")


async def test_several_codes_keep_their_own_vouchers(letstrade: LetsTrade, vendor: Vendor) -> None:
    second = {**TEN_OFF, "_id": "v-2", "code": R2, "discount": 5.5}
    vendor.quotes[R1,] = offered(vouchers=[TEN_OFF])
    vendor.quotes[R2,] = offered(vouchers=[second])
    vendor.quotes[R1, R2] = offered(vouchers=[second, TEN_OFF])

    offers = [await found(letstrade, code) for code in (R1, R2)]
    quote = await letstrade.quote(basket(), None, offers)

    worth = [offer.discount.amount for offer in quote.offers if offer.discount]
    assert worth == [10_00, 5_50]


@pytest.mark.parametrize(
    ("answer", "why"), [(USED, "offer_refused"), (EXPIRED, "code_expired")], ids=["used", "expired"]
)
async def test_a_lost_code_comes_back_as_lost_and_spoils_nothing(
    letstrade: LetsTrade, vendor: Vendor, answer: httpx.Response, why: str
) -> None:
    vendor.quotes[R1,] = offered(vouchers=[TEN_OFF])
    offers = [await found(letstrade, code) for code in (R1, R2)]
    vendor.quotes[R1, R2] = vendor.quotes[R2,] = answer

    quote = await letstrade.quote(basket(), None, offers)

    assert [offer.status for offer in quote.offers] == ["available", "lost"]
    assert quote.offers[1].refusal is not None
    assert quote.offers[1].refusal.code == why
    assert quote.earn is not None


async def test_codes_of_two_customers_lose_the_later_one(
    letstrade: LetsTrade, vendor: Vendor
) -> None:
    offers = [await found(letstrade, code) for code in (R1, R2)]
    vendor.quotes[R1, R2] = no(409, "Codes belong to different users")

    quote = await letstrade.quote(basket(), None, offers)

    assert [offer.status for offer in quote.offers] == ["available", "lost"]


async def test_deals_vouchers_and_subscriptions_come_without_a_code(
    letstrade: LetsTrade, vendor: Vendor
) -> None:
    voucher: Json = {"_id": "v-7", "title": "Birthday", "discount": 5}
    line: Json = {"deal": DEAL, "subscription": {"redemption_id": "s-1", "discount": "35.00"}}
    vendor.quotes[()] = offered(line, vouchers=[voucher], subscriptions=[SUBSCRIPTION])

    offers = {offer.kind: offer for offer in (await letstrade.quote(basket(), ANN)).offers}

    assert vendor.bill("quote")["user"] == {"_id": USER}
    assert [offer.id for offer in offers.values()] == [
        "loyalty:deal:d-1",
        "loyalty:subscription:s-1",
        "loyalty:voucher:v-7",
    ]
    assert [offer.sealed_by_sale for offer in offers.values()] == [False, True, True]
    assert offers["deal"].data["line_deals"] == {"1": [DEAL]}
    assert offers["deal"].subject == "d-1@basket-0001"
    assert offers["voucher"].subject == f"v-7@{USER}"
    subscription = offers["subscription"].discount
    assert subscription is not None
    assert subscription.line_amounts == {"1": 35_00}


async def test_a_subscription_of_the_basket_belongs_to_its_product(
    letstrade: LetsTrade, vendor: Vendor
) -> None:
    vendor.quotes[()] = offered(subscriptions=[SUBSCRIPTION])

    discount = (await letstrade.quote(basket(), ANN)).offers[0].discount

    assert discount is not None
    assert discount.line_amounts == {"1": 35_00}


async def test_what_is_no_longer_offered_is_lost(letstrade: LetsTrade, vendor: Vendor) -> None:
    vendor.quotes[()] = offered(deals=[DEAL])
    deal = (await letstrade.quote(basket(), None)).offers[0]
    applied = deal.model_copy(update={"status": "applied"})

    same = (await letstrade.quote(basket(), None, [applied])).offers
    vendor.quotes[()] = offered()
    gone = (await letstrade.quote(basket(), None, [applied])).offers

    assert same == (applied,)
    assert [offer.status for offer in gone] == ["lost"]


async def test_the_store_prices_what_the_vendor_does_not(
    letstrade: LetsTrade, vendor: Vendor
) -> None:
    vendor.quotes[R1,] = offered(vouchers=[{"_id": "v-9", "title": "Surprise"}])
    listed = await found(letstrade)
    vendor.quotes[R2,] = offered(vouchers=[{"_id": "v-8", "title": "Surprise"}])
    unlisted = await found(letstrade, R2)

    assert listed.discount is not None
    assert listed.discount.amount == 3_00
    assert unlisted.discount is None


# --- a vendor that does not answer ------------------------------------------------------------


async def test_a_finalised_bill_keeps_what_it_had(letstrade: LetsTrade, vendor: Vendor) -> None:
    offer = await found(letstrade, E1)
    vendor.quotes[()] = FINALISED

    quote = await letstrade.quote(basket(), None, [offer])

    assert quote.offers == (offer,)
    assert quote.earn is not None


async def test_an_unavailable_vendor_can_still_be_told_of_the_sale_later(
    letstrade: LetsTrade, vendor: Vendor
) -> None:
    vendor.quotes[()] = httpx.ConnectError("down")

    with pytest.raises(NotSent):
        await letstrade.quote(basket(), None)

    assert letstrade.earn_step(basket(), None) is not None


async def test_a_refused_quote_says_nothing_of_the_vendors_text(
    letstrade: LetsTrade, vendor: Vendor
) -> None:
    vendor.quotes[()] = no(400, "user ann@example.test is wrong")

    with pytest.raises(Refused) as refused:
        await letstrade.quote(basket(), None)

    assert refused.value.code == "vendor_refused"
    assert "ann" not in str(refused.value)
