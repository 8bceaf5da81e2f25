"""How much may be asked for: requests per minute and key or store, messages and streams at once.

All of it is counted by each process for itself: it protects the process. What protects the cards,
codes that nobody knows, is counted in the records, over all processes (`guessing`).
"""

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from tillsaga.errors import Refusal

WINDOW_SECONDS = 60
MESSAGES_IN_HAND = 8
STREAMS_PER_CALLER = 200
"""Event streams that one caller may follow at once in a process: a stream per till, and some."""
_KEYS_REMEMBERED = 10_000


class RateLimit:
    """A fixed window per caller, or per store."""

    def __init__(self, quota: int, name: str = "key") -> None:
        """Take the requests per minute; `name` is the policy's in the headers."""
        self._quota = quota
        self._name = name
        self._used: Counter[str] = Counter()
        self._window = 0

    def take(
        self, who: str, quota: int | None = None, *, now: float | None = None
    ) -> dict[str, str]:
        """Take one request; answers the headers of the IETF's RateLimit draft.

        Args:
            who: Whose window.
            quota: Requests per minute, where it is not the same for all.
            now: Seconds since the epoch.

        Raises:
            Refusal: `rate_limited`, with `headers` to send along.
        """
        seconds = time.time() if now is None else now
        window, passed = divmod(int(seconds), WINDOW_SECONDS)
        if window != self._window or len(self._used) > _KEYS_REMEMBERED:
            self._window, self._used = window, Counter()
        self._used[who] += 1
        allowed = self._quota if quota is None else quota
        left, reset = allowed - self._used[who], WINDOW_SECONDS - passed
        headers = {
            "RateLimit-Policy": f'"{self._name}";q={allowed};w={WINDOW_SECONDS}',
            "RateLimit": f'"{self._name}";r={max(left, 0)};t={reset}',
        }
        if left < 0:
            raise RateLimited(self._name, headers, reset)
        return headers


class RateLimited(Refusal):
    """Too many requests; `headers` say which policy says so."""

    def __init__(self, name: str, headers: dict[str, str], reset: int) -> None:
        words = "for this store" if name == "store" else "with this API key"
        super().__init__("rate_limited", f"too many requests {words}", retry_after_seconds=reset)
        self.headers = headers


def together(first: Mapping[str, str], second: Mapping[str, str]) -> dict[str, str]:
    """Write several policies' headers as one list, as the draft has it."""
    both = {name: f"{first[name]}, {second[name]}" for name in first if name in second}
    return {**first, **second, **both}


class Streams:
    """The event streams that are followed now."""

    def __init__(self, most: int = STREAMS_PER_CALLER) -> None:
        self._most = most
        self._open: Counter[str] = Counter()

    @property
    def followed(self) -> int:
        """How many are open."""
        return self._open.total()

    @contextmanager
    def follow(self, caller: str) -> Iterator[None]:
        """Count a stream while it is followed.

        Raises:
            Refusal: `rate_limited`: the caller follows too many others.
        """
        if self._open[caller] >= self._most:
            words = f"at most {self._most} event streams at once with this API key"
            raise Refusal("rate_limited", words)
        self._open[caller] += 1
        try:
            yield
        finally:
            self._open[caller] -= 1
            if not self._open[caller]:
                del self._open[caller]


class InHand:
    """The distinct messages that each checkout is busy with. Repetitions of one count once."""

    def __init__(self) -> None:
        self._by_checkout: dict[str, Counter[str]] = {}

    @contextmanager
    def hold(self, checkout_id: str, update_id: str) -> Iterator[None]:
        """Count a message while it is in hand.

        Raises:
            Refusal: `request_in_progress`: too many others are.
        """
        messages = self._by_checkout.setdefault(checkout_id, Counter())
        if update_id not in messages and len(messages) >= MESSAGES_IN_HAND:
            raise Refusal("request_in_progress", "too many messages are in hand for this checkout")
        messages[update_id] += 1
        try:
            yield
        finally:
            messages[update_id] -= 1
            if not messages[update_id]:
                del messages[update_id]
            if not messages:
                self._by_checkout.pop(checkout_id, None)
