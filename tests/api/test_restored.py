"""Restored records: tills wait until the vendors' books were read, and are told what to do."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from http import HTTPStatus

import httpx
import pytest

from api.restored import Restored
from api.services import Services
from tests.api.till import Till
from tillsaga.records.database import utc_now
from tillsaga.records.restorations import SqlRestorations

KNOWN = "/v1/checkouts/chk_1111111111111111"
UNKNOWN = "/v1/checkouts/chk_0000000000000000"
AN_HOUR = timedelta(hours=1)


@pytest.fixture
def book(services: Services) -> SqlRestorations:
    return SqlRestorations(services.database)


CHANGES: dict[str, Callable[[Till], Awaitable[httpx.Response]]] = {
    "opening": lambda till: till.open(),
    "a message": lambda till: till.post(f"{KNOWN}/cancel", {"reason": "r"}),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
async def test_nothing_changes_before_the_vendors_books_were_read(
    till: Till,
    book: SqlRestorations,
    services: Services,
    change: Callable[[Till], Awaitable[httpx.Response]],
) -> None:
    known = KNOWN.rpartition("/")[2]
    await services.checkouts.open_bill("ams-1", "basket-1", "f", "till-1", lambda _: known)
    await book.mark(utc_now() - AN_HOUR)

    answer = await change(till)

    assert answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    said = answer.json()
    assert (said["code"], said["retryable"]) == ("restored_not_reconciled", True)
    assert "send the same request again" in said["detail"]
    assert answer.headers["Retry-After"] == "5"


async def test_the_same_request_is_served_when_they_were(
    till: Till, http: httpx.AsyncClient, book: SqlRestorations
) -> None:
    await book.mark(utc_now() - AN_HOUR)
    waiting = await till.open(key="k-1")
    not_ready = await http.get("/readyz")
    await book.reconciled()

    assert (waiting.status_code, not_ready.status_code) == (503, 503)
    assert not_ready.json()["code"] == "restored_not_reconciled"
    assert not_ready.json()["checks"] == {"temporal": "ok", "records": "restored"}
    assert (await http.get("/readyz")).status_code == HTTPStatus.OK
    assert (await till.open(key="k-1")).status_code == HTTPStatus.CREATED


async def test_a_checkout_of_the_lost_time_is_to_be_opened_again(
    till: Till, other_till: Till, book: SqlRestorations
) -> None:
    await book.mark(utc_now() - AN_HOUR)
    await book.reconciled()
    there = await till.opened()

    lost = await till.get(UNKNOWN)
    foreign = await other_till.get(there)

    assert lost.status_code == HTTPStatus.NOT_FOUND
    assert lost.json()["code"] == "checkout_not_restored"
    assert "open it again with the same basket.id" in lost.json()["detail"]
    assert foreign.json()["code"] == "checkout_not_restored"
    assert (await till.get(there)).status_code == HTTPStatus.OK


async def test_a_day_after_a_restore_what_is_unknown_was_never_there(
    till: Till, services: Services
) -> None:
    book = SqlRestorations(services.database, lambda: utc_now() - 25 * AN_HOUR)
    await book.mark(utc_now() - 30 * AN_HOUR)
    await book.reconciled()

    assert (await till.get(UNKNOWN)).json()["code"] == "checkout_not_found"


async def test_without_a_restore_the_door_looks_once(
    services: Services, book: SqlRestorations
) -> None:
    door = Restored(book)
    assert await door.is_reconciled()
    await services.database.close()
    await door.insist()
