"""Customers, wallets and the worth of vouchers (sheet 3.1, 3.2, 3.4)."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from tests.connectors.wll_asks import (
    AUTH_ID,
    CODE,
    FIVE_OFF,
    MEMBER,
    USER,
    WALLET,
    B,
    M,
    Vendor,
    at_vendor,
    basket,
    benefit,
    burned,
    connected,
    no,
    redeemed,
    reward,
    user,
    wallet,
)
from tillsaga.connectors.wll import Wll
from tillsaga.domain.discounts import Discount
from tillsaga.domain.model import Json
from tillsaga.domain.offers import Identifier, Offer


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    with at_vendor() as answering:
        yield answering


@pytest.fixture
async def wll() -> AsyncIterator[Wll]:
    async with connected() as connector:
        yield connector


async def offers(vendor: Vendor, *vouchers: Json, **settings: Any) -> tuple[Offer, ...]:
    vendor.on(WALLET, wallet(*vouchers))
    async with connected(**settings) as wll:
        return (await wll.quote(basket(), MEMBER)).offers


async def worth(vendor: Vendor, *discounts: Json, **settings: Any) -> Discount | None:
    voucher = benefit(reward=reward(*discounts))
    return (await offers(vendor, voucher, **settings))[0].discount


# --- customers ------------------------------------------------------------------------------------


@pytest.mark.parametrize("type_", ["member_id", "card", "qr"])
async def test_a_customer_is_known_by_id_or_account_number(
    vendor: Vendor, wll: Wll, type_: str
) -> None:
    vendor.on("GET users/4821075", user())

    found = await wll.identify(Identifier.model_validate({"type": type_, "value": "4821075"}))

    assert found.member is not None
    assert found.member.member_id == M
    assert found.member.data == {"id": M, "authIdentifier": AUTH_ID, "isRestricted": False}
    assert "ann@example.test" not in found.model_dump_json()


async def test_a_restricted_customer_is_nobody(vendor: Vendor, wll: Wll) -> None:
    vendor.on(USER, user(isRestricted=True))

    found = await wll.identify(Identifier(type="member_id", value=M))

    assert (found.member, found.create) == (None, None)


@pytest.mark.parametrize("status", [400, 404])
async def test_an_unknown_customer_is_nobody(vendor: Vendor, wll: Wll, status: int) -> None:
    vendor.on("GET users/0000000", no(status, "USER_NOT_FOUND"))

    assert (await wll.identify(Identifier(type="card", value="0000000"))).member is None


@pytest.mark.parametrize(
    ("type_", "value"),
    [("email", "ann@example.test"), ("phone", "0612345678"), ("code", "X"), ("card", "me")],
)
async def test_the_vendor_is_asked_for_nobody_else(
    vendor: Vendor, wll: Wll, type_: str, value: str
) -> None:
    found = await wll.identify(Identifier.model_validate({"type": type_, "value": value}))

    assert found.member is None
    assert not vendor.calls


async def test_an_id_cannot_become_another_path(vendor: Vendor, wll: Wll) -> None:
    vendor.on("GET users/%2E%2E%2Fbenefits", no(404, "USER_NOT_FOUND"))

    assert (await wll.identify(Identifier(type="qr", value="../benefits"))).member is None


# --- wallets --------------------------------------------------------------------------------------


async def test_w3_the_wallet_tells_points_tier_and_vouchers(vendor: Vendor, wll: Wll) -> None:
    vendor.on(WALLET, wallet(benefit(), tier={"name": "Gold"}))

    quoted = await wll.quote(basket(), MEMBER)

    assert quoted.member is not None
    assert (quoted.member.points, quoted.member.tier) == (500, "Gold")
    assert quoted.member.data["authIdentifier"] == AUTH_ID
    offer = quoted.offers[0]
    assert offer.id == f"loyalty:voucher:{B}"
    assert offer.discount == Discount(type="absolute", amount=5_00)
    assert offer.hold is not None
    assert offer.commit is not None
    assert (offer.hold.operation, offer.hold.subject) == ("activate_voucher", B)
    assert (offer.commit.operation, offer.commit.subject) == ("burn_voucher", B)


async def test_a_redeemed_voucher_needs_no_activation(vendor: Vendor) -> None:
    (offer,) = await offers(vendor, redeemed(expiresAt="2020-01-01T00:00:00Z"))

    assert offer.hold is None
    assert offer.commit is not None
    assert CODE not in str(offer.commit.request)
    assert (offer.status, offer.code, offer.expires_at) == ("available", CODE, None)


async def test_used_expired_and_other_benefits_are_not_offered(vendor: Vendor) -> None:
    expired = benefit(expiresAt="2026-02-28T00:00:00Z")

    assert await offers(vendor, burned(-60), expired, benefit(type="GIFT_CARD")) == ()


async def test_a_code_that_was_validated_does_not_expire(vendor: Vendor) -> None:
    code = {"value": CODE, "validatedAt": "2026-02-01T00:00:00Z"}
    kept = benefit(expiresAt="2026-02-28T00:00:00Z", code=code)

    assert len(await offers(vendor, kept)) == 1


async def test_without_a_customer_only_the_sale_is_reported(vendor: Vendor, wll: Wll) -> None:
    quoted = await wll.quote(basket(), None)

    assert quoted.earn is not None
    assert (quoted.earn.operation, quoted.earn.subject) == ("post_order", "basket-1")
    assert (quoted.earn.request, quoted.offers, vendor.calls) == ({}, (), [])


@pytest.mark.parametrize("code_type", ["STATIC", "POOL"])
async def test_trap_15_codes_that_the_vendor_does_not_check_need_the_stores_own_price(
    vendor: Vendor, code_type: str
) -> None:
    kind = reward(FIVE_OFF, codeType=code_type)
    unknown = redeemed(reward=kind)
    listed = redeemed(reward=kind) | {"id": "b-2", "code": {"value": "SUMMER10"}}

    refused, own = await offers(vendor, unknown, listed)

    assert (refused.status, refused.hold, refused.commit) == ("refused", None, None)
    assert (own.status, own.hold, own.commit) == ("available", None, None)
    assert own.discount is not None
    assert own.discount.type == "percentage"


async def test_a_pool_that_is_integrated_is_checked_like_any_other(vendor: Vendor) -> None:
    pooled = redeemed(reward=reward(FIVE_OFF, codeType="POOL"))

    (offer,) = await offers(vendor, pooled, pools_integrated=True)

    assert offer.commit is not None


# --- discounts ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("discount", "parts"),
    [
        ({"type": "ABSOLUTE", "value": 500}, {"type": "absolute", "amount": 500}),
        (
            {"type": "PERCENTAGE", "value": 12.5, "productSku": "A, B"},
            {"type": "percentage", "percent": "12.5", "skus": ("A", "B")},
        ),
        (
            {"type": "FIXED", "value": 199, "productSku": "A"},
            {"type": "fixed_price", "amount": 199, "skus": ("A",)},
        ),
        ({"type": "ABSOLUTE", "value": 1, "sku": "ART-9"}, {"type": "absolute", "amount": 90}),
    ],
)
async def test_a_discount_is_read(vendor: Vendor, discount: Json, parts: Json) -> None:
    assert await worth(vendor, discount) == Discount.model_validate(parts)


@pytest.mark.parametrize(
    "discounts",
    [
        [],
        [{"type": "HALF_MOON", "value": 1}],
        [{"type": "ABSOLUTE"}],
        [{"type": "ABSOLUTE", "value": 5.5}],
        [{"type": "ABSOLUTE", "value": -5}],
        [{"type": "PERCENTAGE", "value": 150}],
        [{"type": "FIXED", "value": 100}],
        [{"type": "ABSOLUTE", "value": 500, "sku": "NOT-LISTED"}],
        [FIVE_OFF, {"type": "HALF_MOON", "value": 1}],
        [FIVE_OFF, {"type": "PERCENTAGE", "value": 10}],
        [FIVE_OFF, {"type": "ABSOLUTE", "value": 100, "productSku": "A"}],
    ],
)
async def test_trap_16_what_nobody_can_price_has_no_discount(
    vendor: Vendor, discounts: list[Json]
) -> None:
    assert await worth(vendor, *discounts) is None


async def test_several_discounts_that_take_off_the_same_are_one(vendor: Vendor) -> None:
    assert await worth(vendor, FIVE_OFF, FIVE_OFF) == Discount(type="absolute", amount=10_00)


async def test_one_percentage_on_several_products_is_one(vendor: Vendor) -> None:
    tenth: Json = {"type": "PERCENTAGE", "value": 10, "productSku": "A"}

    found = await worth(vendor, tenth, {**tenth, "productSku": "B"})

    assert found is not None
    assert found.skus == ("A", "B")
    assert await worth(vendor, tenth, tenth) is None


async def test_other_stores_discounts_do_not_count(vendor: Vendor) -> None:
    here: Json = {**FIVE_OFF, "venues": [{"id": "store-12"}]}
    there: Json = {**FIVE_OFF, "venues": [{"id": "store-13"}]}

    assert await worth(vendor, here, there) == Discount(type="absolute", amount=5_00)
    (offer,) = await offers(vendor, benefit(reward=reward(there)))
    assert offer.status == "refused"
    assert await worth(vendor, here, location_id=None) is None
