"""Past checkouts in bulk: copies of a few real ones, made where their rows are.

A copy has ids of its own wherever a row is found by one; its documents are those of its original,
as are the hashes of its audit, which nobody reads here.
"""

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Engine, Table, TextClause, bindparam, create_engine, text

from tillsaga.records.database import database_url
from tillsaga.records.tables import Row

IDS: Mapping[str, tuple[str, ...]] = {
    "bills": ("checkout_id", "basket_id"),
    "payments": ("checkout_id",),
    "idempotency_keys": ("key", "checkout_id"),
    "effects": ("key", "checkout_id", "subject"),
    "transaction_owners": ("transaction_id", "effect_key"),
    "archive": ("checkout_id",),
    "personal": ("token", "digest"),
    "personal_uses": ("checkout_id", "token"),
    "audit_chains": ("checkout_id",),
    "audit_entries": ("checkout_id",),
}
"""The tables that a sale leaves rows in, and the columns that get new ids; owners come last."""
_COUNTED = "number"
_OF_CHECKOUTS = "checkout_id IN :originals"
_WHERE = {
    "transaction_owners": (
        "effect_key IN (SELECT key FROM effects WHERE checkout_id IN :originals)"
    ),
    "personal": "token IN (SELECT token FROM personal_uses WHERE checkout_id IN :originals)",
}
AT_ONCE = 100
"""Copies of each original in one transaction: a till that asks meanwhile waits no longer."""


@dataclass(frozen=True)
class Past:
    """The records that are filled."""

    engine: Engine

    @classmethod
    def at(cls, url: str) -> "Past":
        """Open the records at an address as the product takes it."""
        return cls(create_engine(database_url(url)))

    def fill(self, originals: Sequence[str], upto: int, deadline: float = math.inf) -> int:
        """Copy ended checkouts until there are so many, or the time is over; answers how many."""
        each, last = upto // len(originals) - 1, 0
        while last < each and time.monotonic() < deadline:
            first, last = last + 1, min(last + AT_ONCE, each)
            with self.engine.begin() as connection:
                for table in Row.metadata.sorted_tables:
                    if table.name in IDS:
                        span = {"first": first, "last": last, "originals": list(originals)}
                        connection.execute(copying(table), span)
        self._tidy()
        return len(originals) * (1 + last)

    def _tidy(self) -> None:
        """Do now what the database would do by itself at some time, so that it does not later."""
        on_sqlite = self.engine.dialect.name == "sqlite"
        tidying = (
            ["PRAGMA wal_checkpoint(TRUNCATE)"] if on_sqlite else ["VACUUM ANALYZE", "CHECKPOINT"]
        )
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for statement in tidying:
                connection.exec_driver_sql(statement)
        self.engine.dispose()


def copying(table: Table) -> TextClause:
    """Write the statement that copies the rows of a table, once for each number."""
    counted = table.primary_key.columns.keys() == [_COUNTED]
    names = [c.name for c in table.columns if not (counted and c.name == _COUNTED)]
    values = [
        f"\"{name}\" || '~' || n.i" if name in IDS[table.name] else f'"{name}"' for name in names
    ]
    listed, chosen = ", ".join(f'"{name}"' for name in names), ", ".join(values)
    # Not before the INSERT: the driver of SQLite would begin no transaction for it.
    numbers = "SELECT CAST(:first AS INTEGER) UNION ALL SELECT i + 1 FROM n WHERE i < :last"
    statement = (
        f"INSERT INTO {table.name} ({listed}) WITH RECURSIVE n(i) AS ({numbers})"
        f" SELECT {chosen} FROM {table.name}, n WHERE {_WHERE.get(table.name, _OF_CHECKOUTS)}"
    )
    return text(statement).bindparams(bindparam("originals", expanding=True))
