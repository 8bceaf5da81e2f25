"""Spans: which is a part of which, what they say, and what they never say."""

import asyncio
import socket
import time

import pytest
from opentelemetry.trace import StatusCode

from tests.observability.recorded import ids, recorded
from tillsaga import tracing
from tillsaga.domain import origin
from tillsaga.domain.origin import Origin
from tillsaga.errors import Refused
from tillsaga.otlp import CLOSING_SECONDS

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
TILL = Origin("req_1", f"00-{TRACE}-{SPAN}-01")


def test_the_tills_trace_is_continued() -> None:
    with (
        recorded() as seen,
        origin.following(TILL),
        tracing.span("whole", "server"),
        tracing.span("part", "client"),
    ):
        inner = origin.current()

    whole, part = ids(seen.named("whole")), ids(seen.named("part"))
    assert whole[0] == part[0] == TRACE
    assert whole[2] == SPAN
    assert part[2] == whole[1]
    assert inner == Origin("req_1", f"00-{TRACE}-{part[1]}-01")


def test_work_that_nobody_asked_for_has_a_trace_of_its_own() -> None:
    with recorded() as seen, tracing.span("sweep"):
        pass

    assert seen.named("sweep").parent is None


def test_a_till_that_does_not_sample_is_not_sampled() -> None:
    silent = Origin(traceparent=f"00-{TRACE}-{SPAN}-00")
    with recorded() as seen, origin.following(silent), tracing.span("whole"):
        within = origin.current().traceparent

    assert seen.spans == []
    assert within is not None
    assert (within.split("-")[1], within[-2:]) == (TRACE, "00")


def test_a_failure_is_named_and_not_quoted() -> None:
    with recorded() as seen:
        for error in (Refused("no card GIFT-0001", code="card_refused"), ValueError("GIFT-0001")):
            with pytest.raises(type(error)), tracing.span(type(error).__name__):
                raise error

    said = {span.name: dict(span.attributes or {}) for span in seen.spans}
    assert said == {
        "Refused": {"error.type": "card_refused"},
        "ValueError": {"error.type": "ValueError"},
    }
    assert {span.status.status_code for span in seen.spans} == {StatusCode.ERROR}
    assert "GIFT" not in "".join(span.to_json() for span in seen.spans)


def test_a_span_says_only_what_is_listed() -> None:
    with recorded(), pytest.raises(KeyError), tracing.span("open", path="/v1/cards/GIFT-0001"):
        pass


def test_a_code_that_is_not_ours_is_not_repeated() -> None:
    assert tracing.named(Refused("no", code="GIFT-0001")) == "Refused"
    assert tracing.named("GIFT-0001") == "other"


def test_what_replays_is_the_same_span_and_ends_once() -> None:
    def begin(run: str) -> tracing.Span:
        with origin.following(TILL):
            return tracing.begin_again("open", "server", run, at=1_000)

    with recorded() as seen:
        begin("run-1")
        begin("run-1").end(at=3_000)
        begin("run-2").end(at=3_000)

    first, second = seen.spans
    assert ids(first)[0] == ids(second)[0] == TRACE
    assert ids(first)[1] != ids(second)[1]
    assert (first.start_time, first.end_time) == (1_000, 3_000)
    with recorded() as again:
        begin("run-1").end(at=3_000)
    assert ids(again.spans[0]) == ids(first)


async def test_parts_side_by_side_have_the_same_whole() -> None:
    async def ask(vendor: str) -> None:
        with tracing.span(vendor):
            await asyncio.sleep(0)

    with recorded() as seen, tracing.span("whole"):
        await asyncio.gather(ask("leat"), ask("loyale"))

    whole = ids(seen.named("whole"))[1]
    assert {ids(seen.named(vendor))[2] for vendor in ("leat", "loyale")} == {whole}


def test_a_collector_that_is_away_holds_nothing_up(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes connections, and never answers
        port = silent.getsockname()[1]
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{port}")
        began = time.monotonic()
        with tracing.exported("test"), tracing.span("open"):
            pass

    assert time.monotonic() - began < CLOSING_SECONDS + 3


def test_without_an_address_nothing_is_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in tracing.ENDPOINTS:
        monkeypatch.delenv(name, raising=False)
    with tracing.exported("test"), origin.following(TILL), tracing.span("open", path="/cards"):
        within = origin.current()

    assert within == TILL
