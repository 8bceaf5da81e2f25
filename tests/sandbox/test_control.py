"""The control plane: books, reset, log, clock, switches, seeds; and the served process."""

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from tillsaga.dev.ports import Ports
from tillsaga.sandbox import world
from tillsaga.sandbox.app import create_app

pytestmark = pytest.mark.asyncio


async def test_books_hold_a_balance_and_the_entries_it_is_made_of(till: Any) -> None:
    made = await till.ok(
        "POST", "/prepaid-transactions", amount_in_cents=-500, **_at_shop(world.ANN)
    )
    books = (await till.control("GET", "/books"))["leat"]

    prepaid = books["prepaid"][world.ANN]
    assert prepaid["balance"] == 2000
    assert [one["amount"] for one in prepaid["transactions"]] == [2500, -500]
    assert prepaid["transactions"][-1]["uuid"] == made["uuid"]
    assert books["points"][world.ANN]["balance"] == 120
    states = {one["code"]: one["status"] for one in books["vouchers"].values()}
    assert states[world.VOUCHER_LOCKED] == "LOCKED"
    assert states[world.VOUCHER_EXPIRED] == "EXPIRED"
    assert (await till.http.get("/_sandbox/books/nobody")).status_code == 404


def _at_shop(contact: str) -> dict[str, str]:
    return {"contact_uuid": contact, "shop_uuid": world.SHOP}


async def test_reset_goes_back_to_the_documented_world(till: Any) -> None:
    await till.ok("POST", "/contacts", email="new@example.test")
    await till.switch(result_null=True)
    await till.fault("drop_before", times=None)
    await till.control("POST", "/reset")

    books = await till.books()
    assert set(books["contacts"]) == {world.ANN, world.BOB}
    assert (await till.control("GET", "/faults"))["faults"] == []
    assert (await till.control("GET", "/requests"))["requests"] == []
    assert (await till.control("GET", "/switches"))["leat"]["result_null"] is False
    assert (await till.control("GET", "/clock"))["now"] != "2026-03-01T10:00:00+00:00"


async def test_the_log_tells_what_was_asked_and_no_secrets(till: Any) -> None:
    await till.refused("POST", "/contacts", email=world.ANN_EMAIL)
    entry = (await till.control("GET", "/requests"))["requests"][-1]

    assert entry == {
        "n": 1,
        "vendor": "leat",
        "operation": "contact.create",
        "method": "POST",
        "path": "/api/v3/oauth/clients/contacts",
        "query": "",
        "at": "2026-03-01T10:00:00+00:00",
        "status": 400,
        "applied": False,
        "fault": None,
        "correlation": None,
    }
    assert (await till.control("DELETE", "/requests"))["requests"] == []


async def test_the_clock_stands_jumps_and_goes_back_to_real_time(till: Any) -> None:
    moved = await till.control("POST", "/clock", {"advance_seconds": 90})
    assert moved["now"] == "2026-03-01T10:01:30+00:00"
    await till.control("POST", "/clock", {"real": True})
    real = (await till.control("GET", "/clock"))["now"]
    ahead = (await till.control("POST", "/clock", {"advance_seconds": 86_400}))["now"]

    assert ahead[:10] > real[:10]
    bodies: list[dict[str, Any]] = [{}, {"now": "soon"}, {"now": "2026-03-01", "real": True}]
    for wrong in bodies:
        assert (await till.http.post("/_sandbox/clock", json=wrong)).status_code == 400


async def test_switches_are_known_by_name_and_put_back(till: Any) -> None:
    index = await till.control("GET", "/")
    assert "allow_negative_prepaid" in index["leat"]["switches"]
    names = {one["name"] for one in index["leat"]["operations"]}
    assert {"voucher.lock", "giftcard_transaction.create"} <= names
    await till.switch(result_null=True)

    assert (await till.control("DELETE", "/switches"))["leat"]["result_null"] is False
    named: list[dict[str, Any]] = [
        {"leat": {"nope": True}},
        {"leat": {"result_null": 1}},
        {"nobody": {}},
        {"leat": 1},
    ]
    for wrong in named:
        assert (await till.http.post("/_sandbox/switches", json=wrong)).status_code == 400


