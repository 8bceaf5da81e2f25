"""Ids that follow from what a till sent, so that a repetition arrives at the same place."""

import hashlib
import json
import re

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CHECKOUT_ID = re.compile(rf"chk_[{_CROCKFORD}]{{10,26}}")
_CHARACTERS = 16


def checkout_id(store_id: str, basket_id: str, generation: int) -> str:
    """Name the checkout of a bill; 80 bits, so that two bills never meet."""
    digest = hashlib.sha256(f"{store_id}\n{basket_id}\n{generation}".encode()).digest()
    number = int.from_bytes(digest[: _CHARACTERS * 5 // 8])
    shifts = range((_CHARACTERS - 1) * 5, -1, -5)
    return "chk_" + "".join(_CROCKFORD[number >> shift & 31] for shift in shifts)


def is_checkout_id(word: str) -> bool:
    """Whether a word in a URL can be a checkout at all."""
    return _CHECKOUT_ID.fullmatch(word) is not None


def update_id(api_key_id: str, key: str) -> str:
    """Name the Update of a request: Temporal answers a repeated one with the first outcome."""
    return "req_" + hashlib.sha256(f"{api_key_id}\n{key}".encode()).hexdigest()[:40]


def fingerprint(body: object) -> str:
    """Tell two bodies apart, whatever the order of their fields."""
    canonical = json.dumps(body, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
