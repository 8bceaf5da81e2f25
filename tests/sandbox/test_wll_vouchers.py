"""Sheet 2.1, 3.3 and 3.4: every arrow of the benefit's states, every refusal, every switch."""

from typing import Any

import pytest
import pytest_asyncio

from tests.sandbox.wll_till import NOW, REDEEM, VALIDATE, WllTill, burn, check, redeem
from tillsaga.sandbox.wll import world

pytestmark = pytest.mark.asyncio
BURNED = (403, "VOUCHER_ALREADY_BURNED")


@pytest_asyncio.fixture
async def wll(till: Any) -> WllTill:
    return WllTill(till)


async def status(wll: WllTill, benefit: str = world.REDEEMED) -> str:
    return str((await wll.voucher(benefit))["status"])


async def test_issued_to_redeemed_to_validated_to_burned(wll: WllTill) -> None:
    assert await status(wll, world.BENEFIT) == "ISSUED"
    redeemed = await wll.ok(*redeem())
    assert (redeemed["redeemedAt"], redeemed["burnedAt"]) == (NOW, None)
    assert await status(wll, world.BENEFIT) == "REDEEMED"
    checked = await wll.ok(*check(world.BENEFIT_CODE))
    assert (checked["code"]["validatedAt"], checked["burnedAt"]) == (NOW, None)
    assert await status(wll, world.BENEFIT) == "VALIDATED"
    burned = await wll.ok(*burn(world.BENEFIT_CODE))
    assert burned["burnedAt"] == NOW
    assert await status(wll, world.BENEFIT) == "BURNED"


async def test_redeemed_to_burned_without_a_check(wll: WllTill) -> None:
    burned = await wll.ok(*burn())

    assert burned["code"]["validatedAt"] is None
    assert await status(wll) == "BURNED"


async def test_a_check_is_repeatable_and_keeps_its_first_moment(wll: WllTill) -> None:
    """Sheet 3.4: `true` sets `validatedAt` the first time."""
    await wll.ok(*check())
    await wll.advance(60)

    assert (await wll.ok(*check()))["code"]["validatedAt"] == NOW
    assert await status(wll) == "VALIDATED"


async def test_moments_have_milliseconds(wll: WllTill) -> None:
    """Sheet 1, timestamps."""
    await wll.till.control("POST", "/clock", {"now": "2026-03-01T10:15:30.412+00:00"})

    assert (await wll.ok(*burn()))["burnedAt"] == "2026-03-01T10:15:30.412Z"


@pytest.mark.parametrize(
    ("benefit", "refusal"),
    [
        (world.REDEEMED, (409, "BENEFIT_ALREADY_REDEEMED")),
        (world.VALIDATED, (409, "BENEFIT_ALREADY_REDEEMED")),
        (world.BURNED, (409, "BENEFIT_BURNED")),
        (world.EXPIRED, (403, "BENEFIT_EXPIRED")),
        ("7f0a9d3e-8e0c-4a52-8a36-000000000000", (404, "BENEFIT_NOT_FOUND")),
        ("no-uuid", (400, "VALIDATION_ERROR")),
    ],
)
async def test_what_cannot_be_redeemed(
    wll: WllTill, benefit: str, refusal: tuple[int, str]
) -> None:
    """Sheet 3.3: errors."""
    assert await wll.refused(*redeem(benefit)) == refusal


NOT_VALID = [
    ("unknown", (404, "VOUCHER_CODE_NOT_FOUND")),
    (world.POOL_CODE, (403, "VOUCHER_NOT_REDEEMED")),
    (world.HUMAN_CODE, (403, "VOUCHER_NOT_REDEEMED")),
    (world.BURNED_CODE, BURNED),
    (world.EXPIRED_CODE, (403, "VOUCHER_EXPIRED")),
    # Not made before the redemption, or none of the API's business (trap 15).
    (world.BENEFIT_CODE, (404, "VOUCHER_CODE_NOT_FOUND")),
    (world.OWN_POOL_CODE, (404, "VOUCHER_CODE_NOT_FOUND")),
    (world.STATIC_CODE, (404, "VOUCHER_CODE_NOT_FOUND")),
    ("", (400, "VALIDATION_ERROR")),
]


