from dataclasses import replace
from itertools import count
from typing import Any

import httpx
import pytest

from api.services import Services
from tests.api.fakes import FakeGateway
from tests.api.till import Till
from tillsaga.domain.erasure import Erased
from tillsaga.records.erasures import SqlErasureBook

WHOM: dict[str, Any] = {"provider": "leat", "member_id": "contact-ann-1"}


@pytest.fixture
async def admin(http: httpx.AsyncClient, services: Services) -> Till:
    _, secret = await services.api_keys.create("Dora", ["admin"], ["ams-1"])
    return Till(http, secret, count(1))


async def test_an_erasure_that_takes_long_is_read_by_its_id(
    admin: Till, services: Services, temporal: FakeGateway
) -> None:
    temporal.has_worker = False
    begun = await admin.post("/v1/members/erase", WHOM, key="same")
    assert (begun.status_code, begun.json()["status"]) == (202, "running")
    address = begun.headers["Location"]
    assert (await admin.get(address)).status_code == 202
    book = SqlErasureBook(services.database)
    await book.finish(begun.json()["id"], Erased(checkouts=3, left=("chk_1",)))

    ended = await admin.get(address)
    again = await admin.post("/v1/members/erase", WHOM, key="same")

    assert (ended.status_code, ended.json()["status"]) == (200, "incomplete")
    assert ended.json()["left"] == ["chk_1"]
    assert again.json() == ended.json()
    assert temporal.erasures == [begun.json()["id"]]


async def test_without_temporal_the_same_request_is_sent_again(
    admin: Till, temporal: FakeGateway
) -> None:
    temporal.is_down = True
    down = await admin.post("/v1/members/erase", WHOM, key="same")
    temporal.is_down = False
    up = await admin.post("/v1/members/erase", WHOM, key="same")

    assert (down.status_code, down.json()["retryable"]) == (503, True)
    assert up.status_code == 202


async def test_only_an_admin_erases_and_only_in_their_stores(
    admin: Till, till: Till, other_till: Till, services: Services
) -> None:
    erase = "/v1/members/erase"
    assert (await till.post(erase, WHOM)).status_code == 403
    foreign = await admin.post(erase, WHOM | {"store_ids": ["rtm-1"]})
    assert (foreign.status_code, foreign.json()["code"]) == (404, "store_not_found")
    _, nowhere = await services.api_keys.create("operator", ["admin"], [])
    none = await replace(admin, secret=nowhere).post(erase, WHOM)
    assert (none.status_code, none.json()["code"]) == (404, "store_not_found")
    begun = (await admin.post(erase, WHOM)).json()["id"]
    _, elsewhere = await services.api_keys.create("Eve", ["admin"], ["rtm-1"])
    stranger = replace(admin, secret=elsewhere)
    unseen = await stranger.get(f"/v1/members/erasures/{begun}")
    assert (unseen.status_code, unseen.json()["code"]) == (404, "erasure_not_found")


async def test_a_value_that_cannot_be_told_from_others_is_refused_and_not_repeated(
    admin: Till,
) -> None:
    short = await admin.post("/v1/members/erase", WHOM | {"values": ["x9z"]})
    assert short.status_code == 422
    assert "x9z" not in short.text
