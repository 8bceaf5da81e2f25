"""Deliveries as rows: one per event and endpoint, by version, on both databases."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.records.samples import NOON, StillClock
from tillsaga.domain.model import Json
from tillsaga.domain.webhooks import Answer, Endpoint, Event, EventType, Mailbox, delivery_id
from tillsaga.records.database import Database
from tillsaga.records.webhooks import SqlDeliveryBook

HERE = Endpoint(id="whe_here", url="https://here.example/hooks", config="c1")
THERE = Endpoint(id="whe_there", url="https://there.example/hooks", config="c2")
GOOD, BAD = Answer(status=204), Answer(status=503)


@pytest.fixture
def book(database: Database, clock: StillClock) -> SqlDeliveryBook:
    return SqlDeliveryBook(database, clock)


def event(version: int = 4, type_: EventType = "checkout.completed", subject: str = "") -> Event:
    data: Json = {"id": "chk_1", "status": "completed", "version": version}
    return Event(
        type=type_,
        subject=subject,
        store_id="ams-1",
        checkout_id="chk_1",
        version=version,
        at=NOON,
        data=data,
    )


def mailbox(endpoint: Endpoint = HERE) -> Mailbox:
    return Mailbox(endpoint_id=endpoint.id, checkout_id="chk_1")


async def next_version(book: SqlDeliveryBook) -> int | None:
    found = await book.next(mailbox())
    return found.version if found is not None else None


async def test_an_event_told_again_is_the_one_that_is_there(book: SqlDeliveryBook) -> None:
    assert await book.note(event(4), [HERE, THERE]) == [mailbox(HERE), mailbox(THERE)]
    await book.delivered(delivery_id(HERE.id, event()), GOOD, HERE)

    assert await book.note(event(9), [HERE, THERE]) == [mailbox(THERE)]
    page = await book.page(["ams-1"])
    assert [(d.version, d.payload["type"]) for d in page.deliveries] == [
        (4, "checkout.completed")
    ] * 2


async def test_runs_that_tell_at_once_write_one_row(
    open_more: Callable[[], Database], clock: StillClock
) -> None:
    books = [SqlDeliveryBook(open_more(), clock) for _ in range(4)]

    await asyncio.gather(*(each.note(event(), [HERE]) for each in books))

    assert len((await books[0].page(["ams-1"])).deliveries) == 1


async def test_the_earliest_version_goes_first_and_each_endpoint_has_its_own(
    book: SqlDeliveryBook,
) -> None:
    await book.note(event(7), [HERE])
    await book.note(event(5, "checkout.offers_appended", "a"), [HERE, THERE])
    await book.note(event(7, "checkout.attention_required", "att_1"), [HERE])

    order = []
    while (found := await book.next(mailbox())) is not None:
        order.append((found.version, found.type))
        await book.delivered(found.id, GOOD, HERE)

    assert order == [
        (5, "checkout.offers_appended"),
        (7, "checkout.completed"),
        (7, "checkout.attention_required"),
    ]
    assert await book.waiting() == [mailbox(THERE)]


async def test_attempts_are_counted_over_redeliveries(
    book: SqlDeliveryBook, clock: StillClock
) -> None:
    own = delivery_id(HERE.id, event())
    await book.note(event(), [HERE])
    await book.attempted(own, BAD)
    await book.give_up(own, "gave_up", "HTTP 503")
    assert await next_version(book) is None
    await book.redeliver(own)
    assert await next_version(book) == 4
    await book.delivered(own, GOOD, HERE)
    await book.give_up(own, "gave_up", "too late: it is delivered")

    found = await book.find(own)
    assert found is not None
    assert (found.status, found.attempts, found.response_status) == ("delivered", 2, 204)
    assert (found.failure, found.note, found.by_hand) == (None, None, True)


async def test_an_endpoint_is_disabled_as_it_is_configured_until_it_takes_something(
    book: SqlDeliveryBook,
) -> None:
    own = delivery_id(HERE.id, event())
    await book.note(event(), [HERE])
    await book.gone(own, Answer(status=410), HERE)
    assert await book.is_disabled(HERE, "ams-1")
    assert not await book.is_disabled(HERE, "rtm-1")
    assert not await book.is_disabled(HERE.model_copy(update={"config": "c3"}), "ams-1")

    await book.redeliver(own)
    await book.delivered(own, GOOD, HERE)
    assert not await book.is_disabled(HERE, "ams-1")


async def test_what_waits_is_counted_and_what_has_ended_is_forgotten_in_time(
    book: SqlDeliveryBook, clock: StillClock
) -> None:
    await book.note(event(), [HERE, THERE])
    await book.delivered(delivery_id(HERE.id, event()), GOOD, HERE)

    [backlog] = await book.backlog()
    assert (backlog.store_id, backlog.pending, backlog.oldest) == ("ams-1", 1, clock())
    await book.forget(clock())
    assert len((await book.page(["ams-1"])).deliveries) == 2
    await book.forget(clock() + timedelta(seconds=1))
    [kept] = (await book.page(["ams-1"])).deliveries
    assert (kept.endpoint_id, kept.status) == (THERE.id, "pending")
