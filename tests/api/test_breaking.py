"""Breaking it yourself: only where vendors are the sandbox, and killing only in `dev`."""

import asyncio
import re
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest

from api.app import create_app
from api.pages import breaking
from api.pages.sandboxes import sandbox_of
from api.services import Services
from tests.api.conftest import STORE
from tillsaga.dev import control as dev_control
from tillsaga.stores import StoresFile


@pytest.fixture
def control(tmp_path: Path, services: Services) -> Path:
    services.dev_control = tmp_path / "control"
    return services.dev_control


async def signed_in(http: httpx.AsyncClient, key: str) -> dict[str, str]:
    """Begin a session; answers the header that its forms carry."""
    await http.post("/sign-in", data={"key": key})
    page = await http.get("/pos/chk_0000000000000000/saga/page")
    found = re.search(r'name="csrf" value="([^"]+)"', page.text)
    assert found is not None
    return {"X-CSRF-Token": found[1]}


async def test_no_route_kills_anything_outside_of_dev(
    http: httpx.AsyncClient, services: Services, secrets: SimpleNamespace
) -> None:
    ours = await signed_in(http, secrets.pos)

    answer = await http.post("/pos/breaking/kill/worker", headers=ours)

    assert services.dev_control is None
    assert answer.status_code == 404


async def test_only_an_admin_has_a_process_killed(
    services: Services, secrets: SimpleNamespace, control: Path
) -> None:
    heard: list[str] = []

    async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append((await reader.read(64)).decode())
        writer.write(b"killed")
        writer.close()

    server = await asyncio.start_unix_server(hear, str(control))
    admin = (await services.api_keys.create("op", ["pos", "admin"], ["ams-1"]))[1]
    answers = []
    for key in (secrets.pos, admin):
        transport = httpx.ASGITransport(create_app(services))
        async with httpx.AsyncClient(transport=transport, base_url="http://till") as http:
            ours = await signed_in(http, key)
            answers.append(await http.post("/pos/breaking/kill/worker", headers=ours))
            answers.append(await http.post("/pos/breaking/kill/api", headers=ours))
            answers.append(await http.post("/pos/breaking/kill/worker"))
    server.close()

    assert [answer.status_code for answer in answers] == [403, 403, 403, 200, 404, 403]
    assert "Killed" in answers[3].text
    assert heard == ["worker"]


async def test_a_supervisor_that_does_not_answer_is_told_so(
    services: Services, control: Path
) -> None:
    admin = (await services.api_keys.create("op", ["pos", "admin"], ["ams-1"]))[1]
    transport = httpx.ASGITransport(create_app(services))
    async with httpx.AsyncClient(transport=transport, base_url="http://till") as http:
        ours = await signed_in(http, admin)
        answer = await http.post("/pos/breaking/kill/temporal", headers=ours)

    assert answer.status_code == 503
    assert "try again" in answer.text


async def test_a_drawer_whose_sandbox_is_away_says_so(
    http: httpx.AsyncClient, secrets: SimpleNamespace
) -> None:
    await http.post("/sign-in", data={"key": secrets.pos})

    answer = await http.get("/pos/breaking/drawer", headers={"HX-Request": "true"})

    assert answer.status_code == 503
    assert "the vendor sandbox does not answer" in answer.text


@pytest.mark.parametrize(
    ("base_url", "is_sandbox"),
    [
        ("http://127.0.0.1:8600/leat", True),
        ("http://localhost:8600/leat", True),
        ("http://[::1]:8600/leat/", True),
        ("http://127.0.0.1:8600/proxy", False),
        ("https://api.leat.com/leat", False),
        ("https://127.0.0.1.evil.example/leat", False),
    ],
)
def test_only_vendors_on_this_machine_are_taken_for_the_sandbox(
    monkeypatch: pytest.MonkeyPatch, base_url: str, is_sandbox: bool
) -> None:
    monkeypatch.setenv("TOKEN", "hunter2")
    provider = {**STORE["providers"][0], "base_url": base_url}
    local = {**STORE, "id": "a"}
    stores = StoresFile.model_validate(
        {"stores": [{**STORE, "id": "b", "providers": [provider]}, local]}
    ).stores

    assert (sandbox_of(stores[:1]) is not None) is is_sandbox
    assert sandbox_of(stores) is None, "two of them are not one sandbox"


def test_the_buttons_are_for_what_the_supervisor_kills() -> None:
    assert set(breaking.KILLABLE) == set(dev_control.KILLABLE)
