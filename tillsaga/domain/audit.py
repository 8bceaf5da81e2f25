"""The audit: what was said, decided, sent and answered, each entry bound to the one before.

An entry's hash covers its place, time, kind, who, facts and the hash before it. Facts are never
personal. What may be (a person's name and reason, ids of customers, digests that could be tried
out) is `private`: the hash covers only a salted digest of it, so that it can be thrown away with
its salt, and nobody can try out afterwards what it was (decision 0040).
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from secrets import token_hex
from typing import Literal

from tillsaga.domain.model import Instant, Json, Model

START = "0" * 64
"""What the first entry of a chain follows."""

Wrong = Literal["changed", "missing", "added", "reordered"]
ERASED, PRUNED = "erased", "pruned"
"""Kinds of entries that say what was taken away, and by which right."""


class AuditNote(Model):
    """What an entry shall say. One with a `source` that the chain has already is no new one."""

    kind: str
    actor: str
    at: datetime
    facts: Json
    private: Json | None = None
    source: str | None = None


class Heard(Model):
    """A message that was taken up, or the answer that it got, by the workflow's clock.

    `number` counts a checkout's messages, so that the same one is written down once, however often
    its record is written, and also when a reset brings it back.
    """

    kind: str
    number: int
    at: Instant
    actor: str
    facts: Json
    private: Json
    run: str | None = None
    """Temporal's id of the run that took it up: after a reset it is another one."""

    @property
    def note(self) -> AuditNote:
        """Write it as the audit keeps it."""
        source = digest([self.kind, self.number, self.at.isoformat(), self.facts])
        return AuditNote(
            kind=self.kind,
            actor=self.actor,
            at=self.at,
            facts=self.facts | ({"run": self.run} if self.run else {}),
            private={name: value for name, value in self.private.items() if value} or None,
            source=source,
        )


class AuditEntry(Model):
    """One entry; `private` holds its salt and values, and is None once it was erased."""

    checkout_id: str
    number: int
    at: Instant
    kind: str
    actor: str
    facts: Json
    private: Json | None = None
    sealed: str | None = None
    previous: str
    hash: str

    def hash_at(self, number: int) -> str:
        """Say what its hash would be at a place of the chain."""
        return digest(
            {
                "checkout_id": self.checkout_id,
                "number": number,
                "at": _exact(self.at),
                "kind": self.kind,
                "actor": self.actor,
                "facts": self.facts,
                "sealed": self.sealed,
                "previous": self.previous,
            }
        )

    @property
    def said_by(self) -> str:
        """Who: the person, where one is named, else what kind of caller."""
        return _text(self.private, "actor") or self.actor

    @property
    def reason(self) -> str | None:
        """What a person gave as the reason."""
        return _text(self.private, "reason")


class ChainHead(Model):
    """How long a chain is, and the hash of its last entry."""

    length: int
    hash: str


class Witness(Model):
    """What a daily root says of a chain: the entry that was its last one, and that one's hash."""

    root: int
    day: str
    number: int
    hash: str


class Finding(Model):
    """What is wrong with which entry; `number` is its place as far as can be told."""

    checkout_id: str
    number: int
    wrong: Wrong
    detail: str


def canonical(value: object) -> bytes:
    """Write JSON in the one way that is hashed: sorted keys, no spaces, UTF-8."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return text.encode()


def digest(value: object) -> str:
    """Hash JSON.

    >>> digest({"b": 1, "a": "é"}) == digest({"a": "é", "b": 1})
    True
    """
    return hashlib.sha256(canonical(value)).hexdigest()


def written(checkout_id: str, note: AuditNote, head: ChainHead) -> AuditEntry:
    """Write a note as the entry that follows a chain's head."""
    private: Json | None = None
    if note.private is not None:
        private = {"salt": token_hex(16), "values": note.private}
    entry = AuditEntry(
        checkout_id=checkout_id,
        number=head.length + 1,
        at=note.at,
        kind=note.kind,
        actor=note.actor,
        facts=note.facts,
        private=private,
        sealed=digest(private) if private else None,
        previous=head.hash,
        hash="",
    )
    return entry.model_copy(update={"hash": entry.hash_at(entry.number)})


# --- verifying ------------------------------------------------------------------------------------


def verify(
    checkout_id: str,
    entries: Sequence[AuditEntry],
    head: ChainHead | None,
    witnesses: Iterable[Witness] = (),
) -> list[Finding]:
    """Say what is wrong with a chain, entry by entry; nothing if it is whole.

    Args:
        checkout_id: Whose chain it should be.
        entries: The stored rows, by number.
        head: The stored head.
        witnesses: What daily roots say of it, of whatever copy of them.
    """
    walk = _Walk(checkout_id, entries)
    walk.back_from(head)
    walk.find_strays()
    walk.find_disorder()
    walk.find_broken_seals()
    walk.hear(witnesses, head)
    return sorted(walk.findings, key=lambda found: found.number)


