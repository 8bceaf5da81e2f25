"""Sheet 1 and 4: transport, auth, envelope, bodies, pagination, register routes."""

from typing import Any

import pytest

from tillsaga.sandbox import world

pytestmark = pytest.mark.asyncio
CLIENTS = "/leat/api/v3/oauth/clients"
REGISTER = "/leat/api/v3/register"


async def test_a_wrong_token_is_401_without_a_code(till: Any) -> None:
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic x"}):
        answer = await till.http.get(f"{CLIENTS}/shops", headers=headers)

        assert answer.status_code == 401
        assert answer.json() == {"message": "Unauthenticated."}


async def test_a_missing_right_is_403_without_a_code(till: Any) -> None:
    headers = {"Authorization": f"Bearer {world.READ_TOKEN}"}
    answer = await till.http.post(f"{CLIENTS}/contacts", headers=headers, json={})

    assert answer.status_code == 403
    assert set(answer.json()) == {"message"}


async def test_oauth_trades_client_and_secret_for_a_token_without_an_envelope(till: Any) -> None:
    asked = {
        "grant_type": "client_credentials",
        "client_id": world.CLIENT_ID,
        "client_secret": world.CLIENT_SECRET,
    }
    token = (await till.http.post("/leat/oauth/token", data=asked)).json()

    assert set(token) == {"token_type", "expires_in", "access_token"}
    headers = {"Authorization": f"Bearer {token['access_token']}"}
    assert (await till.http.get(f"{CLIENTS}/shops", headers=headers)).status_code == 200
    await till.advance(token["expires_in"])
    assert (await till.http.get(f"{CLIENTS}/shops", headers=headers)).status_code == 401
    wrong = await till.http.post("/leat/oauth/token", data=asked | {"client_secret": "no"})
    assert wrong.status_code == 401


async def test_an_unknown_route_is_404_and_a_wrong_method_405_without_codes(till: Any) -> None:
    nowhere, wrong = await till.ask("GET", "/nowhere"), await till.ask("PUT", "/shops")

    assert (nowhere.status_code, wrong.status_code) == (404, 405)
    assert "code" not in nowhere.json()


async def test_validation_is_400_with_1003_and_named_fields(till: Any) -> None:
    answer = await till.ask("POST", "/contacts", email="no address")

    assert answer.status_code == 400
    assert answer.json()["code"] == 1003
    assert list(answer.json()["errors"]) == ["email"]


@pytest.mark.parametrize("form", ["json", "urlencoded", "multipart"])
async def test_json_and_forms_with_php_names_are_equals(till: Any, form: str) -> None:
    flat = {"attributes[firstname]": "Anna", "attributes[sizes][0]": "L"}
    parts = {name: (None, value) for name, value in flat.items()}
    nested = {"attributes": {"firstname": "Anna", "sizes": ["L"]}}
    sent: dict[str, Any] = {
        "json": {"json": nested},
        "urlencoded": {"data": flat},
        "multipart": {"files": parts},
    }
    headers = {"Authorization": f"Bearer {world.TOKEN}"}
    path = f"{CLIENTS}/contacts/{world.ANN}"
    answer = await till.http.put(path, headers=headers, **sent[form])

    values = answer.json()["data"]["current_values"]
    assert (values["firstname"], values["sizes"]) == ("Anna", ["L"])


async def test_unreadable_json_is_1003(till: Any) -> None:
    headers = {"Authorization": f"Bearer {world.TOKEN}", "Content-Type": "application/json"}
    answer = await till.http.post(f"{CLIENTS}/contacts", headers=headers, content=b"{")

    assert answer.json()["code"] == 1003


async def test_a_trailing_slash_is_accepted(till: Any) -> None:
    voucher = await till.voucher(world.VOUCHER_COFFEE)

    locked = await till.ok("POST", f"/vouchers/{voucher['uuid']}/lock/")

    assert locked["voucher"]["status"] == "LOCKED"
    assert await till.ok("GET", "/")


@pytest.mark.parametrize(("shape", "meta"), [("list", []), ("object", {}), ("absent", None)])
async def test_meta_may_be_a_list_an_object_or_absent(till: Any, shape: str, meta: Any) -> None:
    await till.switch(meta_shape=shape)

    assert (await till.ask("GET", "/shops")).json().get("meta") == meta


