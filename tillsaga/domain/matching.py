"""Finds for each of our claims what the vendor has of it, and says where the two disagree.

By the vendor's id first, then by our mark. What has neither (a lost answer, points of an order) is
found by customer, amount and time, among entries that carry no mark.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

from tillsaga.domain.reconcile import BusinessDay, Claimed, Difference, DifferenceKind, Entry, Proof

TWIN = timedelta(minutes=1)
"""An unmarked second entry as near as this is our own call, done twice."""

Fits = Callable[[Claimed, Entry], bool]
Sight = Callable[[Claimed | Entry], tuple[object, ...]]


class Comparison:
    """Our claims of a day beside a vendor's entries; pure, so it may be made anew with more."""

    def __init__(self, ours: Sequence[Claimed], theirs: Sequence[Entry]) -> None:
        """Match them."""
        self._ours = ours
        self._free = dict(enumerate(theirs))
        self._found: dict[int, list[Entry]] = defaultdict(list)
        self._match_named(lambda claim: claim.id, lambda entry: entry.id)
        self._match_named(lambda claim: claim.mark, lambda entry: entry.mark)
        self._match_alike()
        self._match_nearest(lambda one: (one.ledger, one.customer, one.amount), _but_the_time)
        self._match_nearest(lambda one: (one.ledger, one.customer), _but_the_amount)
        self._match_nearest(lambda one: (one.ledger, one.amount), _but_the_customer)

    # --- matching -------------------------------------------------------------------------------

    def _match_named(
        self, of_claim: Callable[[Claimed], str | None], of_entry: Callable[[Entry], str | None]
    ) -> None:
        named = defaultdict(list)
        for number, entry in self._free.items():
            named[entry.ledger, of_entry(entry)].append(number)
        for place, claim in enumerate(self._ours):
            if of_claim(claim) is not None:
                for number in named.pop((claim.ledger, of_claim(claim)), ()):
                    self._found[place].append(self._free.pop(number))

    def _match_alike(self) -> None:
        """Pair what is alike in all but a name; which of several that are alike, is all one."""
        unmarked = self._unmarked(_sight)
        for place in self._nameless():
            claim = self._ours[place]
            alike = unmarked[_sight(claim)]
            fitting = next((n for n in alike if claim.fits(self._free[n].at)), None)
            if fitting is not None and claim.state in ("done", "not_done"):
                alike.remove(fitting)
                self._found[place].append(self._free.pop(fitting))

    def _match_nearest(self, sight: Sight, fits: Fits) -> None:
        """Pair what is wrong in one way, the nearest in time first."""
        unmarked = self._unmarked(sight)
        pairs = [
            (_apart(self._ours[place], self._free[number]), place, number)
            for place in self._nameless()
            if self._ours[place].state == "done"
            for number in unmarked[sight(self._ours[place])]
            if fits(self._ours[place], self._free[number])
        ]
        for _, place, number in sorted(pairs):
            if number in self._free and not self._found.get(place):
                self._found[place].append(self._free.pop(number))

    def _nameless(self) -> list[int]:
        """Where the claims are that neither an id nor a mark could find."""
        return [
            place
            for place, claim in enumerate(self._ours)
            if claim.id is None and claim.mark is None and not self._found.get(place)
        ]

    def _unmarked(self, sight: Sight) -> defaultdict[tuple[object, ...], list[int]]:
        alike = defaultdict(list)
        for number, entry in self._free.items():
            if entry.mark is None:
                alike[sight(entry)].append(number)
        return alike

    # --- what is left on either side --------------------------------------------------------------

    def unseen(self) -> list[Claimed]:
        """List our claims without an entry that the vendor could still be asked for by name."""
        return [
            claim
            for place, claim in enumerate(self._ours)
            if claim.known and claim.state in ("done", "not_done") and not self._found.get(place)
        ]

    def unmatched(self) -> list[Claimed]:
        """List our claims without an entry that should have one."""
        return [
            claim
            for place, claim in enumerate(self._ours)
            if claim.state == "done" and not claim.nothing_is_left and not self._found.get(place)
        ]

    def unlisted(self) -> list[Claimed]:
        """List assumed claims whose ledger shows none of them although there are several."""
        assumed = defaultdict(list)
        seen = set()
        for place, claim in enumerate(self._ours):
            if claim.assumed and claim.state == "done":
                assumed[claim.ledger].append(claim)
                seen |= {claim.ledger} if self._found.get(place) else set()
        return [
            claim
            for ledger, claims in assumed.items()
            if len(claims) > 1 and ledger not in seen
            for claim in claims
        ]

    def has(self, claim: Claimed) -> bool:
        """Whether a claim is among ours already."""
        return claim in self._ours

    @property
    def left(self) -> list[Entry]:
        """The entries that no claim has."""
        return list(self._free.values())

    def strangers(self, day: BusinessDay) -> list[Entry]:
        """List the day's entries that carry our mark, or look like a call of ours done twice."""
        calls = defaultdict(list)
        for claim in self._ours:
            if claim.state == "done" and claim.mark is None and not claim.assumed:
                calls[_sight(claim)].append(claim)
        return [
            entry
            for entry in self._free.values()
            if entry.at is None or day.has(entry.at)
            if entry.mark is not None or _is_twin(entry, calls[_sight(entry)])
        ]

    # --- differences ------------------------------------------------------------------------------

    def differences(self, elsewhere: set[str], strangers: Sequence[Entry]) -> list[Difference]:
        """Say where the two disagree.

        Args:
            elsewhere: Keys of other days, which are not missed here.
            strangers: Entries of ours, or like ours, that no record knows.
        """
        judged = [
            difference
            for place, claim in enumerate(self._ours)
            for difference in _judge(claim, self._found.get(place, []))
            if difference.kind != "missing" or claim.key not in elsewhere
        ]
        extra = [Difference(kind="extra", ledger=e.ledger, theirs=(e,)) for e in strangers]
        return [*judged, *extra]


