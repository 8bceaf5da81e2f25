"""The audit's pages at the door: who may see them, what they find, and what leaves through them."""

import io
import json
import re
import zipfile
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import structlog
from sqlalchemy import text

from api import examples
from api.services import Services
from tests.api.till import Till, basket, order
from tests.records.samples import done
from tillsaga.domain.effects import EffectOrder
from tillsaga.domain.ports import EffectRecord
from tillsaga.records.database import Database


class Visit:
    """A browser without scripts, signed in with a key."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http

    async def sign_in(self, secret: str) -> "Visit":
        self.http.cookies.clear()
        answer = await self.http.post("/sign-in", data={"key": secret})
        assert answer.status_code == 303, answer.text
        return self

    async def get(self, path: str) -> httpx.Response:
        return await self.http.get(path)

    async def send(self, path: str, page: httpx.Response) -> httpx.Response:
        """Send a form of a page."""
        [token, *_] = re.findall(r'name="csrf" value="([^"]+)"', page.text)
        return await self.http.post(path, data={"csrf": token})


@pytest.fixture
def visit(http: httpx.AsyncClient) -> Visit:
    return Visit(http)


@pytest.fixture
async def checkout_id(till: Till) -> str:
    return (await till.opened()).rpartition("/")[2]


async def charged(services: Services, checkout_id: str) -> EffectRecord:
    """Let a gift card have been charged for it."""
    charge = EffectOrder(
        checkout_id=checkout_id,
        store_id="ams-1",
        provider="leat",
        kind="leat",
        operation="charge_giftcard",
        subject="gc-1",
        amount=2_00,
    )
    await services.effects.begin(charge)
    await services.effects.applied(charge.key, done("gt-88"))
    record = await services.effects.read(charge.key)
    assert record is not None
    return record


# --- who may --------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["audit", "support"])
async def test_auditors_and_support_see_the_pages(
    visit: Visit, secrets: SimpleNamespace, checkout_id: str, role: str
) -> None:
    await visit.sign_in(getattr(secrets, role))

    found, shown = await visit.get("/audit"), await visit.get(f"/audit/{checkout_id}")

    assert (found.status_code, shown.status_code) == (200, 200)
    assert checkout_id in found.text
    assert f'<span class="mono">{checkout_id}</span>' in shown.text
    assert "Chain unchanged" in shown.text


@pytest.mark.parametrize("role", ["pos", "admin"])
async def test_a_till_and_an_operator_do_not(
    visit: Visit, secrets: SimpleNamespace, checkout_id: str, role: str
) -> None:
    await visit.sign_in(getattr(secrets, role))

    for path in ("/audit", f"/audit/{checkout_id}"):
        answer = await visit.get(path)
        assert answer.status_code == 403
        assert "audit or support" in answer.text
        assert "Chain unchanged" not in answer.text


async def test_nobody_else_sees_anything(visit: Visit, checkout_id: str) -> None:
    visit.http.cookies.clear()

    page = await visit.get(f"/audit/{checkout_id}")
    sent = await visit.http.post(f"/audit/{checkout_id}/evidence", data={})

    assert page.headers["location"] == f"/sign-in?next=/audit/{checkout_id}"
    assert sent.headers["location"].startswith("/sign-in")


async def test_a_foreign_stores_checkout_is_as_unknown_as_one_that_is_not_there(
    visit: Visit, secrets: SimpleNamespace, other_till: Till
) -> None:
    said = {**examples.OPEN, "store_id": "rtm-1", "identifiers": []}
    foreign = (await other_till.post("/v1/checkouts", said)).json()["id"]
    await visit.sign_in(secrets.audit)

    answers = [await visit.get(f"/audit/{each}") for each in (foreign, "chk_" + "0" * 16)]
    page = await visit.get("/audit")
    exported = await visit.send(f"/audit/{foreign}/evidence", page)
    searched = await visit.get(f"/audit?id={foreign}")
    store = await visit.get("/audit?store=rtm-1")

    assert [answer.status_code for answer in (*answers, exported, searched, store)] == [404] * 5
    assert answers[0].text.replace(foreign, "") == answers[1].text.replace("chk_" + "0" * 16, "")
    assert foreign not in page.text
    assert "There is no such checkout" in searched.text


# --- finding --------------------------------------------------------------------------------------


async def test_an_id_leads_to_its_checkout_and_a_wrong_one_says_what_to_do(
    visit: Visit, secrets: SimpleNamespace, checkout_id: str
) -> None:
    await visit.sign_in(secrets.audit)

    found = await visit.get(f"/audit?id=%20{checkout_id}%20")
    wrong = await visit.get("/audit?id=%3Cb%3E")

    assert (found.status_code, found.headers["location"]) == (303, f"/audit/{checkout_id}")
    assert wrong.status_code == 404
    assert "Copy it as a whole" in wrong.text
    assert "&lt;b&gt;" in wrong.text


@pytest.mark.parametrize(
    ("query", "finds"),
    [
        ("", True),
        ("store=ams-1", True),
        ("status=open", True),
        ("status=completed", False),
        ("attention=true", False),
        ("provider=leat", True),
        ("provider=wll", False),
        ("day=2001-01-01", False),
        ("store=ams-1&status=open&provider=leat", True),
    ],
)
async def test_filters_stand_in_the_address(
    visit: Visit, secrets: SimpleNamespace, checkout_id: str, query: str, finds: bool
) -> None:
    await visit.sign_in(secrets.audit)

    page = await visit.get(f"/audit?{query}")

    assert page.status_code == 200
    assert (checkout_id in page.text) is finds
    assert finds or "None. Widen the filters" in page.text


@pytest.mark.parametrize("query", ["status=mad", "day=yesterday", "day=9999-12-31", "cursor=x"])
async def test_a_filter_that_is_none_is_refused(
    visit: Visit, secrets: SimpleNamespace, query: str
) -> None:
    await visit.sign_in(secrets.audit)

    page = await visit.get(f"/audit?{query}")

    assert page.status_code == 422
    assert "invalid_request" in page.text


async def test_the_same_is_asked_of_temporal(visit: Visit, secrets: SimpleNamespace) -> None:
    await visit.sign_in(secrets.audit)
    filters = "store=ams-1&status=open&provider=o%27leat&attention=true&day=2026-03-29"

    page = await visit.get(f"/audit?{filters}")

    [address] = re.findall(r'href="([^"]+)" rel="noreferrer"', page.text)
    [query] = parse_qs(urlsplit(address.replace("&amp;", "&")).query)["query"]
    assert query == (
        "WorkflowType = 'Checkout' AND TillsagaStore = 'ams-1' AND TillsagaStatus = 'open' "
        "AND TillsagaProviders = 'o''leat' AND TillsagaAttention = true "
        # The clock goes forward in Amsterdam on this day.
        "AND StartTime >= '2026-03-28T23:00:00Z' AND StartTime < '2026-03-29T22:00:00Z'"
    )


async def test_older_ones_are_a_page_further(
    visit: Visit, secrets: SimpleNamespace, till: Till
) -> None:
    opened = [
        (await till.post("/v1/checkouts", order(basket=basket(f"basket-{n:04}")))).json()["id"]
        for n in range(30)
    ]
    await visit.sign_in(secrets.audit)

    first = await visit.get("/audit?status=open")
    [older] = re.findall(r'rel="next" href="([^"]+)"', first.text)
    second = await visit.get(older.replace("&amp;", "&"))

    shown = [re.findall(r'href="/audit/(chk_\w+)"', page.text) for page in (first, second)]
    assert [len(each) for each in shown] == [25, 5]
    assert sorted(shown[0] + shown[1]) == sorted(opened)
    assert "status=open" in older


# --- one checkout ---------------------------------------------------------------------------------


async def test_the_whole_page_is_there_at_once(
    visit: Visit, secrets: SimpleNamespace, services: Services, checkout_id: str
) -> None:
    await charged(services, checkout_id)
    await visit.sign_in(secrets.support)

    page = await visit.get(f"/audit/{checkout_id}")

    assert re.findall(r'<tr id="effect-(\d+)">', page.text) == ["1"]
    assert 'class="bar held"' in page.text
    assert "gt-88" in page.text
    assert "chain and effect records agree" in page.text.lower()
    assert 'class="broken"' not in page.text
    assert "sequenceDiagram" in page.text
    assert "keys create" not in page.text
    assert not re.search(r"<script|\son\w+=|style=", page.text)


async def test_a_changed_entry_is_named_and_nothing_is_added(
    visit: Visit,
    secrets: SimpleNamespace,
    services: Services,
    database: Database,
    checkout_id: str,
) -> None:
    await charged(services, checkout_id)
    async with database.write() as session:
        words = "UPDATE audit_entries SET facts = '{}' WHERE number = 3"
        await session.execute(text(words))
    await visit.sign_in(secrets.audit)
    before = await services.audit.trail(checkout_id)

    page = await visit.get(f"/audit/{checkout_id}")
    with structlog.testing.capture_logs() as logged:
        bundle = await visit.send(f"/audit/{checkout_id}/evidence", page)

    assert "This audit was changed after it was written" in page.text
    assert '<a href="#entry-3">Entry 3</a>: changed' in page.text
    about = json.loads(files_of(bundle)["about.json"])
    assert (about["unchanged"], about["export_noted"]) == (False, False)
    assert await services.audit.trail(checkout_id) == before
    [said] = [line for line in logged if line["event"] == "export_not_noted"]
    assert (said["checkout_id"], said["what"]) == (checkout_id, "evidence bundle")


async def test_a_record_that_was_changed_is_named(
    visit: Visit,
    secrets: SimpleNamespace,
    services: Services,
    database: Database,
    checkout_id: str,
) -> None:
    await charged(services, checkout_id)
    async with database.write() as session:
        await session.execute(text("UPDATE effects SET do_state = 'refused'"))
    await visit.sign_in(secrets.audit)

    page = await visit.get(f"/audit/{checkout_id}")

    assert "the chain tells otherwise than the record of effect 1" in page.text
    assert "Something that must hold does not" in page.text


async def test_it_is_shown_while_temporal_is_away(
    visit: Visit, secrets: SimpleNamespace, temporal: Any, checkout_id: str
) -> None:
    await visit.sign_in(secrets.audit)
    temporal.is_down = True

    page = await visit.get(f"/audit/{checkout_id}")

    assert page.status_code == 200
    assert "Chain unchanged" in page.text


# --- exports --------------------------------------------------------------------------------------


def files_of(answer: httpx.Response) -> dict[str, bytes]:
    assert answer.status_code == 200, answer.text
    with zipfile.ZipFile(io.BytesIO(answer.content)) as bundle:
        return {name: bundle.read(name) for name in bundle.namelist()}


async def test_each_export_is_noted_before_it_leaves(
    visit: Visit, secrets: SimpleNamespace, services: Services, checkout_id: str
) -> None:
    await charged(services, checkout_id)
    await visit.sign_in(secrets.audit)
    page = await visit.get(f"/audit/{checkout_id}")

    bundle = await visit.send(f"/audit/{checkout_id}/evidence", page)
    timeline = await visit.send(f"/audit/{checkout_id}/timeline", page)
    ledger = await visit.send(f"/audit/{checkout_id}/ledger/leat", page)

    trail = await services.audit.trail(checkout_id)
    exported = [entry for entry in trail.entries if entry.kind == "exported"]
    assert [entry.facts["what"] for entry in exported] == [
        "evidence bundle",
        "timeline",
        "ledger of leat",
    ]
    assert all(entry.actor.startswith("key key_") for entry in exported)
    assert trail.verified() == []
    files = files_of(bundle)
    assert json.loads(files["timeline.json"])["entries"][-1]["kind"] == "exported"
    assert json.loads(files["about.json"])["export_noted"] is True
    assert timeline.json()["entries"][-1]["facts"] == {"what": "timeline"}
    assert ledger.text.splitlines()[1].startswith("1,charge_giftcard:leat:gc-1#1,charge_giftcard")
    for answer in (bundle, timeline, ledger):
        assert answer.headers["content-disposition"].startswith("attachment; filename=")
        assert answer.headers["cache-control"] == "no-store"
    again = await visit.get(f"/audit/{checkout_id}")
    assert "ledger of leat exported" in again.text


async def test_support_takes_nothing_along(
    visit: Visit, secrets: SimpleNamespace, services: Services, checkout_id: str
) -> None:
    await visit.sign_in(secrets.support)
    page = await visit.get(f"/audit/{checkout_id}")

    answers = [
        await visit.send(f"/audit/{checkout_id}/{what}", page)
        for what in ("evidence", "timeline", "ledger/leat")
    ]

    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert "sign in with a key of the scope audit" in page.text
    assert "exported" not in {e.kind for e in (await services.audit.trail(checkout_id)).entries}


async def test_another_sites_form_exports_nothing(
    visit: Visit, secrets: SimpleNamespace, services: Services, checkout_id: str
) -> None:
    await visit.sign_in(secrets.audit)
    path = f"/audit/{checkout_id}/evidence"

    bare = await visit.http.post(path, data={})
    guessed = await visit.http.post(path, data={"csrf": "x" * 43})
    asked = await visit.http.get(path)

    assert [bare.status_code, guessed.status_code, asked.status_code] == [403, 403, 405]
    assert "exported" not in {e.kind for e in (await services.audit.trail(checkout_id)).entries}


async def test_a_vendor_that_had_no_part_has_no_ledger(
    visit: Visit, secrets: SimpleNamespace, services: Services, checkout_id: str
) -> None:
    await visit.sign_in(secrets.audit)
    page = await visit.get(f"/audit/{checkout_id}")

    answer = await visit.send(f"/audit/{checkout_id}/ledger/nobody", page)

    assert answer.status_code == 404
    assert "exported" not in {e.kind for e in (await services.audit.trail(checkout_id)).entries}
