"""Which request work is done for goes along with it."""

import asyncio

import pytest

from tillsaga.domain import origin
from tillsaga.domain.origin import Origin

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


def test_a_callers_place_in_a_trace_is_taken() -> None:
    given = f"00-{TRACE}-{SPAN}-01"

    assert origin.accepted(given) == given
    assert Origin(traceparent=given).trace_id == TRACE


def test_a_later_version_is_read_as_the_first() -> None:
    assert origin.accepted(f"01-{TRACE}-{SPAN}-03-more") == f"00-{TRACE}-{SPAN}-03"


@pytest.mark.parametrize(
    "given",
    [
        None,
        "",
        "ann@shopper.example",
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE.upper()}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}-01\n",
    ],
)
def test_what_is_no_place_in_a_trace_is_not_taken(given: str | None) -> None:
    assert origin.accepted(given) is None


@pytest.mark.parametrize(
    "told", [Origin(), Origin("req_1"), Origin(None, f"00-{TRACE}-{SPAN}-01"), Origin("r", None)]
)
def test_what_is_written_can_be_read(told: Origin) -> None:
    assert origin.read(told.written()) == told


def test_what_is_not_ours_is_nothing() -> None:
    assert origin.read(b"\xff\xfe nonsense").traceparent is None


async def test_a_task_works_for_whoever_started_it() -> None:
    async def works_for() -> str | None:
        return origin.current().request_id

    with origin.following(Origin("req_1")):
        started = asyncio.create_task(works_for())
    with origin.following(Origin("req_2")):
        assert await works_for() == "req_2"

    assert await started == "req_1"
    assert origin.current() == Origin()
