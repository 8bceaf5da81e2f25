import httpx
import pytest

from tests.connectors.fake_vendor import Vendor, at, data, no
from tests.connectors.test_leat_members import ANN, CONTACT
from tillsaga.connectors.leat import Leat
from tillsaga.domain.basket import Basket
from tillsaga.domain.discounts import Discount
from tillsaga.domain.model import Json
from tillsaga.domain.offers import Offer
from tillsaga.domain.ports import Quote
from tillsaga.errors import NotSent, Refused

BASKET = Basket.model_validate(
    {
        "id": "basket-1",
        "currency": "EUR",
        "lines": [{"line_id": "1", "sku": "A", "title": "A", "unit_amount": 5_00}],
    }
)
VOUCHER: Json = {
    "uuid": "v-1",
    "code": "XMAS",
    "status": "ACTIVE",
    "name": "Christmas",
    "expiration_date": at(60),
    "attributes": {"mypos_discount_rule_id": "RULE-1"},
    "contact": {"uuid": "c-1"},
    "promotion": {"uuid": "p-1", "name": "Promotion"},
}
COFFEE: Json = {
    "uuid": "rw-2",
    "title": "Free coffee",
    "required_credits": "50",
    "pre_redeemable": True,
    "media": {"type": "image", "value": "https://leat.test/coffee.png"},
    "mypos_discount_type": "free_item",
    "mypos_product_code": "COFFEE",
}
DINNER: Json = {"uuid": "rw-9", "title": "Dinner", "required_credits": 500, "is_active": True}
HIDDEN: Json = {"uuid": "rw-7", "title": "Staff only", "required_credits": 10}
ENDED: Json = {"uuid": "rw-8", "title": "Ended", "required_credits": 999, "is_active": False}
WAITING: Json = {"uuid": "rr-3", "title": "Birthday cake", "reward": COFFEE, "expires_at": at(9)}


def paged(*items: Json) -> httpx.Response:
    """As Laravel writes it: numbers may be strings."""
    meta: Json = {"current_page": 1, "per_page": "100", "last_page": 1, "total": len(items)}
    return httpx.Response(200, json={"data": list(items), "links": {}, "meta": meta})


@pytest.fixture
async def quote(leat: Leat, vendor: Vendor) -> Quote:
    held = {**VOUCHER, "uuid": "v-2", "status": "LOCKED"}
    vendor.on("GET contacts/c-1", data(CONTACT))
    vendor.router.get(url__regex=".*/vouchers.*status=ACTIVE").mock(return_value=paged(VOUCHER))
    vendor.router.get(url__regex=".*/vouchers.*status=LOCKED").mock(return_value=paged(held))
    vendor.on("GET collectable-rewards", data([WAITING]))
    theirs = vendor.router.get(url__regex=".*/rewards.*contact_uuid=c-1")
    theirs.mock(return_value=data([COFFEE]))
    vendor.on("GET rewards", data([DINNER, COFFEE, HIDDEN, ENDED]))
    return await leat.quote(BASKET, ANN)


def offer(quote: Quote, id_: str) -> Offer:
    return next(offer for offer in quote.offers if offer.id == id_)


async def test_a_quote_lists_what_the_member_could_use(quote: Quote) -> None:
    assert quote.member == ANN
    assert [(offer.id, offer.status) for offer in quote.offers] == [
        ("loyalty:voucher:v-1", "available"),
        ("loyalty:voucher:v-2", "refused"),
        ("loyalty:collectable_reward:rr-3", "available"),
        ("loyalty:reward:rw-2", "available"),
        ("loyalty:reward:rw-9", "available"),
    ]


async def test_a_voucher_is_locked_and_then_redeemed(quote: Quote) -> None:
    voucher = offer(quote, "loyalty:voucher:v-1")

    assert voucher.hold is not None
    assert voucher.commit is not None
    assert (voucher.hold.operation, voucher.commit.operation) == ("lock_voucher", "redeem_voucher")
    assert voucher.commit.request == {"code": "XMAS"}
    assert voucher.min_spend_amount == 5_00
    assert not voucher.needs_member


async def test_a_voucher_held_elsewhere_says_so(quote: Quote) -> None:
    refusal = offer(quote, "loyalty:voucher:v-2").refusal

    assert refusal is not None
    assert refusal.code == "offer_held"


