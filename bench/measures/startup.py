"""How long `tillsaga dev` takes from the command to its welcome, when it has run before."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.figures import Measured, Row, Section
from bench.options import Options
from bench.reference import OURS
from bench.verdicts import Check, Goal
from tillsaga.commands.trouble import Trouble

SECONDS = Goal(5.0)
WELCOME = b"Tillsaga is running."
_END_SECONDS = 60.0


def measured(options: Options, say: Callable[[str], None]) -> Measured:
    """Start it once to make its data, then again and again."""
    say("startup: tillsaga dev, cold and warm")
    with TemporaryDirectory(prefix="tillsaga-bench-") as folder:
        cold = _start(Path(folder))
        warm = Check(SECONDS, tuple(_start(Path(folder)) for _ in range(options.starts)))
    rows = [
        Row("first start, s", {OURS: cold}),
        Row("tillsaga dev to ready, s", {OURS: warm.middle or 0.0}, (warm,)),
    ]
    return Measured([Section(f"start-up (n={options.starts})", rows)])


def _start(folder: Path) -> float:
    """Start it, and stop it as soon as it is ready; answers the seconds to there.

    Raises:
        Trouble: it does not become ready.
    """
    environ = {n: v for n, v in os.environ.items() if not n.startswith(("TILLSAGA_", "TEMPORAL_"))}
    command = [sys.executable, "-m", "tillsaga.cli", "dev"]
    began = time.perf_counter()
    with subprocess.Popen(
        command,
        env=environ | {"TILLSAGA_DATA_DIR": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as dev:
        assert dev.stdout is not None, "the pipe is asked for above"
        said = []
        try:
            for line in dev.stdout:
                said.append(line)
                if line.startswith(WELCOME):
                    return time.perf_counter() - began
        finally:
            dev.send_signal(signal.SIGTERM)
            dev.stdout.read()
            dev.wait(_END_SECONDS)
    words = b"".join(said).decode(errors="replace")
    raise Trouble(f"tillsaga dev did not start: {words}", hint="tillsaga dev")
