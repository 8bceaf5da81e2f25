"""`tillsaga healthcheck`: whether a process on this machine can do its work, by the exit code.

Containers run it every few seconds, so it loads little: neither the records nor an HTTP library.
"""

from typing import TYPE_CHECKING, Annotated

import typer

from tillsaga.commands.trouble import ExitCode, Trouble

if TYPE_CHECKING:
    from tillsaga.settings import Settings

OfWorker = Annotated[bool, typer.Option("--worker", help="Ask the worker: TILLSAGA_WORKER_PORT.")]
Port = Annotated[int | None, typer.Option(help="Default: TILLSAGA_API_PORT.", min=1, max=65535)]
TIMEOUT_SECONDS = 5.0
# What listens on all addresses is asked on the nearest.
_LOOPBACK = {"0.0.0.0": "127.0.0.1", "::": "::1"}


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(healthcheck)


def healthcheck(worker: OfWorker = False, port: Port = None) -> None:
    """Ask the API on this machine, or the worker, whether it is ready; exit code 0 if it is."""
    from tillsaga.commands.loading import load_settings

    settings = load_settings()
    host = settings.worker_host if worker else settings.api_host
    asked = port or (_worker_port(settings) if worker else settings.api_port)
    address = f"{_LOOPBACK.get(host, host)} port {asked}"
    status = _readiness(_LOOPBACK.get(host, host), asked)
    if status is None:
        name = "worker" if worker else "api"
        hint = f"start it: tillsaga {name}; TILLSAGA_{name.upper()}_HOST and _PORT say where it is"
        raise Trouble(f"nothing answers at {address}", hint=hint)
    if status != 200:
        hint = f"read its log; what is missing stands in the answer of /readyz at {address}"
        raise Trouble(f"not ready: {address} answers {status}", hint=hint)
    typer.echo(f"ready: {address} answers {status}")


def _readiness(host: str, port: int) -> int | None:
    """Ask for `/readyz`; answers the HTTP status, or None where nothing speaks HTTP."""
    from http.client import HTTPConnection, HTTPException

    connection = HTTPConnection(host, port, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status
    except (OSError, HTTPException):
        return None
    finally:
        connection.close()


def _worker_port(settings: "Settings") -> int:
    if settings.worker_port is None:
        hint = "set TILLSAGA_WORKER_PORT for this command and for tillsaga worker"
        raise Trouble("the worker has no port", hint=hint, code=ExitCode.WRONG_USAGE)
    return settings.worker_port
