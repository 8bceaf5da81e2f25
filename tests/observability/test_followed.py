"""One checkout, followed from the till to the vendor: in traces, in logs and in figures.

The processes are the real ones, each with a log of its own; the traces go to a collector here.
"""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client

from tests.observability.conftest import Observed
from tests.support.canaries import Search
from tests.support.observed import Json, Told, figures
from tillsaga.demo.shopper import Shopper, new_shopper
from tillsaga.demo.stories.building import GIFTCARD, LINES
from tillsaga.demo.till import Till
from tillsaga.dev.stack import API, WORKER
from tillsaga.dev.stores_template import AMSTERDAM, TERMINAL
from tillsaga.domain.origin import HEADER
from tillsaga.sandbox import world

pytestmark = [pytest.mark.alone, pytest.mark.xdist_group("stack")]


class TracingTill(Till):
    """A till that traces what it does: each of its messages is a trace of its own."""

    def __init__(self, url: str, key: str) -> None:
        super().__init__(url, key, AMSTERDAM, TERMINAL)
        self.request_id = ""

    def begin(self) -> str:
        """Begin a trace for the next message; answers its id."""
        trace = secrets.token_hex(16)
        self.request_id = f"till-{secrets.token_hex(6)}"
        self.span = secrets.token_hex(8)
        self._http.headers["traceparent"] = f"00-{trace}-{self.span}-01"
        self._http.headers["X-Request-Id"] = self.request_id
        return trace


@dataclass(frozen=True)
class Sold:
    """A sale whose gift card was charged by one message."""

    checkout: Json
    shopper: Shopper
    trace: str
    request_id: str
    till_span: str


@pytest.fixture(scope="module")
def sold(observed: Observed) -> Iterator[Sold]:
    shopper = new_shopper(observed.stage.sandbox)
    with TracingTill(observed.stack.api_url, observed.key) as till:
        till.begin()
        checkout = till.open(LINES, shopper.leat.identifier)
        charge, request_id, span = till.begin(), till.request_id, till.span
        checkout = till.tender(checkout, "giftcard", GIFTCARD, shopper.leat.giftcard_code)
        till.begin()
        checkout = till.ready(checkout)
        checkout = till.wait_for_end(till.pay(checkout, "captured"))
        yield Sold(checkout, shopper, charge, request_id, span)


def ancestry(told: Told, spans: dict[str, Told]) -> list[str]:
    """A span's name and those of all that it is a part of, outwards."""
    names = [told.span.name]
    while told.parent in spans:
        told = spans[told.parent]
        names.append(told.span.name)
    return names


def charged(observed: Observed, sold: Sold) -> list[Told]:
    return [
        told
        for told in observed.collector.spans(sold.trace)
        if told.span.name == "leat POST" and "tillsaga.correlation_id" in told.said
    ]


def test_the_trace_leads_from_the_tills_message_to_the_vendors_call(
    observed: Observed, sold: Sold
) -> None:
    observed.stage.wait_for(lambda: bool(charged(observed, sold)), "the vendor's call is told")
    observed.stage.wait_for(
        lambda: any(t.span.name == "addTender" for t in observed.collector.spans(sold.trace)),
        "the request is told",
    )
    observed.stage.wait_for(
        lambda: any(t.span.name == "add_tender" for t in observed.collector.spans(sold.trace)),
        "the workflow's part is told",
    )
    spans = {told.id: told for told in observed.collector.spans(sold.trace)}
    [call] = charged(observed, sold)

    assert ancestry(call, spans) == [
        "leat POST",
        "charge_giftcard",
        "add_tender",
        "update add_tender",
        "addTender",
    ]
    [request] = [told for told in spans.values() if told.span.name == "addTender"]
    assert request.parent == sold.till_span
    assert (request.service, call.service) == ("tillsaga-api", "tillsaga-worker")


def test_every_span_says_whose_it_is(observed: Observed, sold: Sold) -> None:
    by_name = {told.span.name: told.said for told in observed.collector.spans(sold.trace)}
    checkout_id = sold.checkout["id"]

    assert by_name["addTender"]["tillsaga.request_id"] == sold.request_id
    assert by_name["addTender"]["http.response.status_code"] == 200
    for name in ("addTender", "add_tender", "charge_giftcard"):
        assert by_name[name]["tillsaga.checkout_id"] == checkout_id, name
    assert by_name["charge_giftcard"]["tillsaga.outcome"] == "applied"
    assert by_name["leat POST"]["tillsaga.outcome"] == "answered"
    log = observed.stack.log_of(WORKER)
    assert str(by_name["leat POST"]["tillsaga.correlation_id"]) in log