async def test_a_seed_makes_fresh_customers_with_all_that_is_theirs(till: Any) -> None:
    wanted = {
        "points": 70,
        "prepaid_in_cents": 900,
        "identifiers": [{}],
        "vouchers": [{"attributes": {"tillsaga_discount_rule_id": "X"}}],
        "collectables": [{}],
    }
    first, second = (await till.seed(contacts=[wanted, wanted]))["contacts"]

    assert first["uuid"] != second["uuid"]
    assert (await till.points(first["uuid"]), await till.prepaid(first["uuid"])) == (70, 900)
    voucher = await till.voucher(first["vouchers"][0]["code"])
    assert voucher["contact"]["uuid"] == first["uuid"]
    assert voucher["attributes"] == {"tillsaga_discount_rule_id": "X"}
    listed = await till.ok("GET", "/collectable-rewards", contact_uuid=first["uuid"])
    assert [one["uuid"] for one in listed] == first["collectables"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"contacts": [{"typo": 1}]},
        {"giftcards": [{"hash": world.CARD_20}]},
        {"vouchers": [{"contact_uuid": "nobody"}]},
    ],
)
async def test_a_seed_that_makes_no_sense_is_refused_whole(till: Any, wrong: Any) -> None:
    both = {"identifiers": [{"value": "CARD-X"}]} | wrong
    answer = await till.http.post("/_sandbox/seed/leat", json=both)

    assert answer.status_code == 400
    card = {"contact_identifier_value": "CARD-X"}
    assert await till.refused("GET", "/contact-identifiers/find", **card) == 60003


async def test_file_books_are_carried_on(tmp_path: Path) -> None:
    headers = {"Authorization": f"Bearer {world.TOKEN}"}
    path = "/leat/api/v3/oauth/clients/contacts/find-or-create"
    seen = []
    for _ in range(2):
        app = create_app(tmp_path / "books.db")
        http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://sandbox")
        async with app.router.lifespan_context(app), http:
            answer = await http.get(path, params={"email": "x@example.test"}, headers=headers)
            seen.append(answer.json()["data"]["uuid"])

    assert seen[0] == seen[1]


async def test_fifty_clients_at_once_lose_nothing(live: Any) -> None:
    body = {"contact_uuid": world.ANN, "shop_uuid": world.SHOP, "credits": 1}

    async def client() -> set[int]:
        asked = [await live.ask("POST", "/credit-receptions", **body) for _ in range(4)]
        return {answer.status_code for answer in asked}

    assert await asyncio.gather(*(client() for _ in range(50))) == [{200}] * 50
    assert await live.points() == 320


async def test_the_module_serves_and_stops_cleanly_on_sigterm(tmp_path: Path) -> None:
    port = str(Ports.free().sandbox)
    arguments = ["-m", "tillsaga.sandbox", "--port", port, "--db", str(tmp_path / "books.db")]
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, stderr=pipe, env=os.environ | {"PYTHONPATH": os.getcwd()}
    )
    assert process.stderr is not None
    said = b""
    while b"running on" not in said:
        said = await process.stderr.readline()
        assert said, "it stopped before it served"
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http:
        rule = {"vendor": "leat", "kind": "drop_before"}
        assert (await http.post("/_sandbox/faults", json=rule)).status_code == 201
        with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
            await http.get("/leat/oauth/token")
    process.send_signal(signal.SIGTERM)
    await process.stderr.read()

    assert await process.wait() == 0


async def test_it_says_that_it_is_there_as_our_other_processes_do(till: Any) -> None:
    answers = [await till.http.get(path) for path in ("/healthz", "/readyz")]

    assert [(answer.status_code, answer.json()) for answer in answers] == [
        (200, {"status": "ok"})
    ] * 2
