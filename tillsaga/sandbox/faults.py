"""Fault rules and the request log."""

import asyncio
import re
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from tillsaga.sandbox.books import Clock
from tillsaga.sandbox.reshaping import Shape
from tillsaga.sandbox.sent import CORRELATION, Sent, sent
from tillsaga.sandbox.wire import Asked

Kind = Literal[
    "error_before",
    "error_after",
    "drop_before",
    "drop_after",
    "late",
    "delay",
    "hang_before",
    "rate_limited",
    "maintenance",
    "html_before",
    "html_after",
    "malformed",
    "refuse",
    "old_shape",
    "other_shape",
]
LOG_LENGTH = 20_000
KEPT_BODIES = 500


@dataclass(frozen=True)
class FaultKind:
    """A way to go wrong: whether the vendor does it all the same, and what its client sees.

    `fields` are those of a rule that this kind reads besides the ones that every rule has.
    """

    name: Kind
    happens: str
    seen: str
    fields: tuple[str, ...] = ()


KINDS = (
    FaultKind("error_before", "no", "HTTP `status` (500)", ("status", "message")),
    FaultKind("error_after", "yes", "HTTP `status` (500)", ("status", "message")),
    FaultKind("drop_before", "no", "Connection closed without a byte"),
    FaultKind("drop_after", "yes", "Connection closed without a byte"),
    FaultKind("late", "yes, `delay_ms` later", "Connection closed at once", ("delay_ms",)),
    FaultKind(
        "hang_before",
        "no",
        "Silence for `delay_ms`, then the connection closed",
        ("delay_ms",),
    ),
    FaultKind("delay", "yes, at once", "The true answer after `delay_ms`", ("delay_ms",)),
    FaultKind("rate_limited", "no", "429 with `Retry-After: retry_after`", ("retry_after",)),
    FaultKind("maintenance", "no", "503 with an HTML page"),
    FaultKind("html_before", "no", "200 with an HTML page"),
    FaultKind("html_after", "yes", "200 with an HTML page"),
    FaultKind("malformed", "yes", "200 with half of the JSON"),
    FaultKind(
        "refuse", "no", "The vendor's refusal with `code` and `message`", ("code", "message")
    ),
    FaultKind(
        "old_shape", "yes", "An older answer: `switches` hold for this one call", ("switches",)
    ),
    FaultKind("other_shape", "yes", "The answer in another `shape`", ("shape",)),
)


