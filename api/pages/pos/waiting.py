"""What was scanned before anything is sold: the page keeps it until the first line opens a bill."""

from collections.abc import Iterable, Mapping
from typing import Any

from api.pages.pos.forms import Fields
from tillsaga.errors import Refusal

Json = dict[str, Any]
MOST = 10


class Waiting:
    """Cards and codes in the order in which they were shown; each stands in a field of the page."""

    def __init__(self, people: Iterable[str] = (), codes: Iterable[str] = ()) -> None:
        self.people = list(dict.fromkeys(people))
        self.codes = list(dict.fromkeys(codes))

    @classmethod
    def of(cls, fields: Fields) -> "Waiting":
        """Read what the page keeps."""
        return cls(fields.several("waiting_person"), fields.several("waiting_code"))

    def __bool__(self) -> bool:
        return bool(self.people or self.codes)

    @property
    def identifiers(self) -> list[Json]:
        """The people as the API takes them: an e-mail address has an at sign, a card has none."""
        return [
            {"type": "email" if "@" in value else "card", "value": value} for value in self.people
        ]

    def person(self, value: str) -> str:
        """Keep somebody; answers what the cashier is told.

        Raises:
            Refusal: `limit_exceeded`.
        """
        self._add(self.people, value)
        return "The customer is noted. Now the goods."

    def scanned(self, value: str, candidates: Iterable[Mapping[str, Any]]) -> str:
        """Keep what was scanned as what it is; answers what the cashier is told.

        Raises:
            Refusal: `limit_exceeded`, or `nothing_due`: it pays, and nothing is sold yet.
        """
        operations = {candidate.get("operation") for candidate in candidates}
        if operations == {"tenders"}:
            raise Refusal("nothing_due", "it pays for goods, and nothing is sold yet")
        if "identifiers" in operations:
            return self.person(value)
        self._add(self.codes, value)
        return "The code is noted. Now the goods."

    def _add(self, kept: list[str], value: str) -> None:
        if value not in kept and len(self.people) + len(self.codes) >= MOST:
            raise Refusal("limit_exceeded", f"at most {MOST} codes before the first line")
        if value not in kept:
            kept.append(value)
