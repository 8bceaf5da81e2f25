"""No personal data in what is reported: `PII_NOT_ALLOWED` (sheet 3.5, trap 12).

A test aid: the real engine does not look. Product names are no names of people, so `name`
is fine in the rows of a list, such as basket lines.
"""

import re
from collections.abc import Iterator
from typing import Any

from tillsaga.sandbox.books import Record
from tillsaga.sandbox.wll.call import Call, Refusal

KEYS = {
    "name",
    "firstname",
    "lastname",
    "givenname",
    "familyname",
    "middlename",
    "fullname",
    "surname",
    "customername",
    "membername",
    "username",
    "cardholder",
    "cashiername",
    "mail",
    "email",
    "emailaddress",
    "phone",
    "phonenumber",
    "mobile",
    "telephone",
    "address",
    "birthdate",
    "dateofbirth",
    "profile",
}
EMAIL = re.compile(r"[^\s@|]+@[^\s@]+\.[a-zA-Z]{2,}")
PHONE = re.compile(r"\+\d[\d\s().-]{6,}\d|\(?0\d{1,4}\)? \d{3,4} \d{3,4}")
"""Must look like more than digits: tills have long numbers of their own."""


def refuse_personal(call: Call, reported: Any, member: Record | None) -> None:
    """Refuse when a key or value looks personal, or a value is of the member's profile."""
    if not call.switches["pii_check"]:
        return
    own = {value for value in (member or {}).get("profile", {}).values() if value}
    for path, key, value in _leaves(reported):
        if _is_personal(key, value) or (isinstance(value, str) and value in own):
            message = "personal data must not be reported"
            raise Refusal("PII_NOT_ALLOWED", message, [{"path": path, "message": message}])


def _is_personal(key: str, value: Any) -> bool:
    if re.sub(r"[^a-z]", "", key.lower()) in KEYS:
        return True
    return isinstance(value, str) and bool(EMAIL.search(value) or PHONE.fullmatch(value.strip()))


def _leaves(node: Any, path: str = "", *, row: bool = False) -> Iterator[tuple[str, str, Any]]:
    """Walk through keys and values; the key `name` of a row in a list is passed over."""
    if isinstance(node, dict):
        for key, value in node.items():
            here = f"{path}.{key}".strip(".")
            yield here, "" if row and key == "name" else key, value
            yield from _leaves(value, here)
    elif isinstance(node, list):
        for number, value in enumerate(node):
            here = f"{path}.{number}".strip(".")
            yield here, "", value
            yield from _leaves(value, here, row=True)
