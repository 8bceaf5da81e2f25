"""`tillsaga dev` and `tillsaga demo`: everything on one machine."""

import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from tillsaga.commands.trouble import ExitCode, Trouble

if TYPE_CHECKING:
    from tillsaga.dev.stack import Stack

LOOK_EVERY_SECONDS = 0.3

Scenario = Annotated[str, typer.Option(help="One of the scenarios, or all.")]
Leave = Annotated[bool, typer.Option("--exit", help="Stop everything at the end.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(dev)
    app.command()(demo)


def dev() -> None:
    """Run everything on this machine and keep its data, until Ctrl-C."""
    from tillsaga.commands.loading import load_settings
    from tillsaga.dev.control import Control
    from tillsaga.dev.home import Home
    from tillsaga.dev.ports import Ports
    from tillsaga.dev.stack import Stack
    from tillsaga.dev.welcome import welcome

    settings = load_settings()
    ports = Ports(api=settings.api_port).available()
    with (
        _told_by_sigterm(),
        Home(settings.data_dir) as home,
        Control(home.folder / "control") as control,
        Stack(home, ports, control=control.path) as stack,
    ):
        welcome(stack)
        _keep_serving(stack, lambda seconds: control.serve(stack, seconds))


def demo(scenario: Scenario = "all", leave: Leave = False) -> None:
    """Play real checkouts over the vendor sandbox, show the result, keep serving until Ctrl-C.

    With --exit or without a terminal it stops at the end. Exit code 0: all ended as it should.
    """
    from tillsaga.commands.loading import load_settings
    from tillsaga.demo.scenarios import SCENARIOS
    from tillsaga.demo.tour import tour
    from tillsaga.dev.home import Home
    from tillsaga.dev.ports import Ports
    from tillsaga.dev.stack import Stack

    if scenario not in ("all", *SCENARIOS):
        hint = f"one of all, {', '.join(SCENARIOS)}"
        raise Trouble(f"no scenario {scenario}", hint=hint, code=ExitCode.WRONG_USAGE)
    chosen = list(SCENARIOS) if scenario == "all" else [scenario]
    with _told_by_sigterm(), Home(load_settings().data_dir / "demo") as home:
        home.wipe()
        with Stack(home, Ports.free()) as stack:
            well = tour(stack, chosen)
            if not leave and sys.stdout.isatty():
                typer.echo("Everything keeps running. Ctrl-C stops it.")
                _keep_serving(stack)
    if not well:
        raise typer.Exit(ExitCode.FAILED)


@contextmanager
def _told_by_sigterm() -> Iterator[None]:
    """Let SIGTERM end what runs inside as Ctrl-C does."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _keep_serving(stack: "Stack", wait: Callable[[float], None] = time.sleep) -> None:
    """Look after the processes until somebody says stop, which is a good end."""
    try:
        while True:
            stack.check()
            wait(LOOK_EVERY_SECONDS)
    except KeyboardInterrupt:
        typer.echo("\nstopping", err=True)