async def test_a_reward_is_claimed_and_collected_as_the_vendor_has_it(quote: Quote) -> None:
    coffee, dinner = offer(quote, "loyalty:reward:rw-2"), offer(quote, "loyalty:reward:rw-9")

    assert coffee.hold is not None
    assert coffee.commit is not None
    steps = (coffee.hold.operation, coffee.commit.operation)
    assert steps == ("pre_redeem_reward", "collect_reward")
    assert coffee.discount == Discount(type="free_item", skus=("COFFEE",))
    assert dinner.hold is not None
    assert (dinner.hold.operation, dinner.commit) == ("redeem_reward", None)
    assert (coffee.missing_points, dinner.missing_points) == (0, 380)


async def test_a_collectable_reward_is_only_collected(quote: Quote) -> None:
    cake = offer(quote, "loyalty:collectable_reward:rr-3")

    assert cake.hold is None
    assert cake.commit is not None
    assert cake.commit.request == {"reception_uuid": "rr-3", "contact_uuid": "c-1"}
    assert cake.discount is not None


async def test_a_members_sale_is_reported_once_per_basket(quote: Quote) -> None:
    assert quote.earn is not None
    assert (quote.earn.operation, quote.earn.subject) == ("post_order", "basket-1")


async def test_nobody_is_quoted_nothing(leat: Leat, vendor: Vendor) -> None:
    quote = await leat.quote(BASKET, None)

    assert (quote.member, quote.offers, quote.earn) == (None, (), None)


async def test_a_slow_vendor_is_unavailable(leat: Leat, vendor: Vendor) -> None:
    vendor.router.get(url__regex=".*").mock(side_effect=httpx.ReadTimeout("late"))

    with pytest.raises(NotSent):
        await leat.quote(BASKET, ANN)


FOUND = {
    "ACTIVE": None,
    "LOCKED": "offer_held",
    "REDEEMED": "offer_refused",
    "EXPIRED": "code_expired",
    "DEACTIVATED": "offer_refused",
    "SOMETHING": "offer_refused",
}


@pytest.mark.parametrize(("status", "code"), FOUND.items())
async def test_a_scanned_voucher_says_what_is_wrong_with_it(
    leat: Leat, vendor: Vendor, status: str, code: str | None
) -> None:
    vendor.on("GET vouchers/find", data({**VOUCHER, "status": status}))

    found = await leat.find_offer("XMAS", None)

    assert found is not None
    assert (found.refusal.code if found.refusal else None) == code
    assert await leat.check_offer(found) == code


async def test_a_scanned_voucher_of_somebody_else_is_refused(leat: Leat, vendor: Vendor) -> None:
    vendor.on("GET vouchers/find", data({**VOUCHER, "contact": {"uuid": "c-2"}}))

    found = await leat.find_offer("XMAS", ANN)

    assert found is not None
    assert found.status == "refused"


async def test_an_unlinked_voucher_needs_a_member(leat: Leat, vendor: Vendor) -> None:
    vendor.on("GET vouchers/find", data({**VOUCHER, "contact": []}))

    found = await leat.find_offer("XMAS", ANN)

    assert found is not None
    assert found.needs_member
    assert found.commit is not None
    assert found.commit.request == {"code": "XMAS", "contact_uuid": "c-1"}


async def test_an_unknown_code_is_nobodys(leat: Leat, vendor: Vendor) -> None:
    vendor.on("GET vouchers/find", no(80004))

    assert await leat.find_offer("?", None) is None


async def test_rewards_are_checked_again(leat: Leat, vendor: Vendor, quote: Quote) -> None:
    vendor.on("GET rewards/rw-2", data({"uuid": "rw-2", "active": False}))
    vendor.on("GET rewards/rw-9", no(6003))
    cake = offer(quote, "loyalty:collectable_reward:rr-3")

    assert await leat.check_offer(offer(quote, "loyalty:reward:rw-2")) == "offer_refused"
    assert await leat.check_offer(offer(quote, "loyalty:reward:rw-9")) == "offer_refused"
    assert await leat.check_offer(cake) is None


async def test_a_portal_session_is_a_url(leat: Leat, vendor: Vendor) -> None:
    opened = vendor.on(
        "POST portal-sessions", httpx.Response(201, json={"data": {"url": "https://x.test"}})
    )

    assert await leat.portal_session(ANN) == "https://x.test"
    assert vendor.sent(opened) == {"shop_uuid": "s-1", "contact_uuid": "c-1"}


async def test_a_no_to_a_read_is_refused(leat: Leat, vendor: Vendor) -> None:
    vendor.router.get(url__regex=".*").mock(return_value=no(55031))

    with pytest.raises(Refused) as refused:
        await leat.quote(BASKET, ANN)

    assert refused.value.code == "member_not_found"