def test_all_that_a_message_began_has_one_trace(observed: Observed, sold: Sold) -> None:
    spans = observed.collector.spans(sold.trace)
    known = {told.id for told in spans} | {sold.till_span}

    assert {told.parent for told in spans} <= known, "every span is a part of another"
    assert len({told.id for told in spans}) == len(spans), "none is told twice"


def test_log_lines_of_both_processes_have_the_same_ids(observed: Observed, sold: Sold) -> None:
    ids = {
        "request_id": sold.request_id,
        "trace_id": sold.trace,
        "checkout_id": sold.checkout["id"],
    }
    mine = {
        process: [line for line in observed.stack.lines_of(process) if ids.items() <= line.items()]
        for process in (API, WORKER)
    }

    assert [line["operation"] for line in mine[API] if line["event"] == "request"] == ["addTender"]
    calls = [line for line in mine[WORKER] if line["event"] == "vendor_call"]
    assert {(line["vendor"], line["outcome"]) for line in calls} == {("leat", "answered")}


async def test_what_goes_along_is_in_histories_and_not_to_be_read_there(
    observed: Observed, sold: Sold
) -> None:
    client = await Client.connect(observed.stack.temporal_address)
    history = await client.get_workflow_handle(sold.checkout["id"]).fetch_history()
    search = Search({"request id": sold.request_id, "trace": sold.trace})
    search.look("the history", history.to_json())

    carry = {event.event_type for event in history.events if _has_header(event)}
    assert carry == {
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED,
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED,
        EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED,
    }
    assert search.found == set()


def _has_header(event: HistoryEvent) -> bool:
    return HEADER.encode() in event.SerializeToString()


def test_every_line_is_json_and_has_a_time_and_a_level(observed: Observed, sold: Sold) -> None:
    for process in (API, WORKER):
        lines = observed.stack.lines_of(process)
        assert lines
        assert all({"timestamp", "level", "event"} <= line.keys() for line in lines), process


def test_the_figures_have_counted_it(observed: Observed, sold: Sold) -> None:
    with figures(observed.stack.api_url, observed.key) as api:
        good = ['operation="addTender"', 'outcome="good"']
        assert api.has("tillsaga_http_request_duration_seconds_count", good) == 1
        workflow = ['queue="tillsaga"', 'type="workflow"']
        assert (api.has("tillsaga_queue_pollers", workflow) or 0) > 0
        assert api.has("tillsaga_queue_backlog", workflow) == 0
        assert api.has("tillsaga_reachable", ['what="records"']) == 1
        assert api.has("tillsaga_reachable", ['what="temporal"']) == 1
    with figures(observed.stack.worker_url) as worker:
        charge = ['operation="charge_giftcard"', 'direction="do"', 'outcome="applied"']
        assert worker.has("tillsaga_effects_total", charge) == 1
        answered = ['vendor="leat"', 'outcome="answered"']
        assert (worker.has("tillsaga_vendor_call_duration_seconds_count", answered) or 0) > 3
    with figures(observed.stack.sdk_url(WORKER)) as sdk:
        assert "temporal_activity_schedule_to_start_latency_seconds_bucket" in sdk.text()
    with figures(observed.stack.sdk_url(API)) as sdk:
        assert "temporal_request_latency_seconds_bucket" in sdk.text()


def test_nobody_is_told_of_the_customer(observed: Observed, sold: Sold) -> None:
    leat = sold.shopper.leat
    search = Search(
        {
            "card": str(leat.identifier["value"]),
            "gift card": leat.giftcard_code,
            "voucher": leat.voucher_code,
            "API key": observed.key,
            "vendor's token": world.TOKEN,
            "payment": "card-payment-1",
            "goods": "Flat white",
        }
    )
    for body in observed.collector.bodies:
        search.look("spans", body)
    for process in (API, WORKER):
        search.look("logs", observed.stack.log_of(process))
        with figures(observed.stack.sdk_url(process)) as sdk:
            search.look("the SDK's metrics", sdk.text())
    for url, key in ((observed.stack.api_url, observed.key), (observed.stack.worker_url, "")):
        with figures(url, key) as own:
            search.look("metrics", own.text())

    assert search.found == set()
    assert search.places.keys() >= {"spans", "logs", "metrics", "the SDK's metrics"}
