"""Traces: what took how long, from the till's message to the vendor's answer.

Off unless `OTEL_EXPORTER_OTLP_ENDPOINT` says where spans go; then nothing here does more than ask
whether it is on. What a span may say is listed here, so that nothing of a customer gets into one.
"""

import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from tillsaga.domain import origin

if TYPE_CHECKING:
    from tillsaga.otlp import OtlpSpan, OtlpTracer

Kind = Literal["server", "client", "internal"]
Value = str | int | None
ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")

ATTRIBUTES: Mapping[str, str] = {
    "method": "http.request.method",
    "status": "http.response.status_code",
    "host": "server.address",
    "error": "error.type",
    "request_id": "tillsaga.request_id",
    "checkout_id": "tillsaga.checkout_id",
    "vendor": "tillsaga.vendor",
    "outcome": "tillsaga.outcome",
    "correlation_id": "tillsaga.correlation_id",
    "workflow": "temporal.workflow.type",
    "workflow_id": "temporal.workflow.id",
    "run_id": "temporal.workflow.run_id",
    "activity": "temporal.activity.type",
    "attempt": "temporal.activity.attempt",
    "queue": "temporal.task_queue",
}
"""What a span may say, and how it is called there. No path, no body, no subject of an effect."""

_CODE = re.compile(r"[a-z]+(_[a-z0-9]+)*")
_tracer: "OtlpTracer | None" = None


class Span:
    """A stretch of work that is under way. Without tracing it is nothing."""

    def __init__(self, recorded: "OtlpSpan | None" = None) -> None:
        """Take what keeps it."""
        self._recorded = recorded

    def call(self, name: str) -> None:
        """Give it its name, where that is known only now."""
        if self._recorded is not None:
            self._recorded.rename(name)

    def say(self, **facts: Value) -> None:
        """Note facts, each by a name of `ATTRIBUTES`."""
        if self._recorded is not None:
            self._recorded.note({ATTRIBUTES[n]: v for n, v in facts.items() if v is not None})

    def fail(self, why: "BaseException | str") -> None:
        """Note that it failed, by a code or a class; never by what an exception says."""
        if self._recorded is not None:
            self._recorded.fail({ATTRIBUTES["error"]: named(why)})

    def end(self, at: int | None = None) -> None:
        """Let it end now, or at a time in nanoseconds."""
        if self._recorded is not None:
            self._recorded.end(at)


_NOTHING = Span()


@contextmanager
def exported(service: str) -> Iterator[None]:
    """Export what this process does while inside, if the environment says where to."""
    if not any(os.environ.get(name) for name in ENDPOINTS):
        yield
        return
    from tillsaga.otlp import OtlpTracer  # a tenth of a second that nobody else needs

    with recorded_by(OtlpTracer(service)):
        yield


@contextmanager
def recorded_by(tracer: "OtlpTracer") -> Iterator[None]:
    """Have a tracer keep all spans of this process while inside; it is closed at the end."""
    global _tracer
    before, _tracer = _tracer, tracer
    try:
        yield
    finally:
        _tracer = before
        tracer.close()


@contextmanager
def span(name: str, kind: Kind = "internal", **facts: Value) -> Iterator[Span]:
    """Record what is done inside as a part of what the running task works for."""
    if _tracer is None:
        yield _NOTHING
        return
    whole = origin.current()
    made, part = _begun(_tracer, name, kind, whole.traceparent)
    made.say(**facts)
    with origin.following(replace(whole, traceparent=part)):
        try:
            yield made
        except BaseException as error:
            made.fail(error)
            raise
        finally:
            made.end()


def begin_again(name: str, kind: Kind, identity: str, at: int) -> Span:
    """Begin what may have begun before, in a run that replays: the span of an identity is one.

    The running task works on under it. Whoever began it ends it, once.

    Args:
        name: What is done.
        kind: On which side of a message.
        identity: What makes it this one, in every replay.
        at: When it began, in nanoseconds.
    """
    if _tracer is None:
        return _NOTHING
    whole = origin.current()
    ids = hashlib.sha256(identity.encode()).digest()
    with _tracer.chosen(int.from_bytes(ids[:8]), int.from_bytes(ids[8:24])):
        made, part = _begun(_tracer, name, kind, whole.traceparent, at)
    origin.follow(replace(whole, traceparent=part))
    return made


def named(why: BaseException | str) -> str:
    """Name a failure by its code, if that is one of ours, or by its class.

    >>> named("vendor_unavailable"), named(ValueError("ann@shopper.example"))
    ('vendor_unavailable', 'ValueError')
    """
    code = why if isinstance(why, str) else getattr(why, "code", None)
    if isinstance(code, str) and _CODE.fullmatch(code):
        return code
    return "other" if isinstance(why, str) else type(why).__name__


def _begun(
    tracer: "OtlpTracer", name: str, kind: Kind, parent: str | None, at: int | None = None
) -> tuple[Span, str]:
    recorded = tracer.begin(name, kind, parent, at)
    return Span(recorded), recorded.traceparent
