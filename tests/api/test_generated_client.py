"""A client that is generated from the committed document sells and refunds at a real shop."""

import importlib
import itertools
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from openapi_python_client import generate
from openapi_python_client.config import Config, ConfigFile, MetaType

from tests.api.till import Till
from tests.support import contract
from tests.support.door import open_door
from tests.support.shop import Shop, open_shop
from tillsaga.sandbox import world

PACKAGE = "tillsaga_client"


@pytest.fixture
def generated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Generate the package and let it be imported; nothing may be left out of it."""
    config = Config.from_sources(
        ConfigFile(post_hooks=[], literal_enums=True),
        MetaType.NONE,
        document_source=contract.PATH,
        file_encoding="utf-8",
        overwrite=True,
        output_path=tmp_path / PACKAGE,
    )
    troubles = [
        trouble for trouble in generate(config=config) if "event-stream" not in str(trouble)
    ]
    assert troubles == []
    monkeypatch.syspath_prepend(tmp_path)
    importlib.invalidate_caches()


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path) as opened:
        yield opened


@pytest.fixture
async def till(shop: Shop) -> AsyncIterator[Till]:
    async with open_door(shop) as opened:
        yield opened


class Client:
    """Calls operations and makes bodies by their names in the generated package."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._models = importlib.import_module(f"{PACKAGE}.models")
        self._keys = itertools.count(1)

    def model(self, name: str, **fields: Any) -> Any:
        return getattr(self._models, name).from_dict(fields)

    async def ask(self, operation: str, *path: str, **arguments: Any) -> Any:
        module = importlib.import_module(f"{PACKAGE}.api.{operation}")
        answer = await module.asyncio_detailed(*path, client=self._client, **arguments)
        assert answer.parsed is not None, answer
        return answer.parsed

    async def change(self, operation: str, *path: str, **arguments: Any) -> Any:
        key = f"client-{next(self._keys)}"
        return await self.ask(operation, *path, idempotency_key=key, **arguments)


@pytest.fixture
async def client(generated: None, till: Till) -> AsyncIterator[Client]:
    made = importlib.import_module(PACKAGE).AuthenticatedClient
    url = str(till.http.base_url)
    async with made(base_url=url, token=till.secret, timeout=30) as connected:
        yield Client(connected)


async def test_a_sale_from_opening_to_refund(shop: Shop, client: Client) -> None:
    ann = {"type": "card", "value": world.ANN_CARD}
    basket = {
        "id": str(uuid.uuid4()),
        "currency": "EUR",
        "lines": [
            {
                "line_id": "1",
                "sku": world.COFFEE,
                "title": "Flat white",
                "quantity": "2",
                "unit_amount": 3_50,
            }
        ],
    }
    order = client.model("OpenCheckout", store_id="ams-1", terminal_id="t", basket=basket)
    giftcard = {"type": "giftcard", "reference": world.CARD_20, "amount": 2_00}
    captured = {"status": "captured", "type": "card", "amount": 1_50, "reference": "psp-1"}

    opened = await client.change("checkouts.open_checkout", body=order)
    identified = await client.change(
        "gathering.identify_member", opened.id, body=client.model("Identify", **ann)
    )
    offer = client.model("ApplyOffer", code=world.VOUCHER_COFFEE)
    held = await client.change("gathering.apply_offer", opened.id, body=offer)
    charged = await client.change(
        "gathering.add_tender", opened.id, body=client.model("AddTender", **giftcard)
    )
    ready = await client.change("paying.make_ready", opened.id, body=client.model("MakeReady"))
    sold = await client.change(
        "paying.report_payment", opened.id, body=client.model("PaymentReport", **captured)
    )
    receipt = await client.ask("receipts.get_receipt", opened.id)
    wanted = client.model("RefundSale", refund_id="r-1", reason="cold")
    refund = await client.change("refunds.refund_checkout", opened.id, body=wanted)
    again = await client.ask("refunds.get_refund", "r-1")

    assert [member.member_id for member in identified.members] == [world.ANN]
    assert [o.status for o in held.offers if o.saving_amount] == ["held"]
    assert [tender.status for tender in charged.tenders] == ["charged"]
    assert (ready.status, ready.totals.due_amount) == ("ready", 1_50)
    assert (sold.status, sold.totals.due_amount) == ("completed", 0)
    assert receipt.totals.paid_amount == 1_50
    assert (refund.amount, again.amount) == (3_50, 3_50)
    card = next(c for c in (await shop.books())["giftcards"].values() if c["hash"] == world.CARD_20)
    assert card["balance"] == 20_00


async def test_a_refusal_is_a_problem_with_its_code(client: Client) -> None:
    unknown = await client.ask("checkouts.get_checkout", "chk_0000000000000000")
    assert type(unknown).__name__ == "Problem"
    assert (unknown.code, unknown.status, unknown.retryable) == ("checkout_not_found", 404, False)
