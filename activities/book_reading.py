"""One vendor's books, read as far as they can be; what cannot is noted and never guessed."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from tillsaga.domain.ports import BookReader
from tillsaga.domain.reconcile import Claimed, Entry, Unreadable
from tillsaga.errors import Refused, Unavailable

MOST_SILENT = 5
"""After so many questions without an answer, one after another, the vendor is down."""


LONGEST_WAIT = timedelta(seconds=10)
"""A vendor that wants a longer pause is asked again another night."""


class Pace:
    """Keeps calls apart, so that reading never takes a till's share of a vendor's limit."""

    def __init__(self, per_second: float, beat: Callable[[], object]) -> None:
        """Take how many there may be, and what keeps the activity alive."""
        self._apart = 1 / per_second
        self._beat = beat
        self._next = 0.0

    async def step(self, longer: timedelta | None = None) -> None:
        """Wait for the next call's turn, `longer` where the vendor asks for it."""
        self._beat()
        now = asyncio.get_running_loop().time()
        pause = min(longer or timedelta(), LONGEST_WAIT).total_seconds()
        await asyncio.sleep(max(self._next - now, pause))
        self._next = max(self._next, now + pause) + self._apart


class BookReading:
    """Collects entries, and what could not be read."""

    def __init__(self, reader: BookReader, pace: Pace, last_try: bool) -> None:
        """Take the reader, how fast it may ask, and whether to do without what does not answer."""
        self._reader = reader
        self._pace = pace
        self._last_try = last_try
        self._reasons: Counter[tuple[str, str, bool]] = Counter()
        self._asked: set[tuple[str, str]] = set()
        self._blind: dict[str, tuple[str, bool]] = {}
        self.entries: list[Entry] = []

    @property
    def unreadable(self) -> list[Unreadable]:
        """What could not be read, with the number of our claims that it left unproved."""
        return [
            Unreadable(what=what, count=count, reason=reason, again=again)
            for (what, reason, again), count in self._reasons.items()
        ]

    def note(self, what: str, reason: str, *, again: bool = False, count: int = 1) -> None:
        """Note that something cannot be compared."""
        self._reasons[what, reason, again] += count

    async def lists(self, since: datetime, until: datetime) -> None:
        """Read every ledger that can be listed.

        Raises:
            Unavailable: the vendor does not answer now, and this is not the last try.
        """
        for ledger in self._reader.ledgers:
            try:
                async for page in self._reader.entries(ledger, since, until):
                    self.entries += page
                    await self._pace.step()
            except Refused as no:
                self._give_up(ledger, no.message, again=False)
            except Unavailable as away:
                if not self._last_try:
                    raise
                self._give_up(ledger, away.message, again=True)

    def _give_up(self, ledger: str, reason: str, *, again: bool) -> None:
        self._blind[ledger] = (reason, again)
        self.note(ledger, reason, again=again, count=0)

    async def names(self, claims: Sequence[Claimed]) -> set[str]:
        """Ask by name for what the lists do not show; answers the keys that nobody can prove."""
        unproved: set[str] = set()
        silent = 0
        for claim in claims:
            self._asked.add((claim.key, claim.side))
            await self._pace.step()
            try:
                if silent >= MOST_SILENT:
                    raise Unavailable("the vendor does not answer")
                self.entries += await self._reader.look_up(claim)
                silent = 0
            except (Refused, Unavailable) as no:
                again = isinstance(no, Unavailable)
                silent += again
                await self._pace.step(no.next_retry_delay if again else None)
                self.note(claim.ledger, no.message, again=again)
                unproved.add(claim.key)
        return unproved

    def hidden(self, claims: Sequence[Claimed]) -> set[str]:
        """Name the claims on ledgers that could not be listed and that nobody can be asked for."""
        keys: set[str] = set()
        for claim in claims:
            if claim.ledger in self._blind and (claim.key, claim.side) not in self._asked:
                reason, again = self._blind[claim.ledger]
                self.note(claim.ledger, reason, again=again)
                keys.add(claim.key)
        return keys
