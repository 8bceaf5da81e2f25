"""Abuse of headers, addresses and connections; nothing of ours leaks into caches, logs or URLs."""

import asyncio
import io
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import httpx
import pytest
import structlog
import uvicorn
from fastapi import FastAPI

from api import connection
from api.limits import RateLimit, Streams
from api.services import Services
from tests.api.conftest import STORE
from tests.api.fakes import FakeGateway
from tests.api.test_door import assert_problem
from tests.api.till import Till
from tests.support.logs import restored_logging
from tillsaga.logs import configure_logs
from tillsaga.records.database import utc_now
from tillsaga.stores import StoresFile

HEAD = b"POST /v1/checkouts HTTP/1.1\r\nHost: till\r\nAuthorization: Bearer x\r\n"


# --- headers ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        [(f"x-{number}", "1") for number in range(65)],
        [("x-large", "a" * 16_384)],
    ],
    ids=["too many", "too large"],
)
async def test_headers_have_a_limit(till: Till, headers: list[tuple[str, str]]) -> None:
    sent = [("Authorization", f"Bearer {till.secret}"), *headers]
    assert_problem(await till.http.get("/v1/checkouts", headers=sent), 431, "headers_too_large")


@pytest.mark.parametrize("name", ["Authorization", "Idempotency-Key", "Content-Type", "If-Match"])
async def test_a_header_that_decides_stands_once(till: Till, name: str) -> None:
    usual = {
        "Authorization": f"Bearer {till.secret}",
        "Idempotency-Key": "k",
        "Content-Type": "application/json",
    }
    sent = [*usual.items(), (name, usual.get(name, '"1"'))]
    sent += [] if name in usual else [(name, '"2"')]
    answer = await till.http.post("/v1/checkouts", content=b"{}", headers=sent)
    assert_problem(answer, 400, "malformed_request")


async def test_a_body_has_one_length(till: Till) -> None:
    sent = [
        ("Authorization", "Bearer x"),
        ("Content-Length", "2"),
        ("Transfer-Encoding", "chunked"),
    ]
    answer = await till.http.post("/v1/checkouts", content=b"{}", headers=sent)
    assert_problem(answer, 400, "malformed_request")


async def test_a_packed_body_is_not_unpacked(till: Till) -> None:
    headers = {"Content-Encoding": "gzip"}
    answer = await till.post("/v1/checkouts", {}, headers=headers)
    assert_problem(answer, 415, "unsupported_media_type")


async def test_answers_stay_out_of_caches_frames_and_referrers(till: Till) -> None:
    for answer in (await till.open(), await till.get("/v1/nothing"), await till.http.get("/v1/x")):
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    document = await till.http.get("/openapi.json")
    assert document.headers["X-Content-Type-Options"] == "nosniff"


# --- keys and limits -------------------------------------------------------------------------


async def test_a_key_that_ends_soon_says_so(till: Till, services: Services) -> None:
    ends = utc_now() + timedelta(days=13)
    _, till.secret = await services.api_keys.create("t", ["pos"], ["ams-1"], expires_at=ends)
    with structlog.testing.capture_logs() as logs:
        answers = [await till.get("/v1/checkouts") for _ in range(3)]
    said = {answer.headers["Tillsaga-Key-Expires"] for answer in answers}
    assert said == {ends.strftime("%Y-%m-%dT%H:%M:%SZ")}
    assert [line["event"] for line in logs].count("api_key_expires_soon") == 1


