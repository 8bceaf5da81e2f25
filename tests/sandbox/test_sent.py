"""The log shows a request as it was sent, and the declared kinds are those of the page."""

from pathlib import Path
from typing import Any, get_args

import httpx
import pytest

from tillsaga.sandbox import world
from tillsaga.sandbox.faults import KEPT_BODIES, KINDS, Kind, Rule
from tillsaga.sandbox.wll import world as wll

PAGE = (Path(__file__).parents[2] / "docs/sandbox.md").read_text()


@pytest.mark.asyncio
async def test_a_request_is_found_by_its_correlation_and_shown_without_its_token(till: Any) -> None:
    path = "/leat/api/v3/oauth/clients/contacts"
    headers = {"Authorization": f"Bearer {world.TOKEN}", "X-Correlation-Id": "effect-1"}
    await till.http.post(path, json={"email": world.ANN_EMAIL}, headers=headers)

    await till.http.get("/leat/nowhere")

    [entry] = (await till.control("GET", "/requests?correlation=effect-1"))["requests"]
    whole = await till.control("GET", f"/requests/{entry['n']}")

    assert entry["correlation"] == "effect-1"
    assert {name: whole[name] for name in entry} == entry
    assert whole["headers"]["authorization"] == "Bearer $TOKEN"
    assert whole["url"].endswith(path)
    assert world.ANN_EMAIL in whole["body"]
    assert world.TOKEN not in str(whole)


@pytest.mark.asyncio
async def test_no_secret_is_kept_of_a_vendors_credentials(till: Any) -> None:
    secrets = {"client_id": wll.CLIENT_ID, "client_secret": wll.CLIENT_SECRET}
    headers = {"X-Api-Key": wll.API_KEY}
    path = "/wll/auth/oauth/token"
    await till.http.post(path, json=secrets, headers=headers)
    await till.http.post(path, data=secrets, headers=headers)

    log = (await till.control("GET", "/requests"))["requests"]
    kept = [await till.control("GET", f"/requests/{entry['n']}") for entry in log]

    assert len(kept) == 2
    assert all("$CLIENT_SECRET" in one["body"] for one in kept)
    assert all(one["headers"]["x-api-key"] == "$X_API_KEY" for one in kept)
    assert wll.CLIENT_SECRET not in str(kept)
    assert wll.API_KEY not in str(kept)


@pytest.mark.asyncio
async def test_only_the_latest_requests_are_kept_whole(till: Any) -> None:
    for _ in range(KEPT_BODIES + 1):
        await till.http.get("/leat/nowhere")

    answers = [await _seen(till, n) for n in ("1", "2", "x")]

    assert [answer.status_code for answer in answers] == [404, 200, 404]
    assert len((await till.control("GET", "/requests"))["requests"]) == KEPT_BODIES + 1


async def _seen(till: Any, n: str) -> httpx.Response:
    answer: httpx.Response = await till.http.get(f"/_sandbox/requests/{n}")
    return answer


@pytest.mark.asyncio
async def test_the_sandbox_lists_its_kinds_and_what_a_rule_is(till: Any) -> None:
    listed = await till.control("GET", "/kinds")

    assert sorted(kind["name"] for kind in listed["kinds"]) == sorted(get_args(Kind))
    assert set(listed["rule"]["properties"]) == set(Rule.model_fields)


def test_the_declared_kinds_are_those_of_the_page() -> None:
    for kind in KINDS:
        row = f"| `{kind.name}` | {kind.happens} | {kind.seen} |"
        assert row in PAGE
        assert set(kind.fields) <= set(Rule.model_fields)
