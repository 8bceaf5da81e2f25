"""Signing in to the pages: a cookie for a key, and forms that no other site can send."""

import re
from datetime import timedelta
from types import SimpleNamespace

import httpx
import pytest

from api.services import Services
from tillsaga.records.database import utc_now
from tillsaga.records.sessions import LIFE, SqlSessions


async def test_nobody_sees_a_page_without_signing_in(http: httpx.AsyncClient) -> None:
    page = await http.get("/")
    part = await http.get("/", headers={"HX-Request": "true"})

    assert (page.status_code, page.headers["location"]) == (303, "/sign-in?next=/")
    assert part.headers["hx-redirect"] == "/sign-in"


async def test_a_key_opens_a_session_and_stays_a_secret(
    http: httpx.AsyncClient, secrets: SimpleNamespace
) -> None:
    answer = await http.post("/sign-in", data={"key": f" {secrets.pos}\n", "next": "/pos"})

    cookie = answer.headers["set-cookie"]
    assert (answer.status_code, answer.headers["location"]) == (303, "/pos")
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert secrets.pos not in cookie
    assert (await http.get("/")).headers["location"] == "/pos"


@pytest.mark.parametrize("key", ["", "ts_test_nonsense", "x" * 4000])
async def test_a_wrong_key_is_told_so(http: httpx.AsyncClient, key: str) -> None:
    answer = await http.post("/sign-in", data={"key": key})

    assert answer.status_code in (401, 422)
    assert "set-cookie" not in answer.headers
    assert "text/html" in answer.headers["content-type"]


@pytest.mark.parametrize(
    "elsewhere", ["//evil.example", "/\\evil.example", "https://evil.example", "evil", ""]
)
async def test_the_way_on_is_a_page_of_ours(
    http: httpx.AsyncClient, secrets: SimpleNamespace, elsewhere: str
) -> None:
    answer = await http.post("/sign-in", data={"key": secrets.pos, "next": elsewhere})

    assert answer.headers["location"] == "/"


async def test_another_sites_form_signs_nobody_in_or_out(
    http: httpx.AsyncClient, secrets: SimpleNamespace
) -> None:
    foreign = {"Sec-Fetch-Site": "cross-site"}

    planted = await http.post("/sign-in", data={"key": secrets.pos}, headers=foreign)
    await http.post("/sign-in", data={"key": secrets.pos})
    bare = await http.post("/sign-out", data={})
    guessed = await http.post("/sign-out", data={"csrf": "x" * 43})

    assert [answer.status_code for answer in (planted, bare, guessed)] == [403, 403, 403]
    assert (await http.get("/")).headers["location"] == "/pos"


async def test_a_session_ends_when_its_key_does(
    http: httpx.AsyncClient, services: Services
) -> None:
    holder, secret = await services.api_keys.create("kim", ["support"], ["ams-1"])
    await http.post("/sign-in", data={"key": secret})
    before = (await http.get("/")).headers["location"]
    await services.api_keys.revoke(holder.id)

    assert before == "/pos" or before == "/attention"
    assert (await http.get("/")).headers["location"] == "/sign-in?next=/"


async def test_a_session_ends_at_night_and_at_the_sign_out(services: Services) -> None:
    _, secret = await services.api_keys.create("kim", ["support"], ["ams-1"])
    sessions = SqlSessions(services.database)
    tomorrow = SqlSessions(services.database, lambda: utc_now() + LIFE + timedelta(seconds=1))
    begun = await sessions.begin(secret)
    assert begun is not None
    token = begun[1]

    assert await sessions.find(token) == begun[0]
    assert await tomorrow.find(token) is None
    await sessions.end(token)
    assert await sessions.find(token) is None


async def test_a_page_loads_nothing_from_elsewhere(http: httpx.AsyncClient) -> None:
    page = await http.get("/sign-in")
    script = await http.get("/assets/sign-in.js")

    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"(src|href)=\"(https?:)?//", page.text)
    assert not re.search(r"<script(?![^>]* src=)|\son\w+=|style=", page.text)
    assert script.headers["cache-control"] == "no-cache"
