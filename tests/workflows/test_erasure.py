"""Erasure: nothing of the customer is left in any table, and the sale still comes back."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from tests.api.till import Till, order
from tests.support.app import coffee
from tests.support.door import forget, open_door
from tests.support.receiver import open_receiver
from tests.support.shop import Shop, basket, open_shop
from tillsaga.records.apikeys import SqlApiKeys
from tillsaga.records.database import Database, utc_now
from tillsaga.records.personal import SqlVault
from tillsaga.records.tables import Row
from tillsaga.sandbox import world as leat
from tillsaga.sandbox.koupon import world as koupon
from tillsaga.sandbox.letstrade import world as letstrade
from tillsaga.sandbox.loyale import world as loyale
from tillsaga.sandbox.wll import world as wll

PHONE = letstrade.CELL_COUNTRY + letstrade.PIETER_CELL
MAIL = "kim.canary@example.test"
NAME = "Ann Canary-Jones"
KINDS = ("leat", "letstrade", "wll", "loyale", "koupon")


def shown(type_: str, value: str, provider: str) -> dict[str, Any]:
    return {"type": type_, "value": value, "provider": provider, "consent": True}


IDENTIFIERS = [
    shown("card", leat.ANN_CARD, "leat"),
    shown("phone", PHONE, "letstrade"),
    shown("card", wll.MEMBER_ACCOUNT, "wll"),
    shown("card", loyale.ANN_BARCODE, "loyale"),
    shown("card", koupon.LOYALTY, "koupon"),
]


@pytest.fixture
async def till(tmp_path: Path) -> AsyncIterator[tuple[Shop, Till]]:
    async with (
        open_receiver() as receiver,
        open_shop(tmp_path, kinds=KINDS, skips_time=False, receivers=[receiver]) as shop,
        open_door(shop) as opened,
    ):
        yield shop, opened


async def admin_of(shop: Shop, till: Till) -> Till:
    keys = SqlApiKeys(shop.wiring.database)
    _, secret = await keys.create("Dora", ["admin"], [shop.store.id])
    return replace(till, secret=secret)


async def dumped(database: Database) -> str:
    """Every row of every table as text."""
    async with database.read() as session:
        # As tuples: a row itself shortens what it shows.
        rows = [
            [tuple(row) for row in await session.execute(text(f"SELECT * FROM {name}"))]
            for name in Row.metadata.tables
        ]
    return str(rows)


async def opened(shop: Shop, till: Till) -> tuple[str, dict[str, Any]]:
    """A checkout with a customer of every vendor, a mailed gift card and stored value."""
    gift = {
        "line_id": "g",
        "type": "giftcard_sale",
        "title": "Gift card",
        "unit_amount": 10_00,
        "recipient": {"email": MAIL, "consent": True},
    }
    body = order(
        basket=basket(coffee(1), gift, currency="USD"),
        store_id=shop.store.id,
        terminal_id="till-1",
        identifiers=IDENTIFIERS,
    )
    answer = await till.post("/v1/checkouts", body)
    assert answer.status_code == 201, answer.text
    address = str(answer.headers["Location"])
    known = {m["provider"] for m in answer.json()["members"]}
    assert known == set(KINDS), answer.json()["degraded"]
    for tender in ({"type": "prepaid", "amount": 50}, {"type": "points", "amount": 1_00}):
        added = await till.post(f"{address}/tenders", tender)
        assert added.status_code == 200, added.text
    return address, answer.json()


async def sold(shop: Shop, till: Till) -> tuple[str, dict[str, Any]]:
    """The same, paid, and forgotten by Temporal."""
    address, _ = await opened(shop, till)
    due = (await till.post(f"{address}/ready")).json()["totals"]["due_amount"]
    captured = {"status": "captured", "type": "card", "amount": due, "reference": "card-1"}
    paid = await till.post(f"{address}/payments", captured)
    assert paid.json()["status"] == "completed", paid.text
    checkout_id = address.rpartition("/")[2]
    await shop.client.get_workflow_handle(checkout_id).result()
    await forget(shop, checkout_id)
    return address, (await till.get(address)).json()


async def tidied(shop: Shop) -> None:
    """Two days later, when what has ended is settled."""
    later = SqlVault(shop.wiring.database, now=lambda: utc_now() + timedelta(days=2))
    await later.tidy()


async def erase(
    admin: Till, seen: dict[str, Any], provider: str, *values: str, key: str | None = None
) -> Any:
    member = next(m["member_id"] for m in seen["members"] if m["provider"] == provider)
    whom = {"provider": provider, "member_id": member, "values": [*values]}
    return await admin.post("/v1/members/erase", whom, key=key)


async def erased(admin: Till, asked: Any) -> Any:
    """What came of an erasure, however long it took."""
    assert asked.status_code in (200, 202), asked.text
    while (seen := await admin.get(f"/v1/members/erasures/{asked.json()['id']}")).is_success:
        if seen.json()["status"] == "done":
            break
    return seen.json()


async def test_nothing_of_an_erased_customer_is_left_anywhere(till: tuple[Shop, Till]) -> None:
    shop, pos = till
    address, seen = await sold(shop, pos)
    admin = await admin_of(shop, pos)
    members = {m["provider"]: m["member_id"] for m in seen["members"]}
    digits = letstrade.PIETER_CELL
    canaries = [*members.values(), digits, koupon.LOYALTY, leat.ANN, wll.MEMBER_AUTH]
    await tidied(shop)
    before = await dumped(shop.wiring.database)
    planted = [canary for canary in canaries if canary in before]
    assert {*members.values(), digits, koupon.LOYALTY} <= set(planted)
    assert MAIL not in before, "an address need not be kept once the card is sent"
    assert PHONE not in before, "nor what a customer is found by"

    for provider in KINDS:
        done = await erased(admin, await erase(admin, seen, provider))
        assert (done["status"], done["erased"]["checkouts"]) == ("done", 1)

    after = await dumped(shop.wiring.database)
    assert [canary for canary in canaries if canary.lower() in after.lower()] == []
    now = (await pos.get(address)).json()
    for name in ("totals", "payments", "earned", "created_at", "updated_at"):
        assert now[name] == seen[name]
    assert [e["reference"] for e in now["effects"] if e["operation"] == "post_order"] == [
        e["reference"] for e in seen["effects"] if e["operation"] == "post_order"
    ]
    again = await admin.post(
        "/v1/members/erase", {"provider": "leat", "member_id": members["leat"]}
    )
    assert again.json()["erased"]["checkouts"] == 0

    refund = await pos.post(f"{address}/refunds", {"refund_id": "r-1", "reason": "all of it"})
    assert refund.status_code == 201, refund.text
    reversals = {
        r["provider"] + " " + r["operation"]: r["status"] for r in refund.json()["reversals"]
    }
    assert reversals["leat reverse_prepaid_charge"] == "reversed"
    assert reversals["leat return_order"] == "reversed"
    typed = [a["detail"] for a in refund.json()["attention"] if "erased" in a["detail"]]
    assert typed, refund.text
    assert refund.json()["status"] == "attention"


async def test_running_checkouts_of_the_member_bar_the_erasure(till: tuple[Shop, Till]) -> None:
    shop, pos = till
    address, seen = await opened(shop, pos)
    admin = await admin_of(shop, pos)
    before = await dumped(shop.wiring.database)

    barred = await erase(admin, seen, "leat", MAIL)

    assert (barred.status_code, barred.json()["code"]) == (409, "member_in_use")
    assert barred.json()["checkouts"] == [address.rpartition("/")[2]]
    assert (await pos.post(f"{address}/cancel", {"reason": NAME})).status_code == 200
    await shop.client.get_workflow_handle(address.rpartition("/")[2]).result()
    done = await erased(admin, await erase(admin, seen, "leat", MAIL, NAME, key="same"))
    after = await dumped(shop.wiring.database)
    assert (leat.ANN in before, MAIL in before) == (True, True)
    assert [word for word in (leat.ANN, MAIL, NAME) if word in after] == []

    replayed = await erase(admin, seen, "leat", MAIL, NAME, key="same")
    assert replayed.json() == done
    assert replayed.headers["Idempotency-Replayed"] == "true"
    other = await erase(admin, seen, "koupon", key="same")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert done["status"] == "done"