class _Walk:
    """Goes from the head back to the start, as each entry names the one before it."""

    def __init__(self, checkout_id: str, entries: Sequence[AuditEntry]) -> None:
        self._checkout_id = checkout_id
        self._entries = entries
        self._last = max((entry.number for entry in entries), default=0)
        self._true = {entry.number: self._true_number(entry) for entry in entries}
        self._by_hash: dict[str, AuditEntry] = {}
        for entry in entries:
            if self._true[entry.number]:
                self._by_hash.setdefault(entry.hash, entry)  # of copies the first is the entry
        self._met: dict[int, AuditEntry] = {}
        self.findings: list[Finding] = []

    def _true_number(self, entry: AuditEntry) -> int | None:
        """Find the place that an entry's own hash was made for; None: its content was changed."""
        if entry.checkout_id != self._checkout_id:
            return None
        near = sorted(range(1, self._last + 2), key=lambda n: abs(n - entry.number))
        return next((n for n in near if entry.hash_at(n) == entry.hash), None)

    def back_from(self, head: ChainHead | None) -> None:
        """Follow the chain; what is not where it should be was changed or is missing."""
        if head is None and not self._entries:
            return
        if head is None:
            self._say(max(self._last, 1), "missing", "the chain has no head")
            head = ChainHead(length=self._last, hash=self._entries[-1].hash if self._last else "")
        expected: str | None = head.hash
        last = self._by_hash.get(head.hash)
        length = (self._true[last.number] if last else None) or head.length
        for number in range(length, 0, -1):
            entry = self._find(number, expected)
            if entry is None:
                self._say(number, "missing", "the entry is gone")
                expected = None
                continue
            self._met[number] = entry
            if entry.kind == PRUNED:
                return  # it vouches for what was there before it
            expected = entry.previous
        if head.length and expected not in (START, None):
            self._say(1, "missing", "what came before it is gone")

    def _find(self, number: int, expected: str | None) -> AuditEntry | None:
        found = self._by_hash.get(expected) if expected is not None else None
        if found is not None and self._true[found.number] == number:
            return found
        there = next((e for e in self._entries if e.number == number), None)
        named = next((e for e in self._entries if e.hash == expected), None)
        if named is not None and self._true[named.number] is None:
            self._say(named.number, "changed", "its content does not have its hash")
            return named
        if there is not None and self._true[number] is None:
            self._say(number, "changed", "neither its content nor its place has its hash")
            return there
        if there is not None and self._true[number] == number and expected is not None:
            self._say(number, "changed", "it was written anew: another entry was followed")
            return there
        return next((e for e in self._entries if self._true[e.number] == number), None)

    def find_strays(self) -> None:
        """Name what no entry follows."""
        met = {entry.number for entry in self._met.values()}
        for entry in self._entries:
            if entry.number not in met:
                self._say(entry.number, "added", "no entry follows it, and the head is another")

    def find_disorder(self) -> None:
        """Name entries that stand before one that they follow."""
        places = [(entry.number, true) for true, entry in self._met.items()]
        furthest = 0
        for place, true in sorted(places):
            if true < furthest:
                self._say(place, "reordered", f"it was entry {true}")
            furthest = max(furthest, true)

    def find_broken_seals(self) -> None:
        """Compare what is private with its sealed digest; what is gone was erased by right."""
        erased = {n for entry in self._met.values() for n in erased_by(entry)}
        for number, entry in self._met.items():
            gone = entry.private is None and entry.sealed is not None
            if gone and number not in erased:
                self._say(number, "changed", "what was sealed in it is gone, and nothing says why")
            elif not gone and entry.sealed != (digest(entry.private) if entry.private else None):
                self._say(number, "changed", "what is sealed in it was changed")

    def hear(self, witnesses: Iterable[Witness], head: ChainHead | None) -> None:
        """Compare with what daily roots saw; the first that differs says how far it was whole."""
        pruned = min((n for n, e in self._met.items() if e.kind == PRUNED), default=0)
        vouched = 0
        for seen in sorted(witnesses, key=lambda witness: witness.number):
            if seen.number < pruned:
                continue
            told = f"root {seen.root} of {seen.day}"
            entry = self._met.get(seen.number)
            if entry is None and (head is None or seen.number > head.length):
                self._say(seen.number, "missing", f"{told} has seen it")
            elif entry is not None and entry.hash != seen.hash:
                last = f"entry {vouched}" if vouched else "none"
                words = f"{told} has seen another one; the last that a root vouches for is {last}"
                self._say(seen.number, "changed", words)
            else:
                vouched = seen.number

    def _say(self, number: int, wrong: Wrong, detail: str) -> None:
        found = Finding(checkout_id=self._checkout_id, number=number, wrong=wrong, detail=detail)
        if (number, wrong) not in {(f.number, f.wrong) for f in self.findings}:
            self.findings.append(found)


def erased_by(entry: AuditEntry) -> set[int]:
    """Say whose private part an entry tells to be erased."""
    numbers = entry.facts.get("entries") if entry.kind == ERASED else None
    return {n for n in numbers if isinstance(n, int)} if isinstance(numbers, list) else set()


def _exact(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _text(private: Mapping[str, object] | None, name: str) -> str | None:
    values = private.get("values") if private else None
    found = values.get(name) if isinstance(values, dict) else None
    return found if isinstance(found, str) else None
