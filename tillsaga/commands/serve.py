"""`tillsaga api`, `worker` and `sandbox`: one process each, stopped by SIGTERM."""

import gc
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

Host = Annotated[str | None, typer.Option(help="Default: TILLSAGA_API_HOST.")]
Port = Annotated[int | None, typer.Option(help="Default: TILLSAGA_API_PORT.", min=0, max=65535)]
SandboxHost = Annotated[str, typer.Option(help="Where to listen.")]
SandboxPort = Annotated[int, typer.Option(help="Where to listen.", min=0, max=65535)]
Books = Annotated[Path | None, typer.Option("--db", help="SQLite file; default: nothing is kept.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(api)
    app.command()(worker)
    app.command()(sandbox)


def api(host: Host = None, port: Port = None) -> None:
    """Serve the HTTP API until SIGTERM."""
    with _loading():
        import uvloop

        from api.main import serve
        from tillsaga.commands.loading import checked_stores, load_settings
        from tillsaga.commands.temporal import temporal_named
        from tillsaga.tracing import exported

    settings = load_settings()
    given = {"api_host": host, "api_port": port}
    changed = {name: value for name, value in given.items() if value is not None}
    settings = settings.model_copy(update=changed)
    checked_stores(settings.config)
    with temporal_named(), exported("tillsaga-api"):
        uvloop.run(serve(settings))


def worker() -> None:
    """Work on checkouts until SIGTERM; registers the search attributes it needs."""
    with _loading():
        import uvloop

        from tillsaga.commands.loading import checked_stores, load_settings
        from tillsaga.commands.temporal import temporal_named
        from tillsaga.logs import configure_logs
        from tillsaga.tracing import exported
        from worker.main import serve

    settings = load_settings()
    checked_stores(settings.config)
    configure_logs(settings.log_level)
    with temporal_named(), exported("tillsaga-worker"):
        uvloop.run(serve(settings))


def sandbox(host: SandboxHost = "127.0.0.1", port: SandboxPort = 8600, db: Books = None) -> None:
    """Serve vendors that keep books and inject faults, until SIGTERM."""
    with _loading():
        from tillsaga.sandbox.app import serve

    # The server stops on SIGTERM, then raises the signal anew: by then it is a clean exit.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    serve(host, port, db or ":memory:")


@contextmanager
def _loading() -> Iterator[None]:
    """Load a program's modules, none of which is garbage: nobody looks through them for any."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
