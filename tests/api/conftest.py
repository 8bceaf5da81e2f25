"""The door over a fake Temporal and real records in a file."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from api.services import Services
from tests.api.fakes import FakeGateway
from tests.api.till import Till
from tests.support.contract import insist_on_contract
from tests.support.publish import bare_app
from tillsaga.records.apikeys import SqlApiKeys
from tillsaga.records.database import Database, open_database
from tillsaga.records.migrations import upgrade
from tillsaga.stores import StoresFile

STORE: dict[str, Any] = {
    "name": "A store",
    "currency": "EUR",
    "timezone": "Europe/Amsterdam",
    "policy": {"answer_budget": "1s", "abandon_after": "20m"},
    "providers": [
        {
            "name": "leat",
            "kind": "leat",
            "base_url": "http://127.0.0.1:1/leat",
            "credentials": {"token": "env:TOKEN", "loyalty_token_secret": "env:TOKEN"},
            "settings": {"shop_uuid": "s-1"},
        }
    ],
}


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, SimpleNamespace]:
    """A migrated file to copy, and the secrets of the keys in it: one per role."""
    path = tmp_path_factory.mktemp("api") / "migrated.db"
    upgrade(f"sqlite:///{path}")
    return path, asyncio.run(_make_keys(f"sqlite:///{path}"))


async def _make_keys(url: str) -> SimpleNamespace:
    database = open_database(url)
    keys = SqlApiKeys(database)
    secrets = SimpleNamespace(
        pos=(await keys.create("till", ["pos"], ["ams-1"]))[1],
        other=(await keys.create("other till", ["pos"], ["rtm-1"]))[1],
        audit=(await keys.create("auditor", ["audit"], ["ams-1"]))[1],
        support=(await keys.create("support", ["support"], ["ams-1"]))[1],
        admin=(await keys.create("operator", ["admin"], []))[1],
    )
    await database.close()
    return secrets


@pytest.fixture
async def database(
    migrated: tuple[Path, SimpleNamespace], tmp_path: Path
) -> AsyncIterator[Database]:
    database = open_database(f"sqlite:///{shutil.copy(migrated[0], tmp_path / 'records.db')}")
    yield database
    await database.close()


@pytest.fixture
def secrets(migrated: tuple[Path, SimpleNamespace]) -> SimpleNamespace:
    return migrated[1]


@pytest.fixture
def stores(monkeypatch: pytest.MonkeyPatch) -> StoresFile:
    monkeypatch.setenv("TOKEN", "hunter2")
    ids = ("ams-1", "rtm-1")
    return StoresFile.model_validate({"stores": [{"id": id_, **STORE} for id_ in ids]})


@pytest.fixture
def temporal() -> FakeGateway:
    return FakeGateway()


@pytest.fixture
def services(stores: StoresFile, database: Database, temporal: FakeGateway) -> Services:
    return Services(stores=stores, database=database, gateway=temporal)


@pytest.fixture(scope="session")
def shared_app() -> FastAPI:
    """Made once: FastAPI takes longer to prepare the routes than a test to use them."""
    return bare_app()


@pytest.fixture
async def http(shared_app: FastAPI, services: Services) -> AsyncIterator[httpx.AsyncClient]:
    app = shared_app
    app.state.services = services
    transport = httpx.ASGITransport(app)
    hooks = {"response": [insist_on_contract]}
    async with httpx.AsyncClient(
        transport=transport, base_url="http://till", event_hooks=hooks
    ) as client:
        yield client


@pytest.fixture
def till(http: httpx.AsyncClient, secrets: SimpleNamespace) -> Till:
    return Till(http, secrets.pos, count(1))


@pytest.fixture
def support(http: httpx.AsyncClient, secrets: SimpleNamespace) -> Till:
    return Till(http, secrets.support, count(1))


@pytest.fixture
def other_till(http: httpx.AsyncClient, secrets: SimpleNamespace) -> Till:
    return Till(http, secrets.other, count(1))
