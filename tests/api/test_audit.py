"""The audit at the door: for auditors of the store alone, page by page."""

from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from api import examples
from api.schemas import AuditPage
from tests.api.till import Till
from tillsaga.records.database import Database


@pytest.fixture
def auditor(http: httpx.AsyncClient, secrets: SimpleNamespace, till: Till) -> Till:
    return Till(http, secrets.audit, till.numbers)


async def audit(auditor: Till, address: str, query: str = "") -> Any:
    answer = await auditor.get(f"{address}/audit{query}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_the_example_is_what_is_answered() -> None:
    assert AuditPage.model_validate(examples.AUDIT).model_dump() == examples.AUDIT


async def test_an_auditor_reads_entries_page_by_page(till: Till, auditor: Till) -> None:
    address = await till.opened()
    await till.post(f"{address}/cancel", {"reason": "left"})

    whole = await audit(auditor, address)
    first = await audit(auditor, address, "?limit=2")
    rest = await audit(auditor, address, f"?after={first['next_after']}")

    assert [entry["kind"] for entry in whole["entries"]] == ["asked", "opened", "asked"]
    assert whole["entries"][0]["actor"].startswith("key key_")
    assert (whole["verified"], whole["findings"], whole["next_after"]) == (True, [], None)
    assert whole["head"] == whole["entries"][-1]["hash"]
    assert first["entries"] + rest["entries"] == whole["entries"]
    AuditPage.model_validate(whole)


async def test_a_changed_entry_is_named(till: Till, auditor: Till, database: Database) -> None:
    address = await till.opened()
    async with database.write() as session:
        await session.execute(text("UPDATE audit_entries SET actor = 'me' WHERE number = 2"))

    seen = await audit(auditor, address)

    assert seen["verified"] is False
    assert [(each["number"], each["wrong"]) for each in seen["findings"]] == [(2, "changed")]


async def test_others_do_not_read_it(
    till: Till, other_till: Till, auditor: Till, http: httpx.AsyncClient, secrets: SimpleNamespace
) -> None:
    address = await till.opened()
    opened_elsewhere = await other_till.post(
        "/v1/checkouts", {**examples.OPEN, "store_id": "rtm-1", "identifiers": []}
    )

    by_till = await till.get(f"{address}/audit")
    by_operator = await Till(http, secrets.admin, till.numbers).get(f"{address}/audit")
    foreign = await auditor.get(f"{opened_elsewhere.headers['Location']}/audit")
    wrong = await auditor.get(f"{address}/audit?limit=0")

    assert (by_till.status_code, by_till.json()["code"]) == (403, "forbidden")
    assert (by_operator.status_code, by_operator.json()["code"]) == (403, "forbidden")
    assert (foreign.status_code, foreign.json()["code"]) == (404, "checkout_not_found")
    assert (wrong.status_code, wrong.json()["code"]) == (422, "invalid_request")
