"""OpenTelemetry: the one module that knows it. `tillsaga.tracing` is how the rest uses it."""

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from importlib.metadata import version
from typing import Literal

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.environment_variables import OTEL_SERVICE_NAME
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

_KINDS = {
    "server": SpanKind.SERVER,
    "client": SpanKind.CLIENT,
    "internal": SpanKind.INTERNAL,
}
_HEADER = "traceparent"
CLOSING_SECONDS = 2.0
_CONTEXT = TraceContextTextMapPropagator()
_chosen: ContextVar[tuple[int, int] | None] = ContextVar("chosen", default=None)


class OtlpTracer:
    """Makes the spans of one process, and sends them as the environment's `OTEL_*` say."""

    def __init__(self, service: str, processor: SpanProcessor | None = None) -> None:
        """Take the service's name, unless `OTEL_SERVICE_NAME` has another.

        `processor` gets the spans in place of the exporter.
        """
        named, number = os.environ.get(OTEL_SERVICE_NAME) or service, version("tillsaga")
        resource = Resource.create({"service.name": named, "service.version": number})
        self._provider = TracerProvider(
            resource=resource, id_generator=_Ids(), shutdown_on_exit=False
        )
        self._provider.add_span_processor(processor or BatchSpanProcessor(OTLPSpanExporter()))
        self._tracer = self._provider.get_tracer("tillsaga", number)

    def begin(
        self,
        name: str,
        kind: Literal["server", "client", "internal"],
        parent: str | None,
        at: int | None = None,
    ) -> "OtlpSpan":
        """Begin a span now, or at a time in nanoseconds; without a parent, a trace of its own."""
        within = _CONTEXT.extract({_HEADER: parent}, Context()) if parent else Context()
        return OtlpSpan(
            self._tracer.start_span(name, context=within, kind=_KINDS[kind], start_time=at)
        )

    @contextmanager
    def chosen(self, span_id: int, trace_id: int) -> Iterator[None]:
        """Have what begins inside be known by these ids."""
        token = _chosen.set((span_id, trace_id))
        try:
            yield
        finally:
            _chosen.reset(token)

    def close(self) -> None:
        """Send what is left, as far as somebody takes it soon, and send no more."""
        # It would wait for each batch in turn, for longer than a process has that is to stop.
        closing = threading.Thread(target=self._provider.shutdown, daemon=True)
        closing.start()
        closing.join(CLOSING_SECONDS)


class OtlpSpan:
    """A span that has begun. Only what is ended is sent."""

    def __init__(self, span: Span) -> None:
        """Take it."""
        self._span = span

    @property
    def traceparent(self) -> str:
        """What names it to its parts."""
        carried: dict[str, str] = {}
        _CONTEXT.inject(carried, set_span_in_context(self._span, Context()))
        return carried[_HEADER]

    def rename(self, name: str) -> None:
        """Give it another name."""
        self._span.update_name(name)

    def note(self, attributes: Mapping[str, str | int]) -> None:
        """Add attributes."""
        self._span.set_attributes(attributes)

    def fail(self, attributes: Mapping[str, str | int]) -> None:
        """Say that it failed."""
        self._span.set_attributes(attributes)
        self._span.set_status(Status(StatusCode.ERROR))

    def end(self, at: int | None = None) -> None:
        """End it."""
        self._span.end(at)


class _Ids(RandomIdGenerator):
    """Random, unless they were chosen."""

    def generate_span_id(self) -> int:
        chosen = _chosen.get()
        return chosen[0] or 1 if chosen else super().generate_span_id()

    def generate_trace_id(self) -> int:
        chosen = _chosen.get()
        return chosen[1] or 1 if chosen else super().generate_trace_id()
