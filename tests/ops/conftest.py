import shutil
import subprocess
from collections.abc import Callable, Sequence

import pytest

Tool = Callable[..., str]


@pytest.fixture(scope="session")
def promtool() -> Tool:
    """Prometheus' own judge: answers what it says, and fails where it finds fault."""
    program = shutil.which("promtool")
    assert program is not None, "`make test-ops` installs it"

    def run(*arguments: str) -> str:
        command: Sequence[str] = [str(program), *arguments]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run
