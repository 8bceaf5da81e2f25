"""What is posted, and when it is posted again."""

from datetime import UTC, datetime, timedelta

from tillsaga.domain.webhooks import (
    FOR_FIVE_DAYS,
    LARGEST_BODY,
    LONGEST_WISH,
    WAITS,
    Event,
    body_of,
    delivery_id,
    payload_of,
    wait_after,
)

EVENT = Event(
    type="checkout.completed",
    store_id="ams-1",
    checkout_id="chk_1",
    version=7,
    at=datetime(2026, 3, 1, 10, 0, 4, tzinfo=UTC),
    data={"id": "chk_1", "status": "completed", "version": 7, "effects": []},
)


def test_a_delivery_has_one_id_whoever_tells_it_and_when() -> None:
    later = EVENT.model_copy(update={"version": 9, "at": EVENT.at + timedelta(hours=1), "data": {}})

    assert delivery_id("whe_1", EVENT) == delivery_id("whe_1", later)
    assert delivery_id("whe_2", EVENT) != delivery_id("whe_1", EVENT)
    other = EVENT.model_copy(update={"type": "checkout.expired"})
    assert delivery_id("whe_1", other) != delivery_id("whe_1", EVENT)


def test_what_is_posted_is_the_checkout_as_the_api_shows_it() -> None:
    assert payload_of(EVENT) == {
        "type": "checkout.completed",
        "timestamp": "2026-03-01T10:00:04.000Z",
        "data": {**EVENT.data, "links": {"self": "/v1/checkouts/chk_1"}},
    }


def test_what_would_be_too_large_says_where_to_read_it() -> None:
    large = EVENT.model_copy(update={"data": {**EVENT.data, "effects": ["é" * LARGEST_BODY]}})

    assert payload_of(large)["data"] == {
        "id": "chk_1",
        "checkout_id": "chk_1",
        "status": "completed",
        "version": 7,
        "links": {"self": "/v1/checkouts/chk_1"},
    }
    assert len(body_of(payload_of(large))) < LARGEST_BODY


def test_it_is_tried_for_five_days() -> None:
    assert sum(WAITS, timedelta(0)) > timedelta(days=4.9)
    assert FOR_FIVE_DAYS.maximum_attempts == len(WAITS) + 1 == 12
    for attempt, wait in enumerate(WAITS, start=1):
        assert wait <= wait_after(attempt) <= wait * 1.1


def test_a_wish_is_honoured_up_to_a_day_and_never_shortens_a_wait() -> None:
    assert wait_after(1, timedelta(hours=3)) == timedelta(hours=3)
    assert wait_after(1, timedelta(days=400)) == LONGEST_WISH
    assert wait_after(4, timedelta(seconds=1)) >= WAITS[3]
