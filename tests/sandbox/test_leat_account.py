"""Sheet 3.11 loyalty tokens, 3.12 custom attributes, 3.12a portal sessions, 3.13."""

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from tillsaga.sandbox import world
from tillsaga.sandbox.leat.tokens import token_hash

TOKEN = {
    "version": "v3",
    "shop_uuid": "shop-001",
    "unique_id": "order-42",
    "timestamp": "1700000000",
}


@pytest.mark.parametrize(
    ("worth", "digest"),
    [
        (
            {"unit_name": "purchase_amount", "unit_value": "12.50"},
            "2c62e3285d74f5c2e385f519c9520786c518711d",
        ),
        ({"credits": "15"}, "078fbe0c421834a681ac156f1750553ac3ee5662"),
    ],
)
def test_3_11_the_published_vectors(worth: dict[str, str], digest: str) -> None:
    assert token_hash(TOKEN | worth, "s3cr3t") == digest


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("worth", "points"),
    [({"credits": 15}, 15), ({"unit_name": "purchase_amount", "unit_value": "12.50"}, 12)],
)
async def test_3_11_a_token_is_a_url_claimed_once(
    till: Any, worth: dict[str, Any], points: int
) -> None:
    body = {"version": "v3", "shop_uuid": world.SHOP, "unique_id": "order-1"} | worth
    url = await till.ok("POST", "/loyalty-tokens", **body)
    fields = dict(parse_qsl(urlsplit(url).query))
    assert list(fields)[:4] == list(TOKEN)
    assert list(fields)[-1] == "hash"
    assert await till.points() == 120

    claimed = await till.ok("POST", "/loyalty-tokens/claim", **fields, contact_uuid=world.ANN)

    assert (claimed["type"], claimed["credits"]) == ("credit_reception", points)
    assert await till.points() == 120 + points
    again = await till.refused("POST", "/loyalty-tokens/claim", **fields, contact_uuid=world.BOB)
    assert again == 1034


@pytest.mark.asyncio
async def test_3_11_a_token_made_without_the_api_is_claimed_on_the_register(till: Any) -> None:
    fields = TOKEN | {"shop_uuid": world.SHOP, "credits": "3"}
    fields["hash"] = token_hash(fields, world.ACCOUNT_SECRET)
    path = "/leat/api/v3/register/loyalty-tokens"
    forged = fields | {"credits": "300"}

    assert await till.refused("POST", path, **forged, contact_uuid=world.ANN) == 1003
    assert (await till.ok("POST", path, **fields, contact_uuid=world.ANN))["credits"] == 3


@pytest.mark.asyncio
async def test_3_11_older_versions_want_credits_or_units(till: Any) -> None:
    body = {"shop_id": world.SHOP, "unique_id": "x"}

    assert await till.refused("POST", "/loyalty-tokens", **body, version="v1") == 60018
    assert await till.refused("POST", "/loyalty-tokens", **body, version="v2") == 60019


@pytest.mark.asyncio
async def test_3_12_attributes_are_created_listed_and_changed(till: Any) -> None:
    path, options = "/custom-attributes", [{"label": "One", "value": 1}]
    body = {"entity": "promotion", "name": "mypos_rule", "label": "Rule", "type": "select"}
    made = await till.ask("POST", path, **body, options=options)

    assert made.status_code == 201
    assert made.json()["data"]["options"][0]["value"] == "1"
    assert await till.refused("POST", path, **body, options=options) == 60009
    assert await till.refused("POST", path, **body) == 1003
    assert await till.refused("POST", path, **(body | {"type": "blob"})) == 1003
    listed = await till.ok("GET", path, entity="promotion")
    assert [one["name"] for one in listed] == [*world.ATTRIBUTES, "mypos_rule"]
    changed = await till.ok("PUT", f"{path}/mypos_rule", entity="promotion", label="Till rule")
    assert changed["label"] == "Till rule"
    assert await till.refused("PUT", f"{path}/nope", entity="promotion") == 60013


@pytest.mark.asyncio
async def test_3_12_names_may_be_unique_over_the_whole_account(till: Any) -> None:
    body = {"entity": "voucher", "name": "tillsaga_category", "label": "C", "type": "text"}
    await till.switch(attribute_names_unique_per_account=True)
    assert await till.refused("POST", "/custom-attributes", **body) == 60009
    await till.switch(attribute_names_unique_per_account=False)

    assert (await till.ok("POST", "/custom-attributes", **body))["entity"] == "voucher"


@pytest.mark.asyncio
async def test_3_12_groups_and_promotions(till: Any) -> None:
    group = {"entity": "reward", "name": "till"}

    assert (await till.ask("POST", "/custom-attribute-groups", **group)).status_code == 201
    assert len(await till.ok("GET", "/custom-attribute-groups")) == 1
    assert (await till.ok("GET", "/promotions"))[0]["attributes"]


@pytest.mark.asyncio
async def test_3_12a_a_portal_session_is_201_with_a_page(till: Any) -> None:
    made = await till.ask("POST", "/portal-sessions", shop_uuid=world.SHOP, contact_uuid=world.ANN)

    assert made.status_code == 201
    assert set(made.json()["data"]) == {"uuid", "url"}
    assert await till.refused("POST", "/portal-sessions") == 1003
    assert await till.refused("POST", "/portal-sessions", shop_uuid="x") == 1008
    assert len((await till.books())["portal_sessions"]) == 1


@pytest.mark.asyncio
async def test_3_13_health_shops_units_and_program(till: Any) -> None:
    assert (await till.ok("GET", ""))["status"] == "ok"
    assert (await till.ok("GET", "/shops"))[0] == {
        "uuid": world.SHOP,
        "name": world.SHOP_NAME,
        "type": "physical",
        "reference": None,
    }
    assert (await till.ok("GET", "/units"))[0]["name"] == "purchase_amount"
    assert (await till.ok("GET", "/loyalty-program"))["custom_credit_name"] == "points"
