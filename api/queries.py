"""Times and days as they stand in a query: Pydantic alone would take a bare number for one."""

import re
from datetime import UTC, date, datetime
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator

_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d.*")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def _looks_like(pattern: re.Pattern[str], words: str) -> BeforeValidator:
    def check(value: object) -> object:
        if isinstance(value, str) and not pattern.fullmatch(value):
            raise ValueError(f"must be {words}")
        return value

    return BeforeValidator(check)


def _utc(at: datetime) -> datetime:
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at


QueryTime = Annotated[
    datetime, AfterValidator(_utc), _looks_like(_TIME, "an RFC 3339 time; without a zone it is UTC")
]
QueryDay = Annotated[date, _looks_like(_DAY, "a day such as 2026-03-01")]