async def test_a_register_token_fixes_the_shop(till: Any) -> None:
    card = await till.card(world.CARD_20)
    body = {"giftcard_uuid": card["uuid"], "amount_in_cents": -100}
    path = f"{REGISTER}/giftcard-transactions"
    for token, status in ((world.REGISTER_TOKEN, 200), (world.TOKEN, 400)):
        headers = {"Authorization": f"Bearer {token}"}
        assert (await till.http.post(path, headers=headers, json=body)).status_code == status
    answer = await till.ask("POST", f"{REGISTER}/vouchers/x/reverse")
    assert answer.status_code == 404


async def test_vouchers_page_like_laravel_resources_with_a_textual_per_page(till: Any) -> None:
    body = (await till.ask("GET", "/vouchers", limit=5, page=2)).json()

    assert set(body["links"]) == {"first", "last", "prev", "next"}
    meta = body["meta"]
    assert (meta["per_page"], meta["current_page"], meta["from"], meta["to"]) == ("5", 2, 6, 10)
    assert meta["total"] == 12
    assert "page=3" in body["links"]["next"]
    assert (await till.ask("GET", "/vouchers")).json()["meta"]["per_page"] == "30"
    assert await till.refused("GET", "/vouchers", limit=501) == 1003


@pytest.mark.parametrize("path", ["/contacts", "/loyalty-transactions"])
async def test_contacts_and_loyalty_transactions_page_by_limit(till: Any, path: str) -> None:
    body = (await till.ask("GET", path, limit=1, page=2)).json()

    assert len(body["data"]) == 1
    assert body["meta"]["limit"] == "1"
    assert (body["meta"]["viewing_from"], body["meta"]["viewing_to"]) == (2, 2)
    assert set(body["meta"]) == {
        *("page", "limit", "viewing_from", "viewing_to", "last_page", "total")
    }
    assert await till.refused("GET", path, limit=101) == 1003


async def test_giftcard_transactions_page_by_per_page_or_limit(till: Any) -> None:
    for name in ("perPage", "limit"):
        body = (await till.ask("GET", "/giftcard-transactions", **{name: 2})).json()
        assert len(body["data"]) == 2
        assert body["meta"]["limit"] == "2"
    assert await till.refused("GET", "/giftcard-transactions", perPage=101) == 1003


async def test_giftcards_and_prepaid_have_metas_of_their_own(till: Any) -> None:
    cards = (await till.ask("GET", "/giftcards", limit=3)).json()["meta"]
    prepaid = (await till.ask("GET", "/prepaid-transactions")).json()["meta"]

    assert cards == {"page": 1, "per_page": 3, "last_page": 3, "total": 8}
    assert prepaid == {"current_page": 1, "from": 1, "last_page": 1, "per_page": 10, "total": 1}
    assert await till.refused("GET", "/prepaid-transactions", limit=31) == 1003


async def test_lists_sort_and_filter_by_created_at(till: Any) -> None:
    await till.advance(60)
    load = {"contact_uuid": world.ANN, "credits": 1, "shop_uuid": world.SHOP}
    made = await till.ok("POST", "/credit-receptions", **load)

    rising = await till.ok("GET", "/loyalty-transactions", sort="created_at")
    falling = await till.ok("GET", "/loyalty-transactions", sort="-created_at")
    late = {"created_at[gt]": "2026-03-01T11:00:30+01:00", "contact_uuid": world.ANN}
    since = await till.ok("GET", "/loyalty-transactions", **late)

    assert rising[-1] == falling[0]
    assert falling[0]["uuid"] == made["uuid"]
    assert [one["uuid"] for one in since if one["created_at"].startswith("2026-03")] == [
        made["uuid"]
    ]
    assert await till.refused("GET", "/loyalty-transactions", sort="credits") == 1003


async def test_an_unsorted_list_comes_in_the_order_of_a_switch(till: Any) -> None:
    newest = await till.ok("GET", "/giftcard-transactions")
    await till.switch(unsorted_lists="oldest_first")

    assert await till.ok("GET", "/giftcard-transactions") == newest[::-1]
