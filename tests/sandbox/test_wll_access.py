"""Sheet 1: tenants, tokens and access levels."""

from typing import Any

import pytest
import pytest_asyncio

from tests.sandbox.wll_till import ORDER, REWARDS, WllTill, burn, check, event, redeem
from tillsaga.sandbox.wll import world

pytestmark = pytest.mark.asyncio
USER = f"/users/{world.MEMBER}"
DAY = 86_400


@pytest_asyncio.fixture
async def wll(till: Any) -> WllTill:
    return WllTill(till)


async def test_a_token_is_issued_for_24_hours_and_ends_with_the_clock(wll: WllTill) -> None:
    """Sheet 1, token life: 24 h."""
    issued = (await wll.token()).json()
    assert set(issued) == {"access_token", "expires_in", "token_type", "scope"}
    assert (issued["expires_in"], issued["token_type"]) == (DAY, "Bearer")
    await wll.advance(DAY - 1)
    await wll.ok("GET", USER, token=issued["access_token"])
    await wll.advance(1)

    gone = await wll.refused("GET", USER, token=issued["access_token"])
    assert gone == (401, "UNAUTHORIZED")


async def test_the_books_count_the_tokens_issued(wll: WllTill) -> None:
    """Sheet 1, token life: must be cached, not fetched per call."""
    await wll.token()
    await wll.token()

    assert [one["client"] for one in (await wll.books())["tokens"]] == [world.CLIENT_ID] * 2


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"client_secret": "wrong"}, 401, "UNAUTHORIZED"),
        ({"client_id": "wrong"}, 401, "UNAUTHORIZED"),
        ({"grant_type": "password"}, 400, "VALIDATION_ERROR"),
        ({"audience": "elsewhere"}, 403, "FORBIDDEN"),
        ({"audience": ""}, 400, "VALIDATION_ERROR"),
    ],
)
async def test_a_token_is_refused(
    wll: WllTill, changed: dict[str, str], status: int, code: str
) -> None:
    answer = await wll.token(**changed)

    assert (answer.status_code, answer.json()["error"]) == (status, code)


async def test_the_audience_may_be_the_environments(wll: WllTill) -> None:
    """Sheet 1, admin token: audience may be environment-specific."""
    await wll.switch(audience="staging.wlloyalty.net")

    assert (await wll.token()).status_code == 403
    assert (await wll.token(audience="staging.wlloyalty.net")).status_code == 200


@pytest.mark.parametrize("authorization", ["Bearer nonsense", "Basic abc", "Bearer"])
async def test_a_bad_token_is_401_even_where_none_is_needed(
    wll: WllTill, authorization: str
) -> None:
    headers = {"X-Api-Key": world.API_KEY, "Authorization": authorization}
    answer = await wll.http.get(f"{REWARDS}{USER}/wallet", headers=headers)

    assert answer.status_code == 401


async def test_the_key_alone_reads_what_is_public_only(wll: WllTill) -> None:
    """Sheet 3: a key-only call to a protected endpoint is 403."""
    for method, path, body in (
        ("GET", USER, None),
        redeem(),
        check(),
        ("POST", "/events", event(points=1)),
        ("POST", "/orders", ORDER),
    ):
        assert await wll.refused(method, path, body, token=None) == (403, "FORBIDDEN")
    await wll.ok("GET", f"{USER}/wallet", token=None)
    await wll.ok("POST", "/events/test_reaction", event(points=1), token=None)


async def test_the_wallet_may_need_a_token(wll: WllTill) -> None:
    """Sheet 3.2: `Authorization` optional in oas; 3: protected endpoints refuse the key."""
    await wll.switch(wallet_is_public=False)

    assert await wll.refused("GET", f"{USER}/wallet", token=None) == (403, "FORBIDDEN")
    await wll.ok("GET", f"{USER}/wallet")


async def test_a_token_that_may_only_read_is_403_for_writing(wll: WllTill) -> None:
    await wll.ok("GET", USER, token=world.READ_TOKEN)

    assert await wll.refused(*burn(), token=world.READ_TOKEN) == (403, "FORBIDDEN")
    credentials = {
        "client_id": world.READ_CLIENT_ID,
        "client_secret": world.READ_CLIENT_SECRET,
    }
    issued = (await wll.token(**credentials)).json()
    assert issued["scope"] == "read"
    assert await wll.refused(*burn(), token=issued["access_token"]) == (403, "FORBIDDEN")


async def test_the_key_is_the_tenant(wll: WllTill) -> None:
    """Sheet 1, tenant header: there is no other; tenants do not see each other."""
    mixed = await wll.refused("GET", USER, key=world.OTHER_API_KEY)
    other = {"key": world.OTHER_API_KEY, "token": world.OTHER_TOKEN}

    assert mixed == (403, "FORBIDDEN")
    assert await wll.refused("GET", USER, **other) == (404, "USER_NOT_FOUND")
    unknown = await wll.refused("POST", "/events", event(world.REFUND_TYPE, points=1), **other)
    assert unknown == (404, "EVENT_TYPE_NOT_FOUND")
    assert await wll.refused(*redeem(), **other) == (404, "BENEFIT_NOT_FOUND")
    assert await wll.refused(*check(), **other) == (404, "VOUCHER_CODE_NOT_FOUND")


async def test_a_user_token_does_its_users_things_only(wll: WllTill) -> None:
    """Sheet 1, access levels: user."""
    mine: dict[str, Any] = {"token": world.USER_TOKEN}
    second = f"/users/{world.SECOND}"
    assert (await wll.ok("GET", "/users/me", **mine))["id"] == world.MEMBER
    await wll.ok(*redeem(), **mine)

    for method, path, body in (
        ("GET", second, None),
        ("GET", f"{second}/wallet", None),
        check(),
        ("POST", "/events", event(world.PRIVATE_TYPE, points=100)),
        ("POST", "/events", event(points=1) | {"subject": world.SECOND}),
        ("POST", "/commands/adjust_points", {"points": 1, "actorId": world.MEMBER}),
    ):
        assert await wll.refused(method, path, body, **mine) == (403, "FORBIDDEN")
    assert await wll.refused("GET", "/users/me") == (403, "FORBIDDEN")


async def test_a_user_token_without_a_subject_speaks_of_itself(wll: WllTill) -> None:
    anonymous = {"type": world.SPEND_TYPE, "payload": {"points": 100}}
    await wll.ok("POST", "/events", anonymous, token=world.USER_TOKEN)

    assert await wll.points() == 400


async def test_a_user_token_sees_no_benefit_of_others(wll: WllTill) -> None:
    made = await wll.seed(vouchers=[{"user": world.SECOND}])
    foreign = made["vouchers"][0]["id"]

    refused = await wll.refused(*redeem(foreign), token=world.USER_TOKEN)
    assert refused == (403, "FORBIDDEN")
    listed = await wll.ok("GET", "/benefits", token=world.USER_TOKEN)
    assert foreign not in [one["id"] for one in listed]
