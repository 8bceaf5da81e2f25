"""The real stack of processes with everything on that operators watch it by."""

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tillsaga.dev.child import Child
from tillsaga.dev.home import Home
from tillsaga.dev.ports import HOST, Ports
from tillsaga.dev.stack import API, WORKER, Stack

Json = dict[str, Any]


class Collector:
    """Takes traces as any OTLP collector does."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        got = self.bodies

        class Taking(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                got.append(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Nobody reads what the server would say."""

        self._server = ThreadingHTTPServer((HOST, 0), Taking)
        self.url = f"http://{HOST}:{self._server.server_address[1]}"

    def __enter__(self) -> "Collector":
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def spans(self, trace_id: str) -> list["Told"]:
        """The spans of a trace, of all processes."""
        return [told for told in self._told() if told.span.trace_id.hex() == trace_id]

    def _told(self) -> Iterator["Told"]:
        for body in list(self.bodies):
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                about = {a.key: a.value.string_value for a in resource.resource.attributes}
                for scope in resource.scope_spans:
                    for span in scope.spans:
                        yield Told(about["service.name"], span)


@dataclass(frozen=True)
class Told:
    """A span, and who told of it."""

    service: str
    span: Span

    @property
    def id(self) -> str:
        return str(self.span.span_id.hex())

    @property
    def parent(self) -> str:
        return str(self.span.parent_span_id.hex())

    @property
    def said(self) -> dict[str, str | int]:
        values = {a.key: a.value for a in self.span.attributes}
        return {key: v.string_value or v.int_value for key, v in values.items()}


class ObservedStack(Stack):
    """The stack whose processes are traced, and tell what Temporal's SDK does in them."""

    def __init__(self, home: Home, collector: Collector, *, settle_after: str = "1s") -> None:
        more, ports = Ports.free(), Ports.free()
        super().__init__(home, ports, settle_after=settle_after)
        self._collector = collector
        self.sdk_ports = {API: more.api, WORKER: more.worker}

    def sdk_url(self, process: str) -> str:
        return f"http://{HOST}:{self.sdk_ports[process]}"

    def log_of(self, process: str) -> str:
        return (self.home.logs / f"{process}.log").read_text()

    def lines_of(self, process: str) -> list[Json]:
        """The process's log; fails on a line that is not JSON."""
        return [json.loads(line) for line in self.log_of(process).splitlines()]

    def _planned(self, temporal: Path) -> dict[str, Child]:
        children = super()._planned(temporal)
        for name, port in self.sdk_ports.items():
            children[name].environ = {
                **children[name].environ,
                "OTEL_EXPORTER_OTLP_ENDPOINT": self._collector.url,
                "OTEL_BSP_SCHEDULE_DELAY": "100",
                "TILLSAGA_TEMPORAL_METRICS_PORT": str(port),
            }
        return children


@contextmanager
def figures(url: str, key: str = "") -> Iterator["Figures"]:
    """Read a page of metrics, as often as one likes."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    with httpx.Client(base_url=url, headers=headers, timeout=10) as http:
        yield Figures(http)


class Figures:
    """A page of metrics."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http

    def text(self) -> str:
        return self._http.get("/metrics").raise_for_status().text

    def has(self, name: str, labels: Sequence[str] = ()) -> float | None:
        """The value of the one series of a name that has all these labels."""
        lines = [line for line in self.text().splitlines() if line.partition("{")[0] == name]
        found = [line for line in lines if all(label in line for label in labels)]
        assert len(found) < 2, found
        return float(found[0].rpartition(" ")[2]) if found else None
