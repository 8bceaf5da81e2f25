"""Every operation with every kind of key: who may, may, and nobody else changes a thing.

The operations, what they take and the scopes they ask for are read from the OpenAPI document, so a
new one is tried without anybody remembering it.
"""

import re
from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from api.app import create_app
from api.services import Services
from tests.api.fakes import FakeGateway
from tests.api.rows import rows
from tests.api.till import Till
from tests.records.samples import done
from tillsaga.domain.effects import EffectOrder
from tillsaga.domain.webhooks import Endpoint, Event
from tillsaga.records.database import open_database, utc_now
from tillsaga.records.key_format import new_key
from tillsaga.stores import StoresFile

SCOPES = ("pos", "support", "audit", "admin")
HOME, FOREIGN, NOWHERE = "ams-1", "rtm-1", "nowhere-1"
ENDPOINT = Endpoint(id="whe_1", url="https://pos.example.com/hooks", config="c-1")
NO_CHECKOUT = "chk_0000000000000000"
# Answers that say that somebody may not, or that there is nothing.
DENIED = {"unauthorized", "forbidden"}
MISSING = {"store_not_found", "checkout_not_found"}


def _document() -> dict[str, Any]:
    nothing = StoresFile.model_construct(stores=())
    database = open_database("sqlite:////nowhere/records.db")
    return create_app(Services(stores=nothing, database=database, gateway=FakeGateway())).openapi()


DOCUMENT = _document()
OPERATIONS = {
    operation["operationId"]: (method.upper(), path, operation)
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
}


class World:
    """A checkout of the home store with all that hangs on it, and keys of every kind."""

    def __init__(self, http: httpx.AsyncClient, services: Services, temporal: FakeGateway) -> None:
        self.http, self.services, self.temporal = http, services, temporal
        self._numbers = count(1)
        self.ids: dict[str, str] = {}

    async def build(self, secrets: SimpleNamespace) -> None:
        """Open a checkout, hold a voucher, note a refund, order an erasure, make the keys."""
        till = Till(self.http, secrets.pos, self._numbers)
        checkout_id = (await till.opened()).rpartition("/")[2]
        lock = EffectOrder(
            checkout_id=checkout_id,
            store_id=HOME,
            provider="leat",
            kind="leat",
            operation="lock_voucher",
            subject="v-1",
        )
        await self.services.effects.begin(lock)
        await self.services.effects.applied(lock.key, done(None))
        await self.services.refunds.note(HOME, "rfd-17", checkout_id)
        told = Event(
            type="checkout.completed",
            store_id=HOME,
            checkout_id=checkout_id,
            version=1,
            at=utc_now(),
            data={},
        )
        [mailbox] = await self.services.deliveries.note(told, [ENDPOINT])
        delivery = await self.services.deliveries.next(mailbox)
        assert delivery is not None
        make = self.services.api_keys.create
        self.scoped = {
            (scope, store): (await make(scope, [scope], [store]))[1]
            for scope in SCOPES
            for store in (HOME, FOREIGN)
        }
        operator = Till(self.http, self.scoped["admin", HOME], self._numbers)
        order = {"provider": "leat", "member_id": "c-nobody", "values": ["ann@shopper.example"]}
        erased = await operator.post("/v1/members/erase", order)
        assert erased.status_code in (200, 202), erased.text
        self.ids = {
            "checkout_id": checkout_id,
            "effect_id": f"{checkout_id}:lock_voucher:leat:v-1#1",
            "refund_id": "rfd-17",
            "delivery_id": delivery.id,
            "erasure_id": erased.json()["id"],
        }
        revoked, self.revoked = await make("revoked", SCOPES, [HOME])
        await self.services.api_keys.revoke(revoked.id)
        past = utc_now() - timedelta(seconds=1)
        _, self.expired = await make("expired", SCOPES, [HOME], expires_at=past)
        self.services.stopping.set()  # so that event streams end at once

    @property
    def strangers(self) -> dict[str, str | None]:
        """What opens nothing, by what it is."""
        mistyped = self.scoped["pos", HOME][:-1] + "!"
        return {
            "no key": None,
            "not a key": "hunter2",
            "mistyped": mistyped,
            "unknown": new_key(live=False),
            "revoked": self.revoked,
            "expired": self.expired,
        }

    async def ask(self, name: str, secret: str | None, **changes: str) -> httpx.Response:
        """Send an operation as its document shows it, about the real things unless told else."""
        method, path, operation = OPERATIONS[name]
        names = {"store_id": HOME, **self.ids, **changes}
        query, headers = {}, {}
        for parameter in operation.get("parameters", []):
            value = names.get(parameter["name"]) or _example(parameter)
            match parameter["in"]:
                case "path":
                    path = path.replace(f"{{{parameter['name']}}}", _quoted(value))
                case "query" if parameter["required"] or parameter["name"] == "store_id":
                    query[parameter["name"]] = value
        if any(p["name"] == "Idempotency-Key" for p in operation.get("parameters", [])):
            headers["Idempotency-Key"] = f"matrix-{next(self._numbers)}"
        if secret is not None:
            headers["Authorization"] = f"Bearer {secret}"
        body = _body(operation)
        if isinstance(body, dict) and "store_id" in body and name != "appendVouchers":
            body = {**body, "store_id": names["store_id"]}
        if _takes_stores(operation):
            body = {**body, "store_ids": [names["store_id"]]}
        return await self.http.request(method, path, params=query, json=body, headers=headers)

    async def state(self) -> Any:
        """Everything that a refused call must leave alone."""
        temporal = self.temporal
        seen = (
            *(len(temporal.letters), len(temporal.heartbeats), len(temporal.questions)),
            *(len(temporal.scans), len(temporal.erasures)),
        )
        return seen, await rows(self.services.database)


