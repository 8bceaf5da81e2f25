"""Trying codes is slowed down, whichever way they are tried, and told to those who look."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from api import examples
from api.services import Services
from tests.api.conftest import STORE
from tests.api.fakes import FakeGateway, refusal
from tests.api.test_door import assert_problem
from tests.api.till import Till, basket, order
from tillsaga.domain.model import Json
from tillsaga.domain.reads import LookUpAnswer
from tillsaga.stores import StoresFile

LOOK_UP = {"store_id": "ams-1", "kind": "giftcard", "value": "GC-1"}


@pytest.fixture
def stores(monkeypatch: pytest.MonkeyPatch) -> StoresFile:
    """Two stores where three wrong codes are too many."""
    monkeypatch.setenv("TOKEN", "hunter2")
    strict = STORE["policy"] | {"guesses": {"failures": 3}}
    found = [STORE | {"id": id_, "policy": strict} for id_ in ("ams-1", "rtm-1")]
    return StoresFile.model_validate({"stores": found})


@pytest.fixture(autouse=True)
def _nobody_knows_a_code(temporal: FakeGateway) -> None:
    temporal.found = LookUpAnswer(status=404, refusal=refusal("card_not_found"))
    temporal.refusals["apply_offer"] = refusal("code_unknown")
    temporal.refusals["add_tender"] = refusal("card_not_found")
    temporal.refusals["identify"] = refusal("member_not_found")


async def look_up(till: Till) -> httpx.Response:
    headers = {"Authorization": f"Bearer {till.secret}"}
    return await till.http.post("/v1/lookups", json=LOOK_UP, headers=headers)


WAYS: dict[str, tuple[str, dict[str, Any], str]] = {
    "look-up": ("/v1/lookups", LOOK_UP, "card_not_found"),
    "scan": ("/v1/scans", {"store_id": "ams-1", "value": "GC-1"}, "code_unknown"),
    "scan at a checkout": ("scans", {"value": "GC-1"}, "code_unknown"),
    "offer by code": ("offers", {"code": "GC-1"}, "code_unknown"),
    "tender": ("tenders", {"type": "giftcard", "reference": "GC-1"}, "card_not_found"),
    "identifier": ("identifiers", {"type": "card", "value": "GC-1"}, "member_not_found"),
}


@pytest.mark.parametrize("way", WAYS)
async def test_too_many_wrong_codes_are_refused_before_a_vendor_is_asked(
    till: Till, temporal: FakeGateway, way: str
) -> None:
    path, body, code = WAYS[way]
    address = await till.opened()
    path = path if path.startswith("/") else f"{address}/{path}"
    for _ in range(3):
        assert (await till.post(path, body)).json()["code"] == code
    asked = (len(temporal.letters), len(temporal.questions), len(temporal.scans))

    answer = await till.post(path, body)

    assert_problem(answer, 429, "too_many_guesses")
    assert 55 <= int(answer.headers["Retry-After"]) <= 60
    assert answer.json()["retryable"] is True
    assert (len(temporal.letters), len(temporal.questions), len(temporal.scans)) == asked


async def test_all_ways_are_counted_together(till: Till) -> None:
    address = await till.opened()
    await look_up(till)
    await till.post(f"{address}/offers", {"code": "X"})
    await till.post("/v1/scans", {"store_id": "ams-1", "value": "X"})
    assert_problem(await look_up(till), 429, "too_many_guesses")


async def test_codes_that_a_checkout_is_opened_with_are_counted(
    till: Till, temporal: FakeGateway
) -> None:
    refused: Json = {"code": "code_unknown", "detail": "no"}
    offers: Any = examples.CHECKOUT["offers"]
    shown: Json = {**offers[0], "status": "refused", "refusal": refused}

    def refuse(letter: Any) -> None:
        checkout_id = letter.checkout_id
        if checkout_id in temporal.views:
            temporal.views[checkout_id]["offers"] = [shown, shown, shown]

    await till.open("basket-0001")
    temporal.on_update = refuse
    body = order(basket=basket("basket-0001"), codes=["A", "B", "C"])
    assert (await till.post("/v1/checkouts", body)).status_code == 200
    again = order(basket=basket("basket-0001"), codes=["D"])
    assert_problem(await till.post("/v1/checkouts", again), 429, "too_many_guesses")


async def test_a_sale_goes_on_while_codes_are_refused(till: Till) -> None:
    address = await till.opened()
    for _ in range(3):
        await look_up(till)
    assert (await till.post(f"{address}/ready", {})).status_code == 200
    paid = {"status": "captured", "type": "cash", "amount": 150, "reference": "c-1"}
    assert (await till.post(f"{address}/payments", paid)).status_code == 200
    assert (await till.open("basket-0002")).status_code == 201


async def test_a_refused_code_does_not_use_its_idempotency_key_up(
    till: Till, services: Services
) -> None:
    address = await till.opened()
    for _ in range(3):
        await look_up(till)
    tender = {"type": "giftcard", "reference": "GC-1"}
    assert_problem(
        await till.post(f"{address}/tenders", tender, key="one"), 429, "too_many_guesses"
    )
    [caller] = [one.caller for one in await services.guesses.list_all()]
    assert await services.guesses.lift("ams-1", caller)
    assert_problem(await till.post(f"{address}/tenders", tender, key="one"), 404, "card_not_found")


async def test_another_key_and_another_store_are_not_slowed_down(
    till: Till, other_till: Till, support: Till
) -> None:
    for _ in range(4):
        await look_up(till)
    assert_problem(await look_up(support), 404, "card_not_found")
    foreign = {**LOOK_UP, "store_id": "rtm-1"}
    assert_problem(await other_till.post("/v1/lookups", foreign), 404, "card_not_found")


async def test_the_next_key_of_a_caller_has_no_guesses_of_its_own(
    till: Till, services: Services
) -> None:
    [mine] = [k for k in await services.api_keys.list_all() if till.secret.startswith(k.prefix)]
    for _ in range(3):
        await look_up(till)
    _, till.secret = await services.api_keys.rotate(mine.id, timedelta(hours=1))
    assert_problem(await look_up(till), 429, "too_many_guesses")


async def test_a_code_that_is_known_costs_nothing(till: Till, temporal: FakeGateway) -> None:
    temporal.found = LookUpAnswer(body=examples.LOOKED_UP)
    for _ in range(10):
        assert (await look_up(till)).status_code == 200
    temporal.found = LookUpAnswer(status=503, refusal=refusal("vendor_unavailable"))
    for _ in range(10):
        assert_problem(await look_up(till), 503, "vendor_unavailable")


async def test_a_strike_is_logged_counted_and_shown_to_support_without_the_code(
    till: Till, support: Till, services: Services, secrets: SimpleNamespace
) -> None:
    with capture_logs() as logs:
        for _ in range(4):
            await look_up(till)
    [warning] = [line for line in logs if line["event"] == "guessing_slowed_down"]
    assert (warning["store_id"], warning["strikes"], warning["log_level"]) == (
        "ams-1",
        1,
        "warning",
    )
    assert "GC-1" not in repr(logs)
    [shown] = (await support.get("/v1/guesses?store_id=ams-1")).json()["data"]
    assert (shown["caller"], shown["strikes"], shown["pauses"]) == (warning["api_key"], 1, True)
    metrics = services.metrics.exposition().decode()
    assert 'tillsaga_guesses_total{outcome="wrong"} 3.0' in metrics
    assert 'tillsaga_guesses_total{outcome="strike"} 1.0' in metrics
    assert 'tillsaga_guesses_total{outcome="refused"} 1.0' in metrics
    till.secret = secrets.pos
    assert_problem(await till.get("/v1/guesses"), 403, "forbidden")
