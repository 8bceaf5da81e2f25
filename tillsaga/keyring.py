"""The keys that encrypt what Temporal keeps: `TILLSAGA_ENCRYPTION_KEYS`."""

import base64
import binascii
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

KEY_BYTES = 32
_KEY_ID = re.compile(r"[A-Za-z0-9._-]{1,32}")


class KeyRingError(ValueError):
    """`TILLSAGA_ENCRYPTION_KEYS` is not a key ring; says which entry, and never shows a key."""


@dataclass(frozen=True)
class KeyRing:
    """Keys by their ids; the first one encrypts."""

    newest: str
    keys: Mapping[str, bytes] = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `id:base64 of 32 bytes`, comma-separated, newest first.

        Raises:
            KeyRingError: an entry is malformed, or an id is there twice.
        """
        keys: dict[str, bytes] = {}
        for place, entry in enumerate(text.split(","), start=1):
            key_id, key = _entry(entry.strip(), place)
            if key_id in keys:
                raise KeyRingError(f"the key id {key_id!r} is there twice")
            keys[key_id] = key
        return cls(next(iter(keys)), keys)


def _entry(entry: str, place: int) -> tuple[str, bytes]:
    key_id, colon, encoded = entry.partition(":")
    if not colon or not _KEY_ID.fullmatch(key_id):
        raise KeyRingError(f"key {place} must be `id:base64 of 32 bytes`")
    try:
        key = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        raise KeyRingError(f"the key {key_id!r} is not base64") from None
    if len(key) != KEY_BYTES:
        raise KeyRingError(f"the key {key_id!r} has {len(key)} bytes instead of {KEY_BYTES}")
    return key_id, key


def new_key(key_id: str) -> str:
    """Make an entry of a key ring."""
    return f"{key_id}:{base64.b64encode(os.urandom(KEY_BYTES)).decode()}"