def _sight(one: Claimed | Entry) -> tuple[object, ...]:
    return one.ledger, one.customer, one.amount


def _apart(claim: Claimed, entry: Entry) -> timedelta:
    return abs(entry.at - claim.since) if entry.at else timedelta()


def _is_twin(entry: Entry, calls: Sequence[Claimed]) -> bool:
    at = entry.at
    return at is not None and any(c.since - TWIN <= at <= c.until + TWIN for c in calls)


def _but_the_time(claim: Claimed, entry: Entry) -> bool:
    return entry.at is not None and entry.at > claim.until


def _but_the_customer(claim: Claimed, entry: Entry) -> bool:
    return claim.fits(entry.at)


def _but_the_amount(claim: Claimed, entry: Entry) -> bool:
    same_way = (claim.amount or 0) * (entry.amount or 0) > 0
    return same_way and claim.fits(entry.at)


def _judge(claim: Claimed, found: list[Entry]) -> Iterator[Difference]:
    if claim.state in ("open", "unreadable"):
        return
    if claim.state == "not_done":
        if found:
            yield _difference("late", claim, found)
        return
    if not found:
        if not claim.nothing_is_left:
            yield _difference("missing", claim, found)
        return
    same = next((entry for entry in found if entry.amount == claim.amount), None)
    if same is not None:
        for other in found:
            if other is not same:
                yield _difference("extra", claim, [other])
        found = [same]
    wrong = _wrong(claim, found)
    if wrong is not None:
        yield _difference(wrong, claim, found)
    entry = found[0]
    if None not in (claim.customer, entry.customer) and claim.customer != entry.customer:
        yield _difference("wrong_customer", claim, found)
    if not all(claim.fits(each.at) for each in found):
        yield _difference("late", claim, found)


def _wrong(claim: Claimed, found: list[Entry]) -> DifferenceKind | None:
    """Compare parts and amounts: less than it should be, in several steps, is a part of it."""
    parts = found[0].parts
    if parts is not None and any(parts.get(name, 0) < n for name, n in claim.parts.items()):
        return "partial"
    amounts = [entry.amount for entry in found if entry.amount is not None]
    if claim.amount is None or len(amounts) < len(found):
        return None
    due, there = claim.amount, sum(amounts)
    if claim.whole is not None:  # the entry is what is left: turn it into what was taken back
        due, there = claim.whole - due, claim.whole - there
    if due == there:
        return None
    if there == 0 and claim.whole is not None:
        return "missing"
    in_steps = len(found) > 1 or claim.side == "undo" or claim.whole is not None
    short = abs(there) < abs(due) and due * there > 0
    return "partial" if in_steps and short else "wrong_amount"


def _difference(kind: DifferenceKind, claim: Claimed, found: Sequence[Entry]) -> Difference:
    proof = Proof.model_validate(claim.model_dump(include={*Proof.model_fields}))
    return Difference(kind=kind, ledger=claim.ledger, ours=proof, theirs=tuple(found))