async def test_a_key_that_ends_is_not_remembered_beyond(
    till: Till, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = utc_now()
    ends = now + timedelta(hours=1)
    _, till.secret = await services.api_keys.create("t", ["pos"], ["ams-1"], expires_at=ends)
    assert (await till.get("/v1/checkouts")).status_code == 200
    monkeypatch.setattr("api.access.utc_now", lambda: ends)
    assert_problem(await till.get("/v1/checkouts"), 401, "unauthorized")


async def test_a_request_is_known_again_under_the_callers_next_key(
    till: Till, services: Services
) -> None:
    [mine] = [k for k in await services.api_keys.list_all() if till.secret.startswith(k.prefix)]
    first = await till.open(key="one")
    _, till.secret = await services.api_keys.rotate(mine.id, timedelta(hours=1))
    again = await till.open(key="one")
    assert (again.status_code, again.headers["Idempotency-Replayed"]) == (201, "true")
    assert again.json() == first.json()


async def test_a_stores_limit_holds_for_all_keys_together(
    till: Till, support: Till, services: Services
) -> None:
    services.store_rate_limit = RateLimit(1, "store")
    [store, *others] = services.stores.stores
    policy = store.policy.model_copy(update={"requests_per_minute": 2})
    few = (store.model_copy(update={"policy": policy}), *others)
    services.stores = services.stores.model_copy(update={"stores": few})
    address = await till.opened()
    first = await support.get(address)
    assert first.headers["RateLimit-Policy"] == '"key";q=6000;w=60, "store";q=2;w=60'
    assert '"store";r=0;t=' in first.headers["RateLimit"]
    refused = await till.get(address)
    assert_problem(refused, 429, "rate_limited")
    assert "this store" in refused.json()["detail"]
    assert 0 < int(refused.headers["Retry-After"]) <= 60


async def test_a_caller_follows_so_many_streams_and_no_more(
    till: Till, services: Services, temporal: FakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    services.streams = Streams(1)
    address = await till.opened()
    temporal.change(address.rpartition("/")[2], status="completed")
    reads, query = [], temporal.query

    async def counted(*asked: Any) -> Any:
        reads.append(services.streams.followed)
        return await query(*asked)

    monkeypatch.setattr(temporal, "query", counted)
    [mine] = [k for k in await services.api_keys.list_all() if till.secret.startswith(k.prefix)]
    with services.streams.follow(mine.caller):
        assert_problem(await till.get(f"{address}/events"), 429, "rate_limited")
    # It counts until its last byte, and then makes room.
    for _ in range(2):
        assert (await till.get(f"{address}/events")).status_code == 200
    assert reads == [1, 1]
    assert services.streams.followed == 0


@pytest.mark.parametrize(
    ("given", "right"),
    [("env:OLD", ["old"]), (["env:NEW", "env:OLD"], ["new", "old"])],
    ids=["one secret", "two while it is replaced"],
)
async def test_callback_secrets_are_replaced_with_two_of_them_live(
    http: httpx.AsyncClient,
    services: Services,
    monkeypatch: pytest.MonkeyPatch,
    given: object,
    right: list[str],
) -> None:
    for name in ("NEW", "OLD", "TOKEN"):
        monkeypatch.setenv(name, name.lower())
    vendor = {
        "name": "app",
        "kind": "letstrade",
        "base_url": "http://127.0.0.1:1/letstrade",
        "credentials": {"token": "env:TOKEN", "callback_secret": given},
        "settings": {"store_id": "S-1"},
    }
    services.stores = StoresFile.model_validate(
        {"stores": [STORE | {"id": "ams-1", "providers": [vendor]}]}
    )
    assert [*services.stores.stores[0].providers[0].secrets] == ["token"]
    for secret in ("new", "old", "token", "", "ol"):
        answer = await http.post(
            "/v1/callbacks/letstrade/append-vouchers",
            json={"store_id": "S-1", "transaction_id": "b-1"},
            headers={"Authorization": f"Bearer {secret}"},
        )
        assert (answer.status_code == 401) is (secret not in right), secret


# --- logs ------------------------------------------------------------------------------------


async def test_nothing_that_is_sent_breaks_a_log_line_or_shows_a_secret(till: Till) -> None:
    evil = b'x"}\\n{"event": "forged'
    address = await till.opened()
    written = io.StringIO()
    with restored_logging():
        configure_logs("INFO", written)
        for headers in (
            {b"X-Request-Id": evil},
            {b"traceparent": b"00-" + b"a" * 32 + b"-" + b"b" * 16 + b"-01\\n{}"},
            {b"User-Agent": evil, b"Last-Event-ID": evil},
        ):
            sent = {b"Authorization": f"Bearer {till.secret}".encode(), **headers}
            await till.http.get(f"{address}/portal?token=hunter2", headers=sent)
            await till.http.get("/v1/checkouts/hunter2%22%7D", headers=sent)
    lines = [json.loads(line) for line in written.getvalue().splitlines()]
    assert [line["event"] for line in lines] == ["request"] * 6
    assert "hunter2" not in written.getvalue()
    assert till.secret not in written.getvalue()


# --- connections -----------------------------------------------------------------------------


@pytest.fixture
async def port(shared_app: FastAPI, services: Services) -> AsyncIterator[int]:
    """The door on a real socket, as `api.main` serves it."""
    shared_app.state.services = services
    with socket.create_server(("127.0.0.1", 0)) as listening:
        config = uvicorn.Config(
            shared_app, log_level="critical", access_log=False, lifespan="off", **connection.OPTIONS
        )
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve([listening]))
        try:
            yield listening.getsockname()[1]
        finally:
            server.should_exit = True
            await serving


Dial = Callable[[], Awaitable[tuple[asyncio.StreamReader, asyncio.StreamWriter]]]


@pytest.fixture
async def dial(port: int) -> AsyncIterator[Dial]:
    writers = []

    async def connect() -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writers.append(writer)
        return reader, writer

    yield connect
    for writer in writers:
        writer.close()


async def test_a_head_that_does_not_end_is_not_waited_for(
    dial: Dial, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "HEAD_SECONDS", 0.2)
    reader, writer = await dial()
    writer.write(HEAD)
    assert await reader.read() == b""


async def test_a_head_that_drips_is_not_waited_for_either(
    dial: Dial, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "HEAD_SECONDS", 0.3)
    reader, writer = await dial()
    ended = asyncio.create_task(reader.read())
    async with asyncio.timeout(20):
        while not ended.done():
            writer.write(b"G")
            await asyncio.wait([ended], timeout=0.05)
    assert b"200" not in ended.result()


async def test_a_second_head_on_the_same_connection_has_its_time_as_well(
    dial: Dial, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader, writer = await dial()
    writer.write(b"GET /healthz HTTP/1.1\r\nHost: till\r\n\r\n")
    assert b"200" in await reader.readline()
    monkeypatch.setattr(connection, "HEAD_SECONDS", 0.2)
    writer.write(HEAD)
    assert b"HTTP/1.1" not in await reader.read()


async def test_a_body_that_does_not_come_is_answered(
    dial: Dial, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.middleware.BODY_SECONDS", 0.2)
    reader, writer = await dial()
    writer.write(HEAD + b"Content-Type: application/json\r\nContent-Length: 9\r\n\r\n{")
    answer = await reader.read()
    assert answer.startswith(b"HTTP/1.1 408")
    assert b'"code":"request_timeout"' in answer
    assert b"connection: close" in answer.lower()


async def test_a_body_that_is_too_large_is_not_read_to_its_end(dial: Dial) -> None:
    reader, writer = await dial()
    writer.write(HEAD + b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
    piece = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    for _ in range(5):
        writer.write(piece)
    answer = await reader.read()
    assert answer.startswith(b"HTTP/1.1 413")


class Watched(Streams):
    """Streams that say when one has ended."""

    def __init__(self) -> None:
        super().__init__()
        self.ended = asyncio.Event()

    @contextmanager
    def follow(self, caller: str) -> Iterator[None]:
        try:
            with super().follow(caller):
                yield
        finally:
            self.ended.set()


async def test_a_stream_that_nobody_reads_is_cut(
    dial: Dial,
    till: Till,
    services: Services,
    temporal: FakeGateway,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connection, "READ_SECONDS", 0.2)
    monkeypatch.setattr("api.streaming.QUICK_SECONDS", 0.001)
    services.streams = watched = Watched()
    address = await till.opened()
    checkout_id, query = address.rpartition("/")[2], temporal.query

    async def always_new(*asked: Any) -> Any:
        temporal.change(checkout_id, summary="x" * 200_000)
        return await query(*asked)

    monkeypatch.setattr(temporal, "query", always_new)
    reader, writer = await dial()
    asked = f"GET {address}/events HTTP/1.1\r\nHost: till\r\n"
    writer.write(f"{asked}Authorization: Bearer {till.secret}\r\n\r\n".encode())
    assert b"200" in await reader.readline()
    with structlog.testing.capture_logs() as logs:
        async with asyncio.timeout(60):
            await watched.ended.wait()
    assert "request_failed" not in [line["event"] for line in logs]
