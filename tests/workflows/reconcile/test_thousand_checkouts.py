"""A clean day of 1,000 checkouts.

One real checkout over three vendors is multiplied: its effect records and the vendors' entries,
each copy under ids of its own.
"""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, insert, select

from tests.support.reconciling import found, reconcile
from tests.support.shop import Checkout, Shop, open_shop
from tillsaga.records.tables import EffectRow, TransactionOwner
from tillsaga.sandbox import world
from tillsaga.sandbox.loyale import world as loyale
from tillsaga.sandbox.wll import world as wll

CHECKOUTS = 1_000
KINDS = ("leat", "wll", "loyale")
COLUMNS = [name for name in EffectRow.model_fields if name != "number"]


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    settings = {kind: {"rate_per_second": 1000} for kind in KINDS}
    async with open_shop(tmp_path, kinds=KINDS, settings=settings) as opened:
        yield opened


async def sold(shop: Shop) -> Checkout:
    cards = (world.ANN_CARD, wll.MEMBER_ACCOUNT, loyale.ANN_BARCODE)
    checkout = await shop.open(None, *cards)
    await checkout.giftcard(world.CARD_20, 2_00)
    await checkout.prepaid(1_00)
    await checkout.offer(f"leat:reward:{world.REWARD_TWO_OFF}")
    await checkout.pay(await checkout.ready())
    assert await checkout.ended() == "completed"
    return checkout


class Copies:
    """The same checkout again and again, on both sides."""

    def __init__(self, shop: Shop, checkout: Checkout) -> None:
        self.shop = shop
        self.id = checkout.id

    async def make(self, count: int) -> None:
        """Copy what our records have, then what the vendors' books have."""
        books = {vendor: await self.shop.books(vendor) for vendor in KINDS}
        entries = self.entries(books)
        names = {entry for _, _, entry, _ in entries}
        async with self.shop.wiring.database.write() as session:
            mine = select(EffectRow).where(col(EffectRow.checkout_id) == self.id)
            rows = [
                {name: getattr(row, name) for name in COLUMNS}
                for row in await session.scalars(mine)
            ]
            owned = select(TransactionOwner).where(col(TransactionOwner.transaction_id).in_(names))
            owners = [dict(owner) for owner in await session.scalars(owned)]
            for number in range(count):
                copy = [self.renamed(row, names, number) for row in rows]
                await session.execute(insert(EffectRow), copy)
                owning = [self.renamed(owner, names, number) for owner in owners]
                await session.execute(insert(TransactionOwner), owning)
        for vendor in KINDS:
            tampers = [
                {
                    "ledger": ledger,
                    "do": "add",
                    "id": entry,
                    "values": self.renamed(values, names, number),
                }
                for number in range(count)
                for at, ledger, entry, values in entries
                if at == vendor
            ]
            await self.shop.control("POST", f"/tamper/{vendor}", tampers)

    def entries(self, books: dict[str, Any]) -> list[tuple[str, str, str, dict[str, Any]]]:
        """What the books have of the checkout: vendor, ledger, id, and what a copy is called."""
        leat = books["leat"]
        cards = [move for card in leat["giftcards"].values() for move in card["transactions"]]
        found = [
            ("leat", "giftcard_transactions", move["uuid"], self.marked(move))
            for move in cards
            if self.id in json.dumps(move)
        ]
        spent = leat["prepaid"][world.ANN]["transactions"][-1]
        found += [("leat", "prepaid_transactions", spent["uuid"], {"uuid": spent["uuid"]})]
        points = [e for e in leat["points"][world.ANN]["entries"] if e["source"] != "seed"][-2:]
        found += [("leat", "loyalty_transactions", e["uuid"], {"uuid": e["uuid"]}) for e in points]
        order = next(u for u, o in leat["orders"].items() if o["external_identifier"] == self.id)
        lines = leat["orders"][order]["left"]["line_items"]
        told = {"external_identifier": self.id, "line_items": lines}
        name = {"uuid": order, "external_identifier": self.id, "document": told}
        found += [("leat", "orders", order, name)]
        event = next(e for e in books["wll"]["events"] if e["type"] == "ORDER_PLACED")
        payload = {"uuid": event["id"], "payload": {"transactionId": self.id}}
        found += [("wll", "events", event["id"], payload)]
        found += [("loyale", "transactions", self.id, {"unique_id": self.id})]
        return found

    @staticmethod
    def marked(move: dict[str, Any]) -> dict[str, Any]:
        return {"uuid": move["uuid"], "custom_attributes": move["custom_attributes"]}

    def renamed(self, values: dict[str, Any], names: set[str], number: int) -> dict[str, Any]:
        """Give a copy ids of its own; times stay as they are."""
        return {name: self.rename(value, names, number) for name, value in values.items()}

    def rename(self, value: Any, names: set[str], number: int) -> Any:
        if isinstance(value, str):
            for name in {*names, self.id}:
                value = value.replace(name, f"{name}c{number}")
            return value
        if isinstance(value, dict):
            return self.renamed(value, names, number)
        return (
            [self.rename(each, names, number) for each in value]
            if isinstance(value, list)
            else value
        )


@pytest.mark.timeout(400)
async def test_a_clean_day_of_1000_checkouts_raises_no_alarm(shop: Shop) -> None:
    checkout = await sold(shop)
    await Copies(shop, checkout).make(CHECKOUTS - 1)

    results = await reconcile(shop)

    assert {name: found(result) for name, result in results.items()} == {k: [] for k in KINDS}
    assert [result.unreadable for result in results.values()] == [(), (), ()]
    compared = {name: result.compared for name, result in results.items()}
    assert compared == {"leat": 5 * CHECKOUTS, "wll": CHECKOUTS, "loyale": 2 * CHECKOUTS}
