"""Key, token, envelope and errors (sheet 1)."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from pydantic import ValidationError

from tests.connectors.wll_asks import (
    BENEFIT,
    EVENTS,
    NOW,
    ORDERS,
    REDEEM,
    TOKEN,
    USER,
    WALLET,
    B,
    M,
    Vendor,
    at_vendor,
    connected,
    data,
    event,
    no,
    order,
    post,
    redeemed,
    spend,
    token,
    user,
    wallet,
)
from tillsaga.connectors.wll import Wll
from tillsaga.domain.offers import Identifier
from tillsaga.errors import AnswerLost, NotSent, Refused

ANN = Identifier(type="member_id", value=M)
ACTIVATE = order("activate_voucher", B)


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    with at_vendor() as answering:
        yield answering


@pytest.fixture
async def wll() -> AsyncIterator[Wll]:
    async with connected() as connector:
        yield connector


async def test_w1_a_key_that_is_not_accepted_changes_nothing(vendor: Vendor, wll: Wll) -> None:
    vendor.on(REDEEM, no(401, "UNAUTHORIZED"))

    with pytest.raises(NotSent):
        await wll.operator("activate_voucher").do(ACTIVATE)

    assert len(vendor.asked(REDEEM)) == 2
    assert len(vendor.asked(TOKEN)) == 2


async def test_every_call_carries_the_key_and_the_admin_token(vendor: Vendor, wll: Wll) -> None:
    vendor.on(USER, user())

    await wll.identify(ANN)

    headers = vendor.asked(USER)[0].headers
    assert headers["X-Api-Key"] == "k3y"
    assert headers["Authorization"] == "Bearer t0ken"


async def test_the_token_is_fetched_once_as_the_sheet_says(vendor: Vendor, wll: Wll) -> None:
    vendor.on(USER, user())

    await wll.identify(ANN)
    await wll.identify(ANN)

    assert vendor.bodies(TOKEN) == [
        {
            "client_id": "cl1ent",
            "client_secret": "s3cret",
            "grant_type": "client_credentials",
            "audience": "wlloyalty.net",
        }
    ]
    assert "X-Api-Key" not in vendor.asked(TOKEN)[0].headers


async def test_a_token_ends_before_its_day_is_over(vendor: Vendor) -> None:
    clock = [NOW]
    vendor.on(USER, user())
    vendor.on(TOKEN, token("one"), token("two"))

    async with connected(lambda: clock[0]) as wll:
        await wll.identify(ANN)
        clock[0] += timedelta(hours=23, minutes=56)
        await wll.identify(ANN)

    used = [request.headers["Authorization"] for request in vendor.asked(USER)]
    assert used == ["Bearer one", "Bearer two"]


async def test_a_refused_token_is_fetched_anew_once_and_the_call_repeated(
    vendor: Vendor, wll: Wll
) -> None:
    vendor.on(TOKEN, token("one"), token("two"))
    vendor.on(REDEEM, no(401, "UNAUTHORIZED"), data(redeemed()))

    done = await wll.operator("activate_voucher").do(ACTIVATE)

    assert done.reference == B
    used = [request.headers["Authorization"] for request in vendor.asked(REDEEM)]
    assert used == ["Bearer one", "Bearer two"]


@pytest.mark.parametrize(
    "answer",
    [no(403, "access_denied"), httpx.Response(500), httpx.Response(200, json={"token": "?"})],
)
async def test_without_a_token_nothing_is_sent(
    vendor: Vendor, wll: Wll, answer: httpx.Response
) -> None:
    vendor.on(TOKEN, answer)

    with pytest.raises(NotSent) as unsent:
        await wll.operator("activate_voucher").do(ACTIVATE)

    assert "s3cret" not in str(unsent.value)
    assert not vendor.asked(REDEEM)


@pytest.mark.parametrize(
    "lost",
    [
        httpx.Response(500),
        httpx.Response(502, text="<html>"),
        httpx.Response(200, text="<html>"),
        httpx.Response(200, json=[]),
        httpx.Response(404, text="<html>"),
        httpx.Response(200, json={"status": "success", "data": {"name": "no id"}}),
        httpx.ReadTimeout("late"),
        httpx.RemoteProtocolError("cut"),
    ],
)
async def test_an_unusable_answer_to_a_change_is_a_lost_one(
    vendor: Vendor, wll: Wll, lost: httpx.Response | Exception
) -> None:
    vendor.on(WALLET, wallet())
    vendor.on(EVENTS, lost)

    with pytest.raises(AnswerLost):
        await wll.operator("spend_points").do(spend())


@pytest.mark.parametrize(
    "unsent", [httpx.ConnectError("no"), httpx.Response(429, headers={"Retry-After": "2"})]
)
async def test_a_throttled_or_unconnected_change_did_nothing(
    vendor: Vendor, wll: Wll, unsent: httpx.Response | Exception
) -> None:
    vendor.on(WALLET, wallet())
    vendor.on(EVENTS, unsent, data(event()))

    with pytest.raises(NotSent):
        await wll.operator("spend_points").do(spend(5_00))

    vendor.on(WALLET, wallet(), wallet(points=0))
    assert (await wll.operator("spend_points").do(spend(5_00))).points == -500


async def test_a_permission_that_somebody_must_give_is_asked_for_again(
    vendor: Vendor, wll: Wll
) -> None:
    vendor.on(ORDERS, no(403, "FORBIDDEN"))

    with pytest.raises(NotSent):
        await wll.operator("post_order").do(post())


async def test_the_vendors_words_reach_nobody(vendor: Vendor, wll: Wll) -> None:
    vendor.on(REDEEM, no(409, "SOMETHING_NEW"))
    vendor.on(BENEFIT, no(404, "BENEFIT_NOT_FOUND"))

    with pytest.raises(Refused) as refused:
        await wll.operator("activate_voucher").do(ACTIVATE)

    assert refused.value.code == "offer_refused"
    assert "@" not in str(refused.value)


@pytest.mark.parametrize(
    "wrong",
    [
        {"redeem_event": "POINTS_2"},
        {"refund_event": "points_refund"},
        {"receipts_base_url": None},
        {"points_per_unit": 0},
        {"unknown": 1},
    ],
)
async def test_a_wrong_setting_shows_at_the_start(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        async with connected(**wrong):
            pass


@pytest.mark.parametrize("address", ["https://auth.wll.test", "https://auth.wll.test/oauth/token"])
async def test_the_usual_path_of_tokens_may_be_left_out(vendor: Vendor, address: str) -> None:
    vendor.on(USER, user())

    async with connected(auth_url=address) as wll:
        await wll.identify(ANN)

    assert str(vendor.asked(TOKEN)[0].url) == "https://auth.wll.test/oauth/token"
