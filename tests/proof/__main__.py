"""Runs the proof in its long form and prints what was tried: `make proof`."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from shutil import rmtree

from tests.proof.tally import FOLDER, Counts, broken, counted

HERE = Path(__file__).parent
BUILD = HERE.parents[1] / "build" / "proof"
# A case waits for real servers, and the long form has tests with thousands of cases.
LONG = ("-n", "2", "--dist", "loadgroup", "--timeout", "3600")
# A connection that is cancelled while it opens is closed by the garbage collector, hours later
# here: no guarantee is broken by that, and `make test` insists on it.
PYTEST = ("pytest", "-q", *LONG, "-W", "ignore::pytest.PytestUnraisableExceptionWarning")


def main() -> int:
    """Run it all; 0 when every test passed and no guarantee was broken."""
    rmtree(BUILD, ignore_errors=True)
    BUILD.mkdir(parents=True)
    began = time.monotonic()
    environ = os.environ | {FOLDER: str(BUILD)}
    run = subprocess.run(
        [sys.executable, "-m", *PYTEST, *(sys.argv[1:] or [str(HERE)])], env=environ, check=False
    )
    counts = counted(BUILD)
    report = table(counts, minutes=(time.monotonic() - began) / 60)
    violations = broken(BUILD)
    (BUILD / "table.md").write_text("\n".join([report, *violations]))
    sys.stdout.write("\n".join(["", *violations, "", report]))
    return run.returncode or min(len(violations), 1)


def table(counts: Mapping[str, Counts], minutes: float) -> str:
    """What ran, as a Markdown table."""
    total = Counts(
        sum(kind.cases for kind in counts.values()),
        sum(kind.violations for kind in counts.values()),
    )
    width = max((len(name) for name in counts), default=5)
    rows = [
        f"| {'Kind'.ljust(width)} |  Cases | Violations |",
        f"|{'-' * (width + 2)}|-------:|-----------:|",
    ]
    for name, kind in (*counts.items(), ("All", total)):
        rows.append(f"| {name.ljust(width)} | {kind.cases:6,} | {kind.violations:10,} |")
    return "\n".join([*rows, "", f"In {minutes:.0f} minutes.", ""])


if __name__ == "__main__":
    sys.exit(main())
