"""The endpoint that the Temporal UI reads histories through."""

from collections.abc import AsyncIterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
import structlog
from google.protobuf.json_format import MessageToDict
from temporalio.api.common.v1 import Payload, Payloads

from api.app import create_app
from api.services import Services
from tillsaga.codec import EncryptionCodec
from tillsaga.keyring import KeyRing, new_key

TOKEN = "a-token-for-the-ui-of-temporal"
UI = "http://localhost:8233"
PLAIN = Payload(metadata={"encoding": b"json/plain"}, data=b'"chk_1"')
CODEC = EncryptionCodec(KeyRing.parse(new_key("k1")))


@pytest.fixture
async def ui(services: Services) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(replace(services, codec=CODEC, codec_token=TOKEN))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
        yield client


def as_json(*payloads: Payload) -> dict[str, Any]:
    return MessageToDict(Payloads(payloads=payloads))


async def test_the_ui_reads_and_writes_with_the_token_in_the_path(ui: httpx.AsyncClient) -> None:
    sealed = await ui.post(f"/codec/{TOKEN}/encode", json=as_json(PLAIN))
    opened = await ui.post(f"/codec/{TOKEN}/decode", json=sealed.json())

    assert sealed.json() != as_json(PLAIN)
    assert opened.json() == as_json(PLAIN)


@pytest.mark.parametrize(
    ("role", "status"),
    [("support", 200), ("audit", 200), ("pos", 403), ("admin", 403)],
)
async def test_a_person_needs_the_scope_support_or_audit(
    ui: httpx.AsyncClient, secrets: SimpleNamespace, role: str, status: int
) -> None:
    bearer = {"Authorization": f"Bearer {getattr(secrets, role)}"}

    answer = await ui.post("/codec/decode", json=as_json(PLAIN), headers=bearer)

    assert answer.status_code == status


@pytest.mark.parametrize("path", ["", "/wrong", f"/{TOKEN}x"])
async def test_nobody_else_gets_in(ui: httpx.AsyncClient, path: str) -> None:
    answer = await ui.post(f"/codec{path}/decode", json=as_json(PLAIN))

    assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")
    assert TOKEN not in answer.text


async def test_a_payload_under_a_lost_key_names_the_key(ui: httpx.AsyncClient) -> None:
    [lost] = await EncryptionCodec(KeyRing.parse(new_key("k0"))).encode([PLAIN])

    answer = await ui.post(f"/codec/{TOKEN}/decode", json=as_json(lost))

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert "needs the key 'k0'" in answer.json()["detail"]


async def test_what_is_no_payload_is_refused(ui: httpx.AsyncClient) -> None:
    for body in (b"{", b'{"payloads": 3}', b"\xff"):
        answer = await ui.post(f"/codec/{TOKEN}/decode", content=body)
        assert (answer.status_code, answer.json()["code"]) == (400, "malformed_request")


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [(UI, UI), ("http://127.0.0.1:8233", "http://127.0.0.1:8233"), ("http://evil.test", None)],
)
async def test_only_the_uis_own_pages_may_read_the_answer(
    ui: httpx.AsyncClient, origin: str, allowed: str | None
) -> None:
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type,x-namespace",
    }
    preflight = await ui.options(f"/codec/{TOKEN}/decode", headers=asked)
    answer = await ui.post(
        f"/codec/{TOKEN}/decode", json=as_json(PLAIN), headers={"Origin": origin}
    )

    assert preflight.status_code == (200 if allowed else 400)
    assert answer.headers.get("Access-Control-Allow-Origin") == allowed


async def test_each_look_is_logged_without_token_or_content(
    ui: httpx.AsyncClient, capsys: pytest.CaptureFixture[str]
) -> None:
    structlog.reset_defaults()
    await ui.post(f"/codec/{TOKEN}/decode", json=as_json(PLAIN, PLAIN))

    logged = capsys.readouterr().out
    assert "decodePayloads" in logged
    assert "payloads" in logged
    assert TOKEN not in logged
    assert "chk_1" not in logged


async def test_without_keys_there_is_no_such_endpoint(http: httpx.AsyncClient) -> None:
    answer = await http.post(f"/codec/{TOKEN}/decode", json=as_json(PLAIN))

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