class Rule(BaseModel):
    """When to go wrong, how often, and how. Without a filter it matches every request."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    vendor: str
    kind: Kind
    operation: str | None = None
    method: str | None = None
    path_regex: str | None = Field(default=None, description="Searched below the vendor's mount.")
    query_regex: str | None = Field(default=None, description="Searched in the raw query.")
    times: int | None = Field(default=1, ge=1, description="How often; null is for ever.")
    after: int = Field(default=0, ge=0, description="Matching requests to let through first.")
    status: int = Field(default=500, ge=400, le=599)
    delay_ms: int = Field(default=0, ge=0)
    retry_after: int = Field(default=1, ge=0, description="Seconds.")
    code: int | str | None = None
    message: str | None = None
    switches: dict[str, Any] | None = None
    shape: Shape = "newer"

    @model_validator(mode="after")
    def _is_complete(self) -> "Rule":
        if self.kind == "refuse" and self.code is None:
            raise ValueError("refuse needs the vendor's code")
        for pattern in (self.path_regex, self.query_regex):
            _compiled(pattern or "")
        return self

    @cached_property
    def _patterns(self) -> tuple[re.Pattern[str], re.Pattern[str]]:
        return _compiled(self.path_regex or ""), _compiled(self.query_regex or "")

    def fits(self, vendor: str, operation: str | None, asked: Asked) -> bool:
        """Tell whether the rule speaks about this request."""
        return (
            vendor == self.vendor
            and self.operation in (None, operation)
            and (self.method or asked.method).upper() == asked.method
            and self._patterns[0].search(asked.path) is not None
            and self._patterns[1].search(asked.query) is not None
        )


def _compiled(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern)
    except re.error as bad:
        raise ValueError(f"no regular expression: {bad}") from bad


@dataclass
class Standing:
    """A rule in force, with how many requests it matched and how often it struck."""

    id: str
    rule: Rule
    matched: int = 0
    struck: int = 0

    def strikes(self) -> bool:
        """Count a matching request; tell whether this one goes wrong."""
        self.matched += 1
        spent = self.rule.times is not None and self.struck >= self.rule.times
        if spent or self.matched <= self.rule.after:
            return False
        self.struck += 1
        return True

    def shown(self) -> dict[str, Any]:
        """Describe the rule and its counts."""
        counts = {"id": self.id, "matched": self.matched, "struck": self.struck}
        return counts | self.rule.model_dump(exclude_defaults=True)


@dataclass
class Entry:
    """One request as logged: no headers and no body, so no secrets.

    `status` is null when the connection was closed instead; `applied` says whether the
    vendor carried the request out and accepted it. `correlation` is what the client called it.
    """

    n: int
    vendor: str
    operation: str | None
    method: str
    path: str
    query: str
    at: str
    status: int | None = None
    applied: bool = False
    fault: str | None = None
    correlation: str | None = None


class Desk:
    """Holds the rules, the log and the effects that are still to come late."""

    def __init__(self, clock: Clock) -> None:
        """Start without rules and with an empty log."""
        self._clock = clock
        self._numbers = 0
        self._requests = 0
        self.standing: dict[str, Standing] = {}
        self.log: deque[Entry] = deque(maxlen=LOG_LENGTH)
        self._sent: deque[tuple[int, Sent]] = deque(maxlen=KEPT_BODIES)
        self._late: set[asyncio.Task[None]] = set()

    def add(self, rule: Rule) -> Standing:
        """Put a rule in force."""
        self._numbers += 1
        standing = Standing(f"f-{self._numbers}", rule)
        self.standing[standing.id] = standing
        return standing

    def pick(self, vendor: str, operation: str | None, asked: Asked) -> Standing | None:
        """Choose the oldest rule that strikes this request."""
        for standing in self.standing.values():
            if standing.rule.fits(vendor, operation, asked) and standing.strikes():
                return standing
        return None

    def note(self, vendor: str, operation: str | None, asked: Asked) -> Entry:
        """Open a log entry."""
        self._requests += 1
        at = self._clock.now().isoformat()
        query, where = asked.logged_query(), asked.path
        entry = Entry(self._requests, vendor, operation, asked.method, where, query, at)
        entry.correlation = asked.headers.get(CORRELATION)
        self.log.append(entry)
        self._sent.append((entry.n, sent(asked)))
        return entry

    def whole(self, n: int) -> dict[str, Any] | None:
        """Describe a request with what was sent, as long as that is kept."""
        entry = next((one for one in self.log if one.n == n), None)
        kept = next((what for number, what in self._sent if number == n), None)
        return None if entry is None or kept is None else asdict(entry) | asdict(kept)

    def later(self, delay_ms: int, effect: Callable[[], object]) -> None:
        """Apply an effect in the background."""

        async def wait() -> None:
            await asyncio.sleep(delay_ms / 1000)
            effect()

        task = asyncio.get_running_loop().create_task(wait())
        self._late.add(task)
        task.add_done_callback(self._late.discard)

    @property
    def to_come(self) -> int:
        """How many effects are still to come late."""
        return len(self._late)

    def forget_requests(self) -> None:
        """Clear the log."""
        self.log.clear()
        self._sent.clear()

    def clear(self) -> None:
        """Forget rules, log and late effects."""
        self.standing.clear()
        self.forget_requests()
        self._requests = 0
        for task in self._late:
            task.cancel()
