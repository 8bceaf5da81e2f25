"""Our effect records against the vendors' books: what is compared, and what may come of it."""

import re
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import Field

from tillsaga.domain.model import Instant, Json, Model

TOLERANCE = timedelta(minutes=5)
"""How far a vendor's time may be from ours: clocks differ, and an answer may be lost for long."""

MOST_KEPT = 200
"""Differences, and open effects, of one vendor's day that are kept whole; the rest is counted."""

DifferenceKind = Literal["missing", "extra", "wrong_amount", "wrong_customer", "partial", "late"]


class BusinessDay(Model):
    """A day as a store's clocks show it; 23 or 25 hours long where summer time begins or ends."""

    date: date
    timezone: str

    @property
    def start(self) -> datetime:
        """Its first moment."""
        return datetime.combine(self.date, time(), ZoneInfo(self.timezone))

    @property
    def end(self) -> datetime:
        """The next day's first moment."""
        return BusinessDay(date=self.date + timedelta(days=1), timezone=self.timezone).start

    def has(self, at: datetime | None) -> bool:
        """Whether a moment is on it."""
        return at is not None and self.start <= at < self.end

    @classmethod
    def of(cls, at: datetime, timezone: str) -> "BusinessDay":
        """Find the day of a moment.

        >>> BusinessDay.of(datetime.fromisoformat("2026-03-01T23:30Z"), "Europe/Amsterdam").date
        datetime.date(2026, 3, 2)
        """
        return cls(date=at.astimezone(ZoneInfo(timezone)).date(), timezone=timezone)


class Entry(Model):
    """One movement in a vendor's books, as it was read.

    Args:
        ledger: Which of the vendor's books: `giftcard`, `points`, `order` ...
        id: The vendor's id of it.
        mark: What we gave it to be known by: an effect's key, or a name made of the checkout's id.
        amount: Signed for the customer: minor units, points, or 1 for what happens once.
        customer: The vendor's own opaque id of the customer or card.
        parts: How much of each part there is; None where the vendor does not say.
        at: When the vendor did it.
    """

    ledger: str
    id: str | None = None
    mark: str | None = None
    amount: int | None = None
    customer: str | None = None
    parts: dict[str, int] | None = None
    at: Instant | None = None


class Claimed(Model):
    """What one of our records says about a vendor's books; see `Entry`.

    Args:
        key: The effect's key.
        side: The doing, or the taking back.
        state: `open` may or may not be there; `unreadable`: nobody can see it, for `reason`.
        whole: `amount` before something of it was taken back; None: nothing was.
        since: When its first call began; `until`: when the last one ended.
        moments: When its calls began: on which days it is compared.
        known: What the vendor can be asked by. Never shown: a code may be in it.
        assumed: That the vendor lists it at all is published nowhere.
    """

    key: str
    side: Literal["do", "undo"]
    state: Literal["done", "not_done", "open", "unreadable"]
    ledger: str
    id: str | None = None
    mark: str | None = None
    amount: int | None = None
    whole: int | None = None
    customer: str | None = None
    parts: dict[str, int] = Field(default_factory=dict)
    since: Instant
    until: Instant
    moments: tuple[Instant, ...]
    known: Json = Field(default_factory=dict, repr=False)
    assumed: bool = False
    reason: str | None = None

    @property
    def nothing_is_left(self) -> bool:
        """Whether all of it was taken back, so that it need not be seen any more."""
        return self.whole is not None and self.amount == 0

    def fits(self, at: datetime | None) -> bool:
        """Whether a vendor's time may be that of this call."""
        return at is None or self.since - TOLERANCE <= at <= self.until + TOLERANCE


class Proof(Model):
    """Our side of a difference: the record, without what the vendor was asked by."""

    key: str
    side: Literal["do", "undo"]
    state: str
    id: str | None
    amount: int | None
    customer: str | None
    parts: dict[str, int]
    since: Instant
    until: Instant


class Difference(Model):
    """Where the two disagree, with both sides' proof."""

    kind: DifferenceKind
    ledger: str
    ours: Proof | None = None
    theirs: tuple[Entry, ...] = ()


class Unreadable(Model):
    """What could not be compared. `again`: another time it may be read, and will be."""

    what: str
    count: int
    reason: str
    again: bool = False


class Reconciled(Model):
    """One vendor's books of one business day.

    Args:
        compared: How many of our claims were compared.
        read: How many entries the vendor showed.
        counts: How many differences there are, by kind.
        differences: The first of them, `MOST_KEPT` at most.
        open_keys: The first effects that had not ended when they were read.
    """

    store_id: str
    day: date
    provider: str
    kind: str
    compared: int = 0
    read: int = 0
    counts: dict[str, int] = Field(default_factory=dict)
    differences: tuple[Difference, ...] = ()
    open: int = 0
    open_keys: tuple[str, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()
    read_at: Instant

    @property
    def settled(self) -> bool:
        """Whether reading it again can add nothing."""
        return not self.open and not any(each.again for each in self.unreadable)

    @property
    def different(self) -> int:
        """How many differences there are."""
        return sum(self.counts.values())


def checkout_of(mark: str) -> str:
    """Say whose mark it is.

    >>> checkout_of("chk_1/charge_giftcard/leat/gc-1#1!undo"), checkout_of("chk_1-g2")
    ('chk_1', 'chk_1')
    """
    return re.split(r"/|-g\d+$", mark, maxsplit=1)[0]


def is_ours(name: str | None) -> bool:
    """Whether a name can be one that we give.

    >>> is_ours("chk_9T3M2K7QW4"), is_ours("chk_1/redeem_reward/leat/rw-2#1"), is_ours("POS-1001")
    (True, True, False)
    """
    return name is not None and re.match(r"chk_[0-9A-Za-z]+(-g\d+$|/|$)", name) is not None


def tally(differences: Iterable[Difference]) -> dict[str, int]:
    """Count differences by kind."""
    counts: dict[str, int] = {}
    for difference in differences:
        counts[difference.kind] = counts.get(difference.kind, 0) + 1
    return counts
