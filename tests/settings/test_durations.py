from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from tillsaga.durations import Duration, format_duration, parse_duration


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("15m", timedelta(minutes=15)),
        ("2s", timedelta(seconds=2)),
        ("1h30m", timedelta(minutes=90)),
        ("500ms", timedelta(milliseconds=500)),
        ("2d", timedelta(days=2)),
        ("1s500ms", timedelta(seconds=1.5)),
    ],
)
def test_a_duration_is_read_as_written(text: str, length: timedelta) -> None:
    assert parse_duration(text) == length


@pytest.mark.parametrize(
    "text", ["", "5", "m", "0s", "-5m", "1.5h", "30m1h", "1m1m", "5 m", "5M", "\u0665m", "9999999d"]
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="must be a duration such as"):
        parse_duration(text)


@given(st.integers(min_value=1, max_value=10**12).map(lambda ms: timedelta(milliseconds=ms)))
def test_what_is_written_is_read_again(length: timedelta) -> None:
    assert parse_duration(format_duration(length)) == length


def test_a_model_writes_json_that_it_reads_again() -> None:
    adapter = TypeAdapter(Duration)

    assert adapter.dump_json(timedelta(minutes=90)) == b'"1h30m"'
    assert adapter.validate_json('"1h30m"') == timedelta(minutes=90)
