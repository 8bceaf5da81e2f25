"""Clocks that differ, by what others say the time is."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from tests.doctor.conftest import answering, write_stores
from tests.support.stores import ENVIRON
from tillsaga.doctor.clock import clock
from tillsaga.doctor.finding import Finding, Level
from tillsaga.doctor.installation import Installation, Kind
from tillsaga.doctor.knocking import Knocker

Clock = Callable[[], datetime]


def off_by(seconds: float) -> Clock:
    return lambda: datetime.now(UTC) + timedelta(seconds=seconds)


async def compared(headers: dict[str, str], ours: Clock) -> Finding:
    """What is found where the only vendor answers with these headers."""
    with answering(headers=headers) as port:
        write_stores(f"http://127.0.0.1:{port}", ["leat"])
        at = Installation(Kind.OWN, ENVIRON, ours)
        try:
            return await clock(at)
        finally:
            await at.aclose()


@pytest.mark.parametrize(
    ("seconds", "said"), [(90, "s ahead of leat"), (-90, "s behind leat"), (8, "s ahead of leat")]
)
async def test_a_clock_that_is_off_is_told_by_how_much_at_least(seconds: int, said: str) -> None:
    date = format_datetime(datetime.now(UTC), usegmt=True)

    found = await compared({"Date": date}, off_by(seconds))

    assert found.level is Level.FAULT
    assert said in found.says
    told = int(found.says.split()[4])
    assert abs(seconds) - 4 <= told <= abs(seconds) + 60
    assert "NTP" in str(found.remedy)


async def test_a_clock_that_is_right_is_right() -> None:
    date = format_datetime(datetime.now(UTC), usegmt=True)

    assert (await compared({"Date": date}, off_by(0))).says == "as leat"


@pytest.mark.parametrize(
    "headers", [{}, {"Date": "yesterday"}, {"Date": "Sun, 01 Mar 2026 12:00:00 GMT", "Age": "60"}]
)
async def test_who_does_not_say_the_time_is_not_compared_with(headers: dict[str, str]) -> None:
    found = await compared(headers, off_by(0))

    assert (found.level, "nobody here has another clock" in found.says) == (Level.OK, True)


async def test_an_address_is_asked_once_however_many_want_to_know() -> None:
    asked: list[datetime] = []

    def counting() -> datetime:
        asked.append(datetime.now(UTC))
        return asked[-1]

    knock = Knocker(counting)
    with answering() as port:
        first, second = [await knock(f"http://127.0.0.1:{port}") for _ in range(2)]
    await knock.aclose()

    assert first is second
    assert len(asked) == 2  # when it was sent, and when the answer came
