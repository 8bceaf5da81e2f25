"""What a container's health check learns from `tillsaga healthcheck`."""

import socket
import sys
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from subprocess import run
from threading import Thread

import pytest

from tests.cli.conftest import Cli
from tillsaga.dev.ports import Ports

Process = Callable[[int], int]


class Answering(BaseHTTPRequestHandler):
    status = 200

    def do_GET(self) -> None:
        self.send_response(self.status if self.path == "/readyz" else 404)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("API_HOST", "API_PORT", "WORKER_HOST", "WORKER_PORT", "SECRETS_DIR"):
        monkeypatch.delenv(f"TILLSAGA_{name}", raising=False)


@pytest.fixture
def process(monkeypatch: pytest.MonkeyPatch) -> Iterator[Process]:
    """A process that answers one question with this status; says its port."""
    with HTTPServer(("127.0.0.1", 0), Answering) as server:

        def listening(status: int) -> int:
            monkeypatch.setattr(Answering, "status", status)
            Thread(target=server.handle_request, daemon=True).start()
            return server.server_port

        yield listening


@pytest.mark.parametrize(("status", "code"), [(200, 0), (503, 1)])
def test_the_exit_code_tells_whether_the_api_is_ready(
    cli: Cli, process: Process, monkeypatch: pytest.MonkeyPatch, status: int, code: int
) -> None:
    monkeypatch.setenv("TILLSAGA_API_PORT", str(process(status)))

    said = cli("healthcheck")

    assert said.code == code
    assert f"answers {status}" in said.out + said.err
    assert ("\nTry: " in said.err) == (code == 1)


def test_a_worker_is_asked_at_its_own_port(
    cli: Cli, process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TILLSAGA_WORKER_PORT", str(process(200)))

    assert cli("healthcheck", "--worker").code == 0


def test_any_process_is_asked_by_its_port(cli: Cli, process: Process) -> None:
    assert cli("healthcheck", "--port", str(process(200))).code == 0


def test_who_listens_on_all_addresses_is_asked_on_the_nearest(
    cli: Cli, process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TILLSAGA_API_HOST", "0.0.0.0")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")

    said = cli("healthcheck", "--port", str(process(200)))

    assert said.out.startswith("ready: 127.0.0.1 port ")


@pytest.mark.parametrize("asked", [("--worker",), ()])
def test_where_nobody_listens_it_fails_and_says_how_to_go_on(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, asked: tuple[str, ...]
) -> None:
    ports = Ports.free()
    monkeypatch.setenv("TILLSAGA_API_PORT", str(ports.api))
    monkeypatch.setenv("TILLSAGA_WORKER_PORT", str(ports.worker))

    said = cli("healthcheck", *asked)

    assert said.code == 1
    assert f"port {ports.worker if asked else ports.api}\nTry: start it: tillsaga " in said.err


def test_who_answers_something_else_is_not_well(cli: Cli) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        mail = Thread(target=greet_as_mail, args=(server,))
        mail.start()

        assert cli("healthcheck", "--port", str(server.getsockname()[1])).code == 1
        mail.join()


def greet_as_mail(server: socket.socket) -> None:
    caller, _ = server.accept()
    with caller:
        caller.sendall(b"220 mail\r\n")


def test_a_worker_without_a_port_is_wrong_usage(cli: Cli) -> None:
    said = cli("healthcheck", "--worker")

    assert said.code == 2
    assert "\nTry: set TILLSAGA_WORKER_PORT" in said.err


def test_it_loads_little_since_it_runs_every_few_seconds() -> None:
    program = (
        "import sys, tillsaga.cli as cli; cli.run(['healthcheck', '--port', '1']);"
        "print(*{'sqlalchemy', 'httpx', 'temporalio', 'fastapi'} & set(sys.modules))"
    )

    loaded = run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert loaded.stdout.split() == []
