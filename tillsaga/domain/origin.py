"""For whose request work is done: it goes along with the work, from the till to the vendor.

So log lines and traces of all processes can be laid side by side.
What goes along is the request's id and the place in its trace (W3C Trace Context, without what
others may write into it): two identifiers, and nothing of the customer.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace

HEADER = "tillsaga-origin"
"""Where Temporal's messages carry it."""

_TRACEPARENT = re.compile(
    r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?"
)
_CHECKOUT = re.compile(r"chk_[0-9A-Z]+")


@dataclass(frozen=True)
class Origin:
    """Which request, which trace, and which checkout; what is unknown is None."""

    request_id: str | None = None
    traceparent: str | None = None
    checkout_id: str | None = None

    @property
    def trace_id(self) -> str | None:
        """The trace, without the place in it."""
        return self.traceparent.split("-")[1] if self.traceparent else None

    @property
    def ids(self) -> dict[str, str]:
        """What a log line says of it."""
        named = {
            "request_id": self.request_id,
            "trace_id": self.trace_id,
            "checkout_id": self.checkout_id,
        }
        return {name: value for name, value in named.items() if value}

    def written(self) -> bytes:
        """Write down what goes along; nothing where there is nothing.

        >>> Origin("req_1", "00-" + "a" * 32 + "-" + "b" * 16 + "-01").written()
        b'req_1 00-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-bbbbbbbbbbbbbbbb-01'
        """
        return " ".join((self.request_id or "", self.traceparent or "")).rstrip().encode()


def read(written: bytes) -> Origin:
    """Read what came along; what is not ours is nothing.

    >>> read(b"req_1").request_id
    'req_1'
    """
    request_id, _, traceparent = written.decode(errors="replace").partition(" ")
    return Origin(request_id or None, accepted(traceparent))


def accepted(traceparent: str | None) -> str | None:
    """Take a caller's `traceparent`, if it is one. A later version is read as the first.

    >>> accepted("00-" + "0" * 32 + "-" + "b" * 16 + "-01") is None
    True
    """
    found = _TRACEPARENT.fullmatch(traceparent or "")
    return f"00-{found[1]}-{found[2]}-{found[3]}" if found else None


def checkout_in(workflow_id: str) -> str | None:
    """Find the checkout that a workflow is about.

    >>> checkout_in("repair-chk_9T3M2K7QW4RB5X8Z")
    'chk_9T3M2K7QW4RB5X8Z'
    """
    found = _CHECKOUT.search(workflow_id)
    return found[0] if found else None


_NOBODY = Origin()
_current: ContextVar[Origin] = ContextVar("origin", default=_NOBODY)


def current() -> Origin:
    """Whom the running task works for."""
    return _current.get()


def follow(origin: Origin) -> None:
    """Say whom the running task, and whatever it starts, works for from now on."""
    _current.set(origin)


@contextmanager
def following(origin: Origin) -> Iterator[None]:
    """Work for somebody inside."""
    token = _current.set(origin)
    try:
        yield
    finally:
        _current.reset(token)


def about(checkout_id: str) -> None:
    """Say which checkout it turned out to be about."""
    follow(replace(current(), checkout_id=checkout_id))
