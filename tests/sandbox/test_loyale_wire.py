"""Sheet 1 and 8: access, routes, error shapes."""

from typing import Any

import pytest
import pytest_asyncio

from tests.sandbox.loyale_till import (
    CASH,
    HEADERS,
    L25,
    OPERATIONS,
    SALE,
    STATUS,
    LoyaleTill,
    denied,
    paid,
    refused,
)
from tillsaga.sandbox.loyale import world

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def loyale(till: Any) -> LoyaleTill:
    return LoyaleTill(till)


@pytest.mark.parametrize(
    ("headers", "status", "error_id"),
    [
        ({}, 401, "Unauthorized"),
        ({"X-ApiKey": ""}, 401, "Unauthorized"),
        ({"X-ApiKey": "loyale-TEST-key"}, 401, "Unauthorized"),
        ({"X-Scheme": "my scheme"}, 400, "BadRequest"),
        ({"X-Scheme": ""}, 400, "BadRequest"),
        ({"X-Scheme": world.OTHER_SCHEME}, 403, "Forbidden"),
        ({"X-Scheme": world.ANN}, 403, "Forbidden"),
        ({"X-ApiKey": world.OTHER_API_KEY}, 403, "Forbidden"),
    ],
)
async def test_access_is_refused_in_shape_b_on_every_endpoint(
    loyale: Any, headers: dict[str, str], status: int, error_id: str
) -> None:
    """Sheet 8: 401 for the key, 400 for the scheme, 403 for another's."""
    sent = HEADERS | headers if headers else {}
    for operation in OPERATIONS.values():
        method, path = operation.format(uniqueId="t").split()
        answer = await loyale.http.request(method, f"/loyale{path}", headers=sent)
        assert denied(answer, status) == error_id


async def test_the_headers_of_older_apis_do_not_count(loyale: Any) -> None:
    """Sheet 1, not these; trap 16."""
    old = {"Scheme": world.SCHEME, "Authorization": f"Bearer {world.API_KEY}"}

    assert denied(await loyale.http.post(SALE, headers=old, json={}), 401) == "Unauthorized"


async def test_unknown_routes_are_404_and_wrong_methods_405_in_shape_b(loyale: Any) -> None:
    """Sheet 1, sandbox rule."""
    assert denied(await loyale.send("GET", "/loyale/api/Nowhere"), 404) == "NotFound"
    assert denied(await loyale.send("GET", SALE), 405) == "MethodNotAllowed"


async def test_paths_are_case_insensitive(loyale: Any) -> None:
    """Sheet 1, base path."""
    body = {"customerId": world.ANN, "lineItems": [L25], "uniqueId": "T"}

    assert (await loyale.send("POST", "/loyale/API/transaction/", body)).is_success
    assert (await loyale.send("POST", "/loyale/api/transaction/return/full/T")).is_success


async def test_simulate_is_a_boolean(loyale: Any) -> None:
    """Sheet 2, query."""
    body = {"customerId": world.ANN, "lineItems": [L25]}
    refused(await loyale.send("POST", SALE, body, simulate="maybe"))
    assert (await loyale.send("POST", SALE, body, simulate="false")).json()["statusUrl"]


async def test_switch_business_error_shape(loyale: Any) -> None:
    """Sheet 1: connectors parse both shapes."""
    await loyale.switch(business_error_shape="B")

    answer = await loyale.post(L25, uniqueId="t", paymentMethods=[paid(CASH, 1)])
    assert denied(answer, 400) == "BadRequest"
    assert denied(await loyale.send("GET", f"{STATUS}/t"), 404) == "NotFound"
