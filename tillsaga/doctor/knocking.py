"""Asks an address for a sign of life, without credentials, and what time it is there."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx

SECONDS = 5
AT_ONCE = 16
"""A chain has hundreds of vendors; their hosts are few."""
LONGEST_REASON = 120


@dataclass(frozen=True)
class Knock:
    """How an address answers.

    `status` is None where nobody did, and `why` says so. `ahead` is how far our clock is ahead of
    theirs at least (negative: behind); None where they do not say what time it is.
    """

    status: int | None
    why: str = ""
    ahead: timedelta | None = None


class Knocker:
    """Asks each address once, however many want to know; any answer at all is a sign of life."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        """Take our clock."""
        self._now = now
        self._http = httpx.AsyncClient(timeout=SECONDS, follow_redirects=False)
        self._room = asyncio.Semaphore(AT_ONCE)
        self._asked: dict[str, asyncio.Task[Knock]] = {}

    async def __call__(self, url: str) -> Knock:
        """Ask; what it answers is not looked into."""
        if url not in self._asked:
            self._asked[url] = asyncio.create_task(self._ask(url))
        return await asyncio.shield(self._asked[url])

    async def aclose(self) -> None:
        """End what is under way, and close the connections."""
        for task in self._asked.values():
            task.cancel()
        await asyncio.gather(*self._asked.values(), return_exceptions=True)
        await self._http.aclose()

    async def _ask(self, url: str) -> Knock:
        async with self._room:
            sent = self._now()
            try:
                answer = await self._http.get(f"{url}/")
            except httpx.HTTPError as lost:
                return Knock(None, _reason(lost))
            received = self._now()
        return Knock(answer.status_code, ahead=_ahead(answer.headers, sent, received))


def ahead_by(sent: datetime, received: datetime, first: datetime, last: datetime) -> timedelta:
    """Say how far we are ahead, at least, of who answered between `first` and `last` of its clock.

    >>> at = datetime(2026, 3, 1, 12)
    >>> ahead_by(at, at + timedelta(seconds=1), at, at + timedelta(seconds=1))
    datetime.timedelta(0)
    >>> early = at - timedelta(seconds=60)
    >>> ahead_by(at, at + timedelta(seconds=1), early, early + timedelta(seconds=1))
    datetime.timedelta(seconds=59)
    """
    if sent > last:
        return sent - last
    return min(received - first, timedelta(0))


def _ahead(headers: httpx.Headers, sent: datetime, received: datetime) -> timedelta | None:
    # What a cache has kept tells the time when it was made.
    if "Age" in headers:
        return None
    try:
        date = parsedate_to_datetime(headers.get("Date", ""))
    except ValueError:
        return None
    # It is written in whole seconds, and many servers write it once a second.
    return ahead_by(sent, received, date, date + timedelta(seconds=2)) if date.tzinfo else None


def _reason(lost: httpx.HTTPError) -> str:
    if isinstance(lost, httpx.TimeoutException):
        return f"nothing within {SECONDS} s"
    said = " ".join(str(lost).split())
    return (said or type(lost).__name__)[:LONGEST_REASON]
