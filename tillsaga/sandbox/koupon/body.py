"""Reading request bodies strictly, by the type names of sheet 1.

Numbers never pass through a float. A fault is told by an error code of the operation, so
each reader that can meet more than one kind of fault takes the code to refuse with.
"""

import json
import re
from decimal import Decimal
from typing import Any

from tillsaga.sandbox.books import Record
from tillsaga.sandbox.koupon.call import Refusal

MOST = Decimal(10**12)
"""Amounts and quantities beyond this are mistakes, and would not fit the books."""


def read_object(body: bytes) -> Record:
    """Read a JSON object.

    Raises:
        Refusal: `INVALID_REQUEST`, for anything else.
    """
    try:
        values = json.loads(body, parse_float=Decimal, parse_constant=_no_constant)
        # Half a surrogate pair can be escaped in JSON, but neither stored nor sent back.
        json.dumps(values, ensure_ascii=False, default=str).encode()
    except (ValueError, ArithmeticError, RecursionError) as unreadable:
        raise Refusal("INVALID_REQUEST", "the body is not JSON") from unreadable
    if not isinstance(values, dict):
        raise Refusal("INVALID_REQUEST", "the body must be an object")
    return values


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def rows(value: Any, name: str) -> list[Record]:
    """Read a list of objects."""
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        raise Refusal("INVALID_REQUEST", f"{name} must be an array of objects")
    return value


def required(values: Record, name: str, missing: str) -> Any:
    """Read a field that must be there; null and an empty text are not.

    Args:
        values: The object the field is in.
        name: The field.
        missing: The code to refuse with when it is not there.
    """
    value = values.get(name)
    if value in (None, ""):
        raise Refusal(missing, f"{name} is required")
    return value


def text(values: Record, name: str, missing: str) -> str:
    """Read a required string; ids are opaque, so a number is not one."""
    value = required(values, name, missing)
    if not isinstance(value, str):
        raise Refusal("INVALID_REQUEST", f"{name} must be a string")
    return value


def digits(values: Record, name: str, missing: str) -> int:
    """Read `Digits`: digits only, as a number or a string."""
    value = required(values, name, missing)
    if isinstance(value, bool) or not re.fullmatch(r"[0-9]{1,9}", str(value)):
        raise Refusal("INVALID_REQUEST", f"{name} must be digits")
    return int(value)


def quantity(values: Record, name: str, missing: str) -> int | str:
    """Read a `NonNegNumber`; what is not whole stays text, being no binary fraction."""
    value = required(values, name, missing)
    if isinstance(value, bool) or not isinstance(value, int | Decimal) or not 0 <= value <= MOST:
        raise Refusal("INVALID_REQUEST", f"{name} must be a number of at least 0")
    return int(value) if value == int(value) else str(value)


def cents(values: Record, name: str, missing: str) -> int:
    """Read a `Decimal` in dollars, a number or a numeric string, as cents (sheet 1).

    Raises:
        Refusal: `INVALID_AMOUNT` when it is none, or has a fraction of a cent.
    """
    value = required(values, name, missing)
    is_text = isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,13}(\.[0-9]{1,30})?", value)
    is_number = isinstance(value, int | Decimal) and not isinstance(value, bool)
    dollars = Decimal(value) if is_text or is_number else MOST + 1
    # The bound comes first: rounding a longer number is an error of its own.
    if abs(dollars) > MOST or dollars != round(dollars, 2):
        raise Refusal("INVALID_AMOUNT", f"{name} must be an amount in dollars and cents")
    return int(dollars * 100)
