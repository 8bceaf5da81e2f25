"""The command line, `tillsaga`. Exit codes: 0 well, 1 failed, 2 wrong usage or configuration."""

import os
import sys
from collections.abc import Sequence
from typing import NoReturn

import typer

from tillsaga.commands import (
    archive,
    attention,
    audit,
    backup,
    config,
    doctor,
    guesses,
    healthcheck,
    holds,
    keys,
    local,
    lost_key,
    reconcile,
    records,
    serve,
    vendor,
)
from tillsaga.commands.trouble import ExitCode, Trouble

app = typer.Typer(
    name="tillsaga",
    help="Durable loyalty checkout for points of sale.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for module in (
    local,
    serve,
    healthcheck,
    keys,
    records,
    backup,
    lost_key,
    attention,
    audit,
    holds,
    guesses,
    archive,
    reconcile,
    config,
    doctor,
    vendor,
):
    module.add_to(app)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command; answers its exit code. Without arguments: those of the process."""
    try:
        app(args=arguments, prog_name="tillsaga")
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else int(bool(leaving.code))
    except Trouble as trouble:
        typer.echo(str(trouble), err=True)
        return trouble.code
    except KeyboardInterrupt:
        return ExitCode.FAILED
    return 0


def main() -> NoReturn:
    """Run the command of this process and leave.

    Without the interpreter's own farewell: Temporal's SDK may abort in it and turn success into
    exit code 134 (https://github.com/temporalio/sdk-python/issues/300).
    """
    code = run()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
