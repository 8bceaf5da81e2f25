"""How the bench's programs run and leave."""

import os
import signal
import sys
from collections.abc import Callable
from typing import NoReturn


def main(run: Callable[[], int]) -> NoReturn:
    """Run as a program; a SIGTERM stops the processes as Ctrl-C does.

    Without the interpreter's own farewell: Temporal's SDK may abort in it and turn success into
    exit code 134 (https://github.com/temporalio/sdk-python/issues/300).
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        code = run()
    except KeyboardInterrupt:
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