@pytest.mark.parametrize("call", [check, burn])
async def test_what_is_not_valid(wll: WllTill, call: Any) -> None:
    """Sheet 3.4: errors, the same for checking and burning."""
    before = await wll.books()
    for code, refusal in NOT_VALID:
        assert await wll.refused(*call(code)) == refusal, code

    assert await wll.books() == before


async def test_a_pool_code_is_valid_once_redeemed(wll: WllTill) -> None:
    assert (await wll.ok(*redeem(world.POOL_BENEFIT)))["code"]["value"] == world.POOL_CODE

    assert (await wll.ok(*burn(world.POOL_CODE)))["burnedAt"]


async def test_an_early_one_time_code_is_known_but_not_valid(wll: WllTill) -> None:
    await wll.switch(code_set_on="issue")

    assert await wll.refused(*check(world.BENEFIT_CODE)) == (403, "VOUCHER_NOT_REDEEMED")


USER, VENUE = (403, "VOUCHER_WRONG_USER"), (403, "VOUCHER_WRONG_VENUE")


@pytest.mark.parametrize("name", [world.MEMBER, world.MEMBER_ACCOUNT, world.MEMBER_AUTH, "", None])
async def test_the_user_must_be_the_vouchers_if_sent(wll: WllTill, name: str | None) -> None:
    await wll.ok(*check(userIdentifier=name))

    assert await wll.refused(*burn(userIdentifier=world.SECOND)) == USER
    assert await status(wll) == "VALIDATED"


async def test_the_venue_must_be_the_vouchers_if_sent(wll: WllTill) -> None:
    code = world.ONE_VENUE_CODE
    await wll.ok(*check(code, venueIdentifier=world.VENUE))
    await wll.ok(*check(code))
    await wll.ok(*check(venueIdentifier="anywhere"))

    assert await wll.refused(*burn(code, venueIdentifier="store-99")) == VENUE


@pytest.mark.parametrize(
    "value", ["false", "true", 0, 1, None], ids=["text false", "text true", "0", "1", "null"]
)
async def test_nothing_but_true_or_false_is_taken_for_the_field(wll: WllTill, value: Any) -> None:
    """Sheet 3.4: a bool; a guess would burn."""
    body = {"code": world.REDEEMED_CODE, "allowFutureValidation": value}

    assert await wll.refused("POST", VALIDATE, body) == (400, "VALIDATION_ERROR")
    assert await status(wll) == "REDEEMED"


async def test_a_position_may_be_sent_whole(wll: WllTill) -> None:
    here = {"longitude": 4.9, "latitude": 52.4}
    await wll.ok("POST", REDEEM, {"benefitId": world.BENEFIT, "position": here})
    await wll.ok(*check(position=here))

    assert await wll.refused(*check(position={"latitude": 1})) == (400, "VALIDATION_ERROR")


async def test_a_refusal_of_a_field_says_where_it_is(wll: WllTill) -> None:
    """Sheet 1, error fields: `details`."""
    answer = await wll.ask("POST", VALIDATE, {})

    assert answer.json()["details"][0]["path"] == "code"


async def test_a_redeemed_voucher_does_not_expire_unless_switched(wll: WllTill) -> None:
    """Sheet 2.1 and 5, trap 17."""
    await wll.ok(*check(world.REDEEMED_LONG_AGO_CODE))
    await wll.switch(redeemed_expires=True)

    refusal = await wll.refused(*burn(world.REDEEMED_LONG_AGO_CODE))
    assert refusal == (403, "VOUCHER_EXPIRED")
    assert await status(wll, world.REDEEMED_LONG_AGO) == "EXPIRED"
