"""How much one caller may ask for: requests per minute, and messages in hand per checkout."""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from tillsaga.errors import Refusal

WINDOW_SECONDS = 60
MESSAGES_IN_HAND = 8
_KEYS_REMEMBERED = 10_000


class RateLimit:
    """A fixed window per API key and store, in this process."""

    def __init__(self, quota: int) -> None:
        self._quota = quota
        self._used: Counter[str] = Counter()
        self._window = 0

    def take(self, who: str, now: float | None = None) -> dict[str, str]:
        """Take one request; answers the headers of the IETF's RateLimit draft.

        Raises:
            Refusal: `rate_limited`, with `headers` to send along.
        """
        seconds = time.time() if now is None else now
        window, passed = divmod(int(seconds), WINDOW_SECONDS)
        if window != self._window or len(self._used) > _KEYS_REMEMBERED:
            self._window, self._used = window, Counter()
        self._used[who] += 1
        left, reset = self._quota - self._used[who], WINDOW_SECONDS - passed
        headers = {
            "RateLimit-Policy": f'"default";q={self._quota};w={WINDOW_SECONDS}',
            "RateLimit": f'"default";r={max(left, 0)};t={reset}',
        }
        if left < 0:
            raise RateLimited(headers | {"Retry-After": str(reset)})
        return headers


class RateLimited(Refusal):
    """Too many requests; `headers` say when to come back."""

    def __init__(self, headers: dict[str, str]) -> None:
        super().__init__("rate_limited", "too many requests with this API key")
        self.headers = headers


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
