"""Every example of a request is carried out by a real shop, and answered as documented."""

import uuid
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest
import pytest_asyncio

from api.reference import examples
from tests.api.scenes import SCENES, Asked, open_checkout
from tests.api.till import Till
from tests.support import contract
from tests.support.door import open_door
from tests.support.receiver import open_receiver
from tests.support.shop import Shop, open_shop

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("examples")]

RETURNS = "returns_without_sale: {per_return: 5000, per_store_day: 500000, per_cashier_day: 500000}"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Shop]:
    folder = tmp_path_factory.mktemp("examples")
    kinds = ("leat", "letstrade")
    async with (
        open_receiver() as receiver,
        open_shop(folder, kinds=kinds, policy=RETURNS, receivers=[receiver]) as opened,
    ):
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def till(shop: Shop) -> AsyncIterator[Till]:
    async with open_door(shop, "pos", "support", "audit", "admin") as opened:
        yield opened


def _requests() -> list[Any]:
    """All operations, and each of their examples where they take a body."""
    found = []
    for name, operation in contract.operations().items():
        contents = operation.get("requestBody", {}).get("content", {}).values()
        bodies = [each for one in contents for each in examples(contract.document(), one)]
        found += [
            pytest.param(name, body, id=f"{name}-{n}") for n, body in enumerate(bodies or [None])
        ]
    return found


@pytest.mark.parametrize(("name", "example"), _requests())
async def test_an_example_does_what_the_document_says(
    shop: Shop, till: Till, name: str, example: dict[str, Any] | None
) -> None:
    await shop.control("POST", "/reset")
    asked = await SCENES.get(name, open_checkout)(shop, till)

    answer = await _send(till, name, example, asked)

    assert answer.is_success, answer.text
    assert str(answer.status_code) in contract.operations()[name]["responses"]
    await _give_up(till)


async def test_prepaid_credit_of_nobody_is_refused_as_declared(shop: Shop, till: Till) -> None:
    path = (await open_checkout(shop, till)).path["checkout_id"]
    credit = {"type": "prepaid", "reference": "nobody"}
    answer = await till.post(f"/v1/checkouts/{path}/tenders", credit, key=str(uuid.uuid4()))
    assert (answer.status_code, answer.json()["code"]) == (404, "member_not_found")
    await _give_up(till)


async def _send(till: Till, name: str, example: Any, asked: Asked) -> httpx.Response:
    method, path = contract.address(name)
    address = path.format(**{word: quote(value, safe="") for word, value in asked.path.items()})
    body = None if example is None else {**example, **asked.body}
    headers = {"Authorization": f"Bearer {asked.secret or till.secret}"}
    headers["Idempotency-Key"] = str(uuid.uuid4())
    return await till.http.request(method, address, json=body, params=asked.query, headers=headers)


async def _give_up(till: Till) -> None:
    """Let go of what the example held, which may exist but once."""
    for status in ("open", "ready"):
        for checkout in (await till.get(f"/v1/checkouts?status={status}")).json()["data"]:
            reason = {"reason": "the example is over"}
            await till.post(f"{checkout['links']['self']}/cancel", reason, key=str(uuid.uuid4()))
