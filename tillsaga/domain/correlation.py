"""Which effect a vendor is called for, so that its log and our records can be laid side by side.

A vendor is told a digest: it finds all calls for an effect by it, and learns nothing else.
"""

import hashlib
from contextvars import ContextVar

HEADER = "X-Correlation-Id"
_effect: ContextVar[str | None] = ContextVar("effect", default=None)


def begin(key: str) -> None:
    """Say that what the running task calls from now on, it calls for the effect of this key."""
    _effect.set(correlation_id(key))


def current() -> str | None:
    """What names the effect that the running task calls for; None where it is for none."""
    return _effect.get()


def headers() -> dict[str, str]:
    """What a call of the running task carries."""
    effect = current()
    return {HEADER: effect} if effect else {}


def correlation_id(key: str) -> str:
    """Name an effect without saying anything about it.

    >>> correlation_id("chk_1/lock_voucher/leat/v-1#1")
    'effect-2f5d248c4f694d62af54f285'
    """
    return "effect-" + hashlib.sha256(key.encode()).hexdigest()[:24]