def _example(parameter: dict[str, Any]) -> str:
    schema = parameter["schema"]
    given = [*schema.get("examples", []), parameter.get("example")]
    if given[0] is not None:
        return str(given[0])
    return "2026-03-01" if schema.get("format") == "date" else "x"


def _quoted(value: str) -> str:
    return value.replace("#", "%23")


def _body(operation: dict[str, Any]) -> Any:
    for content in operation.get("requestBody", {}).get("content", {}).values():
        for example in content.get("examples", {}).values():
            name = example.get("$ref", "").rpartition("/")[2]
            return DOCUMENT["components"]["examples"][name]["value"] if name else example["value"]
        return content["schema"]["examples"][0] if "schema" in content else None
    return None


def _takes_stores(operation: dict[str, Any]) -> bool:
    for content in operation.get("requestBody", {}).get("content", {}).values():
        name = content["schema"].get("$ref", "").rpartition("/")[2]
        return "store_ids" in DOCUMENT["components"]["schemas"].get(name, {}).get("properties", {})
    return False


def _said(answer: httpx.Response) -> tuple[int, str]:
    """What a caller learns, without what differs from request to request and their own ids."""
    words = re.sub(r"req_[0-9a-f]+|chk_[0-9A-Z]+", "…", answer.text)
    return answer.status_code, words


def _code(answer: httpx.Response) -> str | None:
    if "problem+json" not in answer.headers.get("Content-Type", ""):
        return None
    return str(answer.json()["code"])


def _about_a_store(name: str) -> Iterator[str]:
    """Which of an operation's inputs say whose it is."""
    operation = OPERATIONS[name][2]
    parameters = {one["name"] for one in operation.get("parameters", [])}
    body = _body(operation)
    if "checkout_id" in parameters:
        yield "checkout_id"
    named = isinstance(body, dict) and "store_id" in body
    if "store_id" in parameters or named or _takes_stores(operation):
        yield "store_id"
    yield from parameters & {"refund_id", "erasure_id", "effect_id", "delivery_id"}


ABSENT = {
    "checkout_id": NO_CHECKOUT,
    "store_id": NOWHERE,
    "refund_id": "rfd-none",
    "erasure_id": "ers_none",
    "delivery_id": "whd_none",
    "effect_id": f"{NO_CHECKOUT}:lock_voucher:leat:v-1#1",
}


@pytest.fixture
async def world(
    http: httpx.AsyncClient, services: Services, temporal: FakeGateway, secrets: SimpleNamespace
) -> World:
    http.event_hooks = {}  # its Temporal answers with some checkout, whatever it is asked
    built = World(http, services, temporal)
    await built.build(secrets)
    return built


@pytest.mark.parametrize("name", OPERATIONS)
async def test_an_operation_is_open_to_exactly_whom_it_says(
    world: World, name: str, record_property: Any
) -> None:
    operation = OPERATIONS[name][2]
    scopes = set(operation.get("x-required-scopes", []))
    is_open = operation["security"] == []
    cases = 0
    before = await world.state()

    for kind, secret in world.strangers.items():
        answer, cases = await world.ask(name, secret), cases + 1
        assert (_code(answer) == "unauthorized") is not is_open, (kind, answer.text)

    for (scope, store), secret in world.scoped.items():
        may = scope in scopes
        if is_open or (may and store == HOME):
            continue
        answer, cases = await world.ask(name, secret), cases + 1
        if not scopes:  # another secret than an API key opens it
            assert _code(answer) == "unauthorized", (scope, store)
        elif not may:
            assert _code(answer) == "forbidden", (scope, store, answer.text)
        else:
            cases += await _assert_unknown(world, name, secret, answer)
    assert await world.state() == before

    for scope in sorted(scopes):
        answer, cases = await world.ask(name, world.scoped[scope, HOME]), cases + 1
        assert answer.status_code < 500, answer.text
        assert _code(answer) not in DENIED | MISSING, (scope, answer.text)
    record_property("tried: operations with keys of every kind", cases)
    assert cases >= (len(world.strangers) if is_open else len(world.strangers) + len(SCOPES))


async def _assert_unknown(world: World, name: str, secret: str, answer: httpx.Response) -> int:
    """A foreign store's key learns of a thing what it learns of one that is not there."""
    inputs = list(_about_a_store(name))
    if not inputs:
        # A list of all that the key's stores have, of which the home store's is no part.
        assert world.ids["checkout_id"] not in answer.text
        return 0
    absent = await world.ask(name, secret, **{which: ABSENT[which] for which in inputs})
    assert _said(answer) == _said(absent), name
    assert answer.status_code == 404
    return 1


def test_the_document_says_of_every_operation_who_may_call_it() -> None:
    for name, (_, _, operation) in OPERATIONS.items():
        scopes = operation.get("x-required-scopes", [])
        assert set(scopes) <= set(SCOPES)
        with_key = operation["security"] == [{"apiKey": []}]
        assert bool(scopes) is with_key, name
