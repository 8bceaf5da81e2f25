"""The second line of defence for log lines: what looks personal or secret is masked.

The first one is that nobody has such a value in hand who writes a log line.
"""

import re
from collections.abc import MutableMapping
from typing import Any

from tillsaga.domain.tokens import MASK, masked

SECRET_NAMES = frozenset({"authorization", "token", "secret", "password", "encryption_keys"})
PERSONAL_NAMES = frozenset(
    {"email", "phone", "card", "code", "value", "reference", "member_id", "barcode"}
)
_CODES = frozenset({"code"})
"""A refusal's code is spelt like this, and no card's."""
_REFUSAL = re.compile(r"[a-z]+(_[a-z0-9]+)*")
_EMAIL = re.compile(r"([^\s@<>\"'=:,;(]{1,64})@([^\s@<>\"',;)]+\.[A-Za-z]{2,})")
_BEARER = re.compile(r"(?i)\b(Bearer|Basic)\s+[\w.~+/=-]+")
_API_KEY = re.compile(r"\bts_(?:live|test)_[\w-]+")
_PHONE = re.compile(r"(?<![\w+])\+\d[\d ()-]{6,18}\d\b")
_NUMBER = re.compile(r"(?<![\w.-])\d(?:[ -]?\d){11,18}(?![\w.-])")


def redact(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Mask a log line's values by their names, and texts by what they look like."""
    for name, value in event.items():
        event[name] = _named(name.lower(), value)
    return event


def _named(name: str, value: Any) -> Any:
    if name in SECRET_NAMES and value:
        return MASK
    if name in PERSONAL_NAMES and isinstance(value, str):
        is_refusal = name in _CODES and _REFUSAL.fullmatch(value)
        return value if is_refusal else masked(value)
    if isinstance(value, dict):
        return {key: _named(str(key).lower(), part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_named(name, part) for part in value]
    return redacted(value) if isinstance(value, str) else value


def redacted(text: str) -> str:
    """Mask e-mail addresses, phone and card numbers, and bearers within a text.

    >>> redacted("mail ann@shopper.example, card 4111 1111 1111 1234, call +31 6 12345678")
    'mail a***@s***.example, card ****1234, call ****5678'
    """
    text = _BEARER.sub(lambda found: f"{found[1]} {MASK}", text)
    text = _API_KEY.sub(MASK, text)
    text = _EMAIL.sub(lambda found: email(found[0]), text)
    text = _PHONE.sub(lambda found: masked(found[0]) or MASK, text)
    return _NUMBER.sub(lambda found: masked(found[0]) or MASK, text)


def email(address: str) -> str:
    """Show how an address begins, and where it ends.

    >>> email("ann@shopper.example")
    'a***@s***.example'
    """
    local, _, domain = address.partition("@")
    return f"{local[:1]}***@{domain[:1]}***.{domain.rpartition('.')[2]}"
