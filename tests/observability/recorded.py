"""Spans of this process, kept where a test can look at them."""

from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from tillsaga.otlp import OtlpTracer
from tillsaga.tracing import recorded_by


class Recorded:
    """What has ended so far."""

    def __init__(self, exporter: InMemorySpanExporter) -> None:
        self._exporter = exporter

    @property
    def spans(self) -> list[ReadableSpan]:
        return list(self._exporter.get_finished_spans())

    def named(self, name: str) -> ReadableSpan:
        """The one span of a name."""
        [span] = [span for span in self.spans if span.name == name]
        return span


@contextmanager
def recorded() -> Iterator[Recorded]:
    """Keep all spans that end inside."""
    exporter = InMemorySpanExporter()
    with recorded_by(OtlpTracer("test", SimpleSpanProcessor(exporter))):
        yield Recorded(exporter)


def ids(span: ReadableSpan) -> tuple[str, str, str | None]:
    """Trace, span and parent, as they are written."""
    context = span.get_span_context()
    assert context is not None
    parent = f"{span.parent.span_id:016x}" if span.parent else None
    return f"{context.trace_id:032x}", f"{context.span_id:016x}", parent
