"""Durations as people write them: `500ms`, `2s`, `15m`, `1h30m`, `2d`."""

import re
from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator, Field, PlainSerializer

_UNITS = {
    "d": timedelta(days=1),
    "h": timedelta(hours=1),
    "m": timedelta(minutes=1),
    "s": timedelta(seconds=1),
    "ms": timedelta(milliseconds=1),
}
# Each unit at most once, the largest first; six digits keep clear of timedelta's limit.
_WRITTEN = re.compile("".join(rf"(?:([0-9]{{1,6}}){unit})?" for unit in _UNITS))


def parse_duration(text: str) -> timedelta:
    """Read a duration.

    >>> parse_duration("1h30m"), parse_duration("500ms")
    (datetime.timedelta(seconds=5400), datetime.timedelta(microseconds=500000))

    Raises:
        ValueError: The text is no duration, or one of no length at all.
    """
    written = _WRITTEN.fullmatch(text)
    counts = written.groups(default="0") if written else ()
    parts = (int(n) * unit for n, unit in zip(counts, _UNITS.values(), strict=False))
    length = sum(parts, timedelta())
    if not length:
        raise ValueError("must be a duration such as 500ms, 2s, 15m or 1h30m")
    return length


def format_duration(length: timedelta) -> str:
    """Write a duration so that `parse_duration` reads it again; whole milliseconds only.

    >>> format_duration(timedelta(minutes=90)), format_duration(timedelta(seconds=2.5))
    ('1h30m', '2s500ms')
    """
    written = ""
    for unit, one in _UNITS.items():
        count, length = divmod(length, one)
        written += f"{count}{unit}" if count else ""
    return written


def _read(value: object) -> timedelta:
    if isinstance(value, timedelta):
        return value
    # A bare number would leave its unit to be guessed, so it is refused as well.
    return parse_duration(value if isinstance(value, str) else "")


Duration = Annotated[
    timedelta,
    BeforeValidator(_read, json_schema_input_type=str),
    PlainSerializer(format_duration, return_type=str, when_used="json"),
    Field(description="A duration such as 500ms, 2s, 15m or 1h30m."),
]
