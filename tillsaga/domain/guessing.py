"""Codes that nobody knows: a few are slips and old vouchers, many are somebody guessing.

Too many of them within a window are a strike. After a strike the caller has to pause at that store,
and twice as long after each further one, until it has been quiet for a day.
"""

from datetime import timedelta

from pydantic import Field

from tillsaga.domain.model import Instant, Model

FORGOTTEN_AFTER = timedelta(days=1)


class GuessRule(Model):
    """How many codes may be wrong within a window, and how long the pause is after a strike."""

    failures: int = Field(default=30, strict=True, ge=1)
    window: timedelta = timedelta(minutes=10)
    pause: timedelta = timedelta(minutes=1)
    longest_pause: timedelta = timedelta(hours=1)


class Guesses(Model):
    """What a caller has tried at a store in the window that began at `since`."""

    since: Instant
    failures: int = 0
    strikes: int = 0
    last_failed_at: Instant
    blocked_until: Instant | None = None

    def pauses_at(self, now: Instant) -> bool:
        """Whether nothing may be tried at a moment."""
        return self.blocked_until is not None and now < self.blocked_until


def after_failures(before: Guesses | None, now: Instant, rule: GuessRule, times: int) -> Guesses:
    """Count codes that nobody knew; a strike begins the next window."""
    if before is None or now - before.last_failed_at >= FORGOTTEN_AFTER:
        before = Guesses(since=now, last_failed_at=now)
    is_over = now - before.since >= rule.window
    failures = times if is_over else before.failures + times
    counted = before.model_copy(
        update={
            "since": now if is_over else before.since,
            "failures": failures,
            "last_failed_at": now,
        }
    )
    if failures < rule.failures:
        return counted
    doublings = min(before.strikes, 20)
    pause = min(rule.pause * 2**doublings, rule.longest_pause)
    ends = max(now + pause, before.blocked_until or now)
    struck = {"since": now, "failures": 0, "strikes": before.strikes + 1, "blocked_until": ends}
    return counted.model_copy(update=struck)
