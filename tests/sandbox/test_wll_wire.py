"""Sheet 1: the rate limit, the envelopes, and what nobody can read."""

from typing import Any

import pytest
import pytest_asyncio

from tests.sandbox.wll_till import CREDENTIALS, ORDER, REWARDS, TOKENS, WllTill
from tillsaga.sandbox.wll import world

pytestmark = pytest.mark.asyncio
USER = f"/users/{world.MEMBER}"


@pytest_asyncio.fixture
async def wll(till: Any) -> WllTill:
    return WllTill(till)


async def test_too_many_requests_with_a_key_are_429_until_time_passes(wll: WllTill) -> None:
    """Sheet 1, rate limit: per key, 100 req/s; here with a burst of 5."""
    await wll.switch(rate_limit_burst=5)
    for _ in range(5):
        await wll.ok("GET", USER)
    answer = await wll.ask("GET", USER)

    assert (answer.status_code, answer.json()["error"]) == (429, "RATE_LIMITED")
    assert answer.headers["Retry-After"] == "1"
    other = {"key": world.OTHER_API_KEY, "token": world.OTHER_TOKEN}
    await wll.ok("GET", f"/users/{world.OTHER_MEMBER}", **other)
    await wll.advance(1)
    await wll.ok("GET", USER)


async def test_the_documented_burst_is_400(wll: WllTill) -> None:
    await wll.switch(rate_limit_burst=400)
    codes = [(await wll.ask("GET", "/settings/x")).status_code for _ in range(401)]

    assert codes == [404] * 400 + [429]


async def test_envelopes_are_json_in_utf8_both_ways(wll: WllTill) -> None:
    """Sheet 1, content type, success and error envelope."""
    good, bad = await wll.ask("GET", USER), await wll.ask("GET", "/users/nobody")

    assert good.headers["Content-Type"] == "application/json; charset=utf-8"
    assert bad.headers["Content-Type"] == "application/json; charset=utf-8"
    assert set(good.json()) == {"status", "data"}
    assert set(bad.json()) == {"status", "error", "message"}


async def test_what_cannot_be_read_is_400_and_what_is_not_there_404(wll: WllTill) -> None:
    headers = {"X-Api-Key": world.API_KEY, "Authorization": f"Bearer {world.TOKEN}"}
    for content, media in ((b"{", "application/json"), (b"[1]", "application/json"), (b"a=1", "")):
        heads = headers | {"Content-Type": media}
        answer = await wll.http.post(f"{REWARDS}/events", content=content, headers=heads)
        assert (answer.status_code, answer.json()["error"]) == (400, "VALIDATION_ERROR")
    assert await wll.refused("GET", "/nowhere") == (404, "NOT_FOUND")
    assert await wll.refused("DELETE", "/events") == (405, "METHOD_NOT_ALLOWED")
    assert (await wll.http.post(f"{REWARDS}/orders", json=ORDER)).status_code == 404


async def test_the_token_endpoint_needs_no_key_and_a_lower_case_header_is_fine(
    wll: WllTill,
) -> None:
    assert (await wll.http.post(TOKENS, json=CREDENTIALS)).status_code == 200
    headers = {"x-api-key": world.API_KEY, "authorization": f"bearer {world.TOKEN}"}
    assert (await wll.http.get(f"{REWARDS}{USER}", headers=headers)).status_code == 200
