from datetime import timedelta

from tests.domain.samples import NOON
from tillsaga.domain.guessing import Guesses, GuessRule, after_failures

RULE = GuessRule(
    failures=3,
    window=timedelta(minutes=10),
    pause=timedelta(minutes=1),
    longest_pause=timedelta(minutes=5),
)
MINUTE = timedelta(minutes=1)


def after(*minutes: float) -> Guesses:
    """Wrong codes at these minutes past noon."""
    found: Guesses | None = None
    for minute in minutes:
        found = after_failures(found, NOON + minute * MINUTE, RULE, 1)
    assert found is not None
    return found


def test_a_few_slips_now_and_then_are_no_strike() -> None:
    assert after(0, 1).strikes == 0
    assert after(*range(0, 600, 6)).strikes == 0


def test_too_many_within_a_window_are_one() -> None:
    struck = after(0, 4, 9)
    assert (struck.strikes, struck.failures) == (1, 0)
    assert struck.blocked_until == NOON + 10 * MINUTE
    assert struck.pauses_at(NOON + 9.9 * MINUTE)
    assert not struck.pauses_at(NOON + 10 * MINUTE)


def test_each_further_strike_pauses_twice_as_long_up_to_the_longest() -> None:
    found, now, pauses = None, NOON, []
    for _ in range(5):
        found = after_failures(found, now, RULE, 3)
        assert found.blocked_until is not None
        pauses.append((found.blocked_until - now) / MINUTE)
        now = found.blocked_until
    assert pauses == [1, 2, 4, 5, 5]


def test_a_quiet_day_is_forgiven() -> None:
    struck = after(0, 0, 0)
    again = after_failures(struck, NOON + timedelta(days=1), RULE, 1)
    assert (again.strikes, again.failures, again.blocked_until) == (0, 1, None)


def test_what_was_under_way_does_not_shorten_a_pause() -> None:
    struck = after_failures(None, NOON, RULE, 3)
    late = after_failures(struck, NOON, RULE, 2)
    assert late.blocked_until == struck.blocked_until
    assert late.strikes == 1
