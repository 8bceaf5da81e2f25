from datetime import UTC, date, datetime, timedelta

import pytest

from tillsaga.domain.reconcile import BusinessDay

AMSTERDAM = "Europe/Amsterdam"


def day(text: str, timezone: str = AMSTERDAM) -> BusinessDay:
    return BusinessDay(date=date.fromisoformat(text), timezone=timezone)


@pytest.mark.parametrize(
    ("text", "hours"), [("2026-03-28", 24), ("2026-03-29", 23), ("2026-10-25", 25)]
)
def test_a_day_is_as_long_as_the_stores_clocks_make_it(text: str, hours: int) -> None:
    there = day(text)

    begins, ends = there.start.astimezone(UTC), there.end.astimezone(UTC)
    assert ends - begins == timedelta(hours=hours)


def test_the_last_second_is_of_this_day_and_midnight_of_the_next() -> None:
    late = datetime.fromisoformat("2026-06-01T23:59:59+02:00")

    assert day("2026-06-01").has(late)
    assert not day("2026-06-02").has(late)
    assert day("2026-06-02").has(late + timedelta(seconds=1))
    assert not day("2026-06-01").has(late + timedelta(seconds=1))


@pytest.mark.parametrize("timezone", [AMSTERDAM, "America/New_York", "Asia/Kathmandu", "UTC"])
def test_every_moment_of_a_year_is_on_one_day(timezone: str) -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    while at.year == 2026:
        there = BusinessDay.of(at, timezone)
        before = BusinessDay(date=there.date - timedelta(days=1), timezone=timezone)
        assert there.has(at)
        assert not before.has(at)
        assert before.end == there.start
        at += timedelta(hours=7, minutes=13)


def test_nothing_without_a_time_is_on_a_day() -> None:
    assert not day("2026-06-01").has(None)
