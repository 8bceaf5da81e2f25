"""How an API key is written: `ts_live_` or `ts_test_`, 32 random bytes, and a checksum.

The checksum tells a mistyped key apart without a look into the database, and lets secret scanners
find a key in a repository without asking us. Keys made before it had 43 characters of base64 and
stay valid: of those only the shape is known.
"""

import re
import secrets
import zlib

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_BYTES = 32
_RANDOM, _CHECK = 43, 6  # base 62: 32 bytes, and 32 bits

PATTERN = rf"ts_(?:live|test)_[0-9A-Za-z]{{{_RANDOM + _CHECK}}}"
"""For secret scanners."""

_OLD = re.compile(r"ts_(?:live|test)_[0-9A-Za-z_-]{43}")
_NEW = re.compile(PATTERN)


def new_key(*, live: bool) -> str:
    """Make a key that nobody can guess."""
    start = f"ts_{'live' if live else 'test'}_"
    return _checked(start + _base62(int.from_bytes(secrets.token_bytes(_BYTES)), _RANDOM))


def can_be_key(word: str) -> bool:
    """Whether a word can be a key of ours at all; says nothing about whose.

    >>> can_be_key("ts_test_nobody"), can_be_key("ts_live_" + "x" * 49)
    (False, False)
    """
    if _OLD.fullmatch(word):
        return True
    return _NEW.fullmatch(word) is not None and _checked(word[:-_CHECK]) == word


def _checked(start: str) -> str:
    return start + _base62(zlib.crc32(start.encode()), _CHECK)


def _base62(number: int, length: int) -> str:
    digits = []
    for _ in range(length):
        number, digit = divmod(number, len(_DIGITS))
        digits.append(_DIGITS[digit])
    return "".join(reversed(digits))
