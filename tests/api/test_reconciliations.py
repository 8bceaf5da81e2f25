from datetime import date
from types import SimpleNamespace

import httpx

from api import examples
from api.schemas import Reconciliations
from tillsaga.records.database import Database
from tillsaga.records.reconciliations import SqlReconciliationBook

ADDRESS = "/v1/reconciliations"
ASKED = {"store_id": "ams-1", "date": "2026-03-01"}


def key(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


async def test_an_auditor_reads_what_was_kept_of_a_day(
    http: httpx.AsyncClient, secrets: SimpleNamespace, database: Database
) -> None:
    (kept,) = Reconciliations.model_validate(examples.RECONCILIATIONS).data
    assert kept.day == date(2026, 3, 1)
    await SqlReconciliationBook(database).save(kept)

    answer = await http.get(ADDRESS, params=ASKED, headers=key(secrets.audit))
    other = await http.get(
        ADDRESS, params=ASKED | {"date": "2026-03-02"}, headers=key(secrets.audit)
    )

    assert (answer.status_code, answer.json()) == (200, examples.RECONCILIATIONS)
    assert other.json() == {"data": [], "next_cursor": None}


async def test_tills_and_other_stores_auditors_do_not(
    http: httpx.AsyncClient, secrets: SimpleNamespace
) -> None:
    till = await http.get(ADDRESS, params=ASKED, headers=key(secrets.pos))
    elsewhere = ASKED | {"store_id": "rtm-1"}
    foreign = await http.get(ADDRESS, params=elsewhere, headers=key(secrets.audit))
    wrong = await http.get(ADDRESS, params=ASKED | {"date": "0"}, headers=key(secrets.audit))

    assert (till.status_code, till.json()["code"]) == (403, "forbidden")
    assert (foreign.status_code, foreign.json()["code"]) == (404, "store_not_found")
    assert (wrong.status_code, wrong.json()["code"]) == (422, "invalid_request")
