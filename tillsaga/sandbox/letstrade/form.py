"""Typed reading of a JSON request; complaints name the field the way the vendor's do.

Sheet 1: amounts and quantities are texts, flags are real booleans. The wording is that of
sheet 7: `"basket.outstanding" is required`.
"""

import json
import re
from decimal import Decimal

from tillsaga.sandbox.books import Record
from tillsaga.sandbox.letstrade import money
from tillsaga.sandbox.wire import Asked

AMOUNT = re.compile(r"\d+(\.\d+)?")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


class Malformed(Exception):
    """A field is missing or has a value the vendor refuses: HTTP 400."""


def read_form(asked: Asked, *, strict: bool) -> "Form":
    """Read the body, which must be a JSON object.

    Raises:
        Malformed: it is not.
    """
    if "application/json" not in asked.headers.get("content-type", ""):
        raise Malformed('"Content-Type" must be application/json')
    try:
        sent = json.loads(asked.body)
    except ValueError as unreadable:
        raise Malformed("The body is not JSON") from unreadable
    if not isinstance(sent, dict):
        raise Malformed("The body must be an object")
    return Form(sent, strict=strict)


class Form:
    """An object that was sent; a null counts as absent."""

    def __init__(self, sent: Record, path: str = "", *, strict: bool) -> None:
        """Wrap what was sent; `path` tells where in the request it sits.

        Args:
            sent: The object as it was sent.
            path: What to put before a field's name in complaints.
            strict: Refuse amounts that are JSON numbers.
        """
        self.sent = sent
        self._path, self._strict = path, strict

    def has(self, name: str) -> bool:
        """Tell whether the field was sent."""
        return self.sent.get(name) is not None

    def text(self, name: str) -> str:
        """Read a required text."""
        self._require(name)
        value = self.text_or_none(name)
        if not value:
            raise self.wrong(name, "is not allowed to be empty")
        return value

    def text_or_none(self, name: str) -> str | None:
        """Read a text, if sent."""
        value = self.sent.get(name)
        if value is not None and not isinstance(value, str):
            raise self.wrong(name, "must be a string")
        return value

    def email_or_none(self, name: str) -> str | None:
        """Read an email address, if sent."""
        value = self.text_or_none(name)
        if value is not None and not EMAIL.fullmatch(value):
            raise self.wrong(name, "must be a valid email")
        return value

    def amount(self, name: str) -> Decimal:
        """Read a required decimal, such as a quantity."""
        self._require(name)
        value = self.sent[name]
        sent_as_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not isinstance(value, str) and (self._strict or not sent_as_number):
            raise self.wrong(name, "must be a string")
        if not AMOUNT.fullmatch(str(value)):
            raise self.wrong(name, "must be a decimal number")
        return Decimal(str(value))

    def amount_or_none(self, name: str) -> Decimal | None:
        """Read a decimal, if sent."""
        return self.amount(name) if self.has(name) else None

    def cents(self, name: str) -> int:
        """Read a required amount of money, in cents."""
        return money.to_cents(self.amount(name))

    def cents_or_none(self, name: str) -> int | None:
        """Read an amount of money in cents, if sent."""
        return self.cents(name) if self.has(name) else None

    def flag(self, name: str) -> bool:
        """Read a boolean; absent is false."""
        value = self.sent.get(name, False)
        if not isinstance(value, bool):
            raise self.wrong(name, "must be a boolean")
        return value

    def inner(self, name: str) -> "Form":
        """Read a required object."""
        self._require(name)
        found = self.inner_or_none(name)
        assert found is not None
        return found

    def inner_or_none(self, name: str) -> "Form | None":
        """Read an object, if sent."""
        value = self.sent.get(name)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise self.wrong(name, "must be an object")
        return Form(value, f"{self._path}{name}.", strict=self._strict)

    def rows(self, name: str) -> list["Form"]:
        """Read a list of objects; absent is empty."""
        value = self.sent.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise self.wrong(name, "must be an array")
        for n, row in enumerate(value):
            if not isinstance(row, dict):
                raise self.wrong(f"{name}[{n}]", "must be an object")
        paths = (f"{self._path}{name}[{n}]." for n in range(len(value)))
        return [
            Form(row, path, strict=self._strict) for row, path in zip(value, paths, strict=True)
        ]

    def required_rows(self, name: str) -> list["Form"]:
        """Read a required list of objects, which may be empty."""
        self._require(name)
        return self.rows(name)

    def texts(self, name: str) -> list[str]:
        """Read a list of texts, each once; absent and null are empty."""
        value = self.sent.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise self.wrong(name, "must be an array")
        for n, one in enumerate(value):
            if not isinstance(one, str):
                raise self.wrong(f"{name}[{n}]", "must be a string")
        return list(dict.fromkeys(value))

    def _require(self, name: str) -> None:
        if not self.has(name):
            raise self.wrong(name, "is required")

    def wrong(self, name: str, why: str) -> Malformed:
        """Make the complaint about one field, for the caller to raise."""
        return Malformed(f'"{self._path}{name}" {why}')
