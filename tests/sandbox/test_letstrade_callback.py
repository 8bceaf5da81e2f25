"""Sheet 6: the vendor's app picks vouchers, and the sandbox calls the till."""

import asyncio
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.sandbox.letstrade_till import FINALISE, UUID, LetsTradeTill, shop
from tillsaga.dev.ports import Ports
from tillsaga.sandbox.letstrade import world

__all__ = ["shop"]
pytestmark = pytest.mark.asyncio
ACTION = "/_sandbox/letstrade/append-vouchers"
TEN = {"_id": world.VOUCHER_TEN, "title": "R10 off", "apply_to": "BASKET", "discount": 10}


class Bill:
    """The till's endpoint: keeps what it is sent and answers `status`."""

    def __init__(self, url: str) -> None:
        self.url, self.status, self.seen = url, 200, list[Any]()
        self.text: str | None = None

    async def __call__(self, request: Request) -> Response:
        self.seen.append((request.headers.get("authorization"), await request.json()))
        if self.text is not None:
            return Response(self.text, self.status)
        return JSONResponse({"success": self.status == 200}, self.status)


@pytest_asyncio.fixture
async def bill() -> AsyncIterator[Bill]:
    """Listen where the sandbox is told to call."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        made = Bill(f"http://127.0.0.1:{listening.getsockname()[1]}/append-vouchers")
        app = Starlette(routes=[Route("/append-vouchers", made.__call__, methods=["POST"])])
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
        serving = asyncio.create_task(server.serve([listening]))
        yield made
        server.should_exit = True
        await serving


async def select(shop: LetsTradeTill, url: str, *vouchers: str, **more: Any) -> Any:
    picked = {"url": url, "transaction_id": UUID, "voucher_ids": list(vouchers)}
    return await shop.till.control("POST", ACTION.removeprefix("/_sandbox"), picked | more)


async def test_a_selection_is_posted_with_the_secret(shop: LetsTradeTill, bill: Bill) -> None:
    await shop.quote()
    outcome = await select(shop, bill.url, world.VOUCHER_TEN)

    body = {
        "uid": UUID,
        "reference": "R10 OFF / V-1",
        "store_id": world.STORE,
        "terminal_id": world.TERMINAL,
        "transaction_id": UUID,
        "original_amount": "100.00",
        "discount_amount": "10.00",
        "remaining_amount": "90.00",
        "vouchers": [TEN],
    }
    assert bill.seen == [(f"Bearer {world.CALLBACK_SECRET}", body)]
    assert outcome == {"sent": body, "status": 200, "answer": {"success": True}}
    assert await shop.basket_state() == "VOUCHERS_SELECTED"
    kept = (await shop.books())["callbacks"][0]
    assert (kept["sent"], kept["status"]) == (body, 200)


async def test_a_product_voucher_names_its_product(shop: LetsTradeTill, bill: Bill) -> None:
    await shop.quote()
    both = (world.VOUCHER_TEN, world.VOUCHER_COFFEE)
    sent = (await select(shop, bill.url, *both))["sent"]

    target = {"sku": world.COFFEE, "quantity": "1", "apply_to": "PRODUCT", "discount": "35.00"}
    free = {"_id": world.VOUCHER_COFFEE, "title": "Free flat white"} | target
    assert sent["vouchers"] == [TEN, free]
    assert (sent["discount_amount"], sent["remaining_amount"]) == ("45.00", "55.00")


async def test_vouchers_picked_in_the_app_burn_at_finalise_without_a_code(
    shop: LetsTradeTill, bill: Bill
) -> None:
    await shop.quote()
    await select(shop, bill.url, world.VOUCHER_TEN)
    reply = await shop.finalise(vouchers=[TEN], outstanding_amount="90.00")

    assert await shop.voucher_state() == "BURNED"
    order = (await shop.books())["orders"][reply["order_id"]]
    assert (order["user_id"], order["burned"]) == (world.THANDI, [world.VOUCHER_TEN])
    assert order["codes"] == []


async def test_vouchers_the_till_does_not_pass_back_are_not_burned(
    shop: LetsTradeTill, bill: Bill
) -> None:
    await shop.quote()
    await select(shop, bill.url, world.VOUCHER_TEN)
    await shop.finalise()

    assert await shop.voucher_state() == "AVAILABLE"


async def test_a_voucher_burned_elsewhere_since_the_selection_is_409(
    shop: LetsTradeTill, bill: Bill
) -> None:
    await shop.quote()
    await select(shop, bill.url, world.VOUCHER_TEN)
    await shop.finalise(await shop.ten_off(), uuid="another")

    refused = await shop.refused(FINALISE, vouchers=[TEN])

    assert refused == (409, "Voucher already used")


async def test_each_selection_replaces_the_last(shop: LetsTradeTill, bill: Bill) -> None:
    await shop.quote()
    await select(shop, bill.url, world.VOUCHER_TEN)
    await select(shop, bill.url, world.VOUCHER_COFFEE)
    assert (await shop.refused(FINALISE, vouchers=[TEN]))[0] == 409
    # A new quote replaces the snapshot, and not what was picked.
    await shop.quote()
    assert await shop.basket_state() == "VOUCHERS_SELECTED"

    sent = (await select(shop, bill.url))["sent"]
    assert (sent["vouchers"], sent["discount_amount"]) == ([], "0.00")
    assert await shop.basket_state() == "QUOTED"


async def test_a_selection_the_till_refuses_is_not_made(shop: LetsTradeTill, bill: Bill) -> None:
    await shop.quote()
    bill.status, bill.text = 409, "closed"

    assert (await select(shop, bill.url, world.VOUCHER_TEN))["answer"] == "closed"
    assert await shop.basket_state() == "QUOTED"
    assert (await shop.refused(FINALISE, vouchers=[TEN]))[0] == 409


async def test_without_an_answer_the_selection_may_have_been_made(
    shop: LetsTradeTill, unused_url: str
) -> None:
    await shop.quote()
    outcome = await select(shop, unused_url, world.VOUCHER_TEN)

    assert (outcome["status"], outcome["answer"]) == (None, None)
    assert outcome["error"]
    await shop.finalise(vouchers=[TEN])
    assert await shop.voucher_state() == "BURNED"


@pytest.fixture
def unused_url() -> str:
    """Name a port nobody listens on."""
    return f"http://127.0.0.1:{Ports.free().sandbox}/append-vouchers"


async def test_a_body_may_be_spoilt_and_the_secret_be_another(
    shop: LetsTradeTill, bill: Bill
) -> None:
    await shop.quote()
    wrong = {"transaction_id": "other", "original_amount": 99.5}
    await select(shop, bill.url, secret="wrong", overrides=wrong, reference="Mine")
    await select(shop, bill.url, secret=None)

    (first, sent), (second, _) = bill.seen
    assert (first, second) == ("Bearer wrong", None)
    assert sent.items() >= (wrong | {"reference": "Mine", "uid": UUID}).items()


async def test_the_bill_must_be_open_and_the_vouchers_one_users(
    shop: LetsTradeTill, bill: Bill
) -> None:
    await shop.quote()
    wrong: list[dict[str, Any]] = [
        {"transaction_id": "nope"},
        {"voucher_ids": [world.VOUCHER_BURNED]},
        {"voucher_ids": [world.VOUCHER_TEN, world.VOUCHER_PIETER]},
        {"typo": 1},
    ]
    whole = {"url": bill.url, "transaction_id": UUID}
    for one in wrong:
        assert (await shop.http.post(ACTION, json=whole | one)).status_code == 400
    await shop.finalise()
    assert (await shop.http.post(ACTION, json=whole)).status_code == 400
    assert bill.seen == []


async def test_only_an_acting_vendor_acts(shop: LetsTradeTill) -> None:
    for path in ("/letstrade/dance", "/leat/append-vouchers", "/nobody/append-vouchers"):
        assert (await shop.http.post(f"/_sandbox{path}", json={})).status_code == 404
