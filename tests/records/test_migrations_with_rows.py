"""Every revision goes up, down and up again over rows in every table, and loses none of them."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from tillsaga.records import migrations
from tillsaga.records.database import database_url
from tillsaga.records.migrations import downgrade, upgrade
from tillsaga.records.tables import Row

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
Step = Callable[[str, str], None]
Contents = dict[str, list[dict[str, Any]]]
"""By table, its rows in the order of their numbers."""


def revisions() -> list[str]:
    """All of them, the oldest first."""
    script = ScriptDirectory(str(Path(migrations.__file__).parent))
    return [each.revision for each in script.walk_revisions()][::-1]


class Records:
    """A database as it stands at some revision, whatever tables it has there."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._rows = 0

    @contextmanager
    def _opened(self) -> Iterator[tuple[sa.Connection, list[sa.Table]]]:
        engine = sa.create_engine(database_url(self.url))
        with engine.begin() as connection:
            metadata = sa.MetaData()
            metadata.reflect(connection)
            yield connection, [t for t in metadata.sorted_tables if t.name != "alembic_version"]
        engine.dispose()

    def schema(self) -> list[sa.Table]:
        """The tables as they stand; those that others refer to first."""
        with self._opened() as (_, tables):
            return tables

    def fill(self, known: Sequence[sa.Table] = ()) -> None:
        """Put one row more into every table, or into those that somebody knows, as they know it."""
        self._rows += 1
        with self._opened() as (connection, tables):
            for table in known or tables:
                values = {column.name: _value(column, self._rows) for column in table.columns}
                connection.execute(table.insert().values(values))

    def say(self, statement: str) -> None:
        with self._opened() as (connection, _):
            connection.execute(sa.text(statement))

    def contents(self) -> Contents:
        with self._opened() as (connection, tables):
            return {table.name: _rows_of(connection, table) for table in tables}

    def differences(self) -> list[object]:
        """How the schema differs from the models."""
        with self._opened() as (connection, _):
            return list(compare_metadata(MigrationContext.configure(connection), Row.metadata))


def _value(column: sa.Column[Any], number: int) -> object:
    """What stands in a column of the row with that number; no two rows have the same."""
    for reference in column.foreign_keys:
        return _value(reference.column, number)
    match column.type:
        case sa.Boolean():
            return number % 2 == 0
        case sa.Integer():
            return number
        case sa.DateTime():
            return NOON + timedelta(days=number)
        case sa.Date():
            return date(2026, 3, 1) + timedelta(days=number)
        case sa.JSON():
            return {"of": column.name, "number": number}
        case sa.LargeBinary():
            return bytes([0, number])
        case sa.String():
            return f"{column.name} {number}"
    raise AssertionError(f"no row has been thought of for {column.type!r}")


def _rows_of(connection: sa.Connection, table: sa.Table) -> list[dict[str, Any]]:
    keys = table.primary_key.columns
    return [dict(row) for row in connection.execute(table.select().order_by(*keys)).mappings()]


def moved(records: Records, step: Step, revision: str) -> None:
    """Go to a revision: the tables and columns of before that are still there hold the same.

    On the way up all of them are.
    """
    before = records.contents()
    step(records.url, revision)
    after = records.contents()
    assert narrowed(after, before) == narrowed(before, after), f"{step.__name__} to {revision}"
    if step is upgrade:
        assert narrowed(before, after) == before, f"{revision} takes something away"


def narrowed(these: Contents, those: Contents) -> Contents:
    """Leave out the tables and columns that the others do not have."""
    columns = {table: {name for row in rows for name in row} for table, rows in those.items()}
    return {
        table: [{name: row[name] for name in row if name in columns[table]} for row in rows]
        for table, rows in these.items()
        if table in those
    }


def test_every_revision_goes_up_down_and_up_again_over_rows(empty_url: str) -> None:
    records, path = Records(empty_url), revisions()
    upgrade(empty_url, path[0])
    for older, newer in pairwise(path):
        records.fill()
        known = records.schema()
        moved(records, upgrade, newer)
        records.fill(known)  # processes of before are still at work
        records.fill()
        moved(records, downgrade, older)
        moved(records, upgrade, newer)
    records.fill()
    assert records.differences() == []


def test_all_the_way_down_and_up_over_rows(empty_url: str) -> None:
    records, path = Records(empty_url), revisions()
    upgrade(empty_url)
    for _ in range(3):
        records.fill()
    for older in path[-2::-1]:
        moved(records, downgrade, older)
    assert {len(rows) for rows in records.contents().values()} == {3}

    moved(records, upgrade, path[-1])

    records.fill()
    assert records.differences() == []


def test_a_hold_from_before_there_was_a_column_for_it_is_one_afterwards(empty_url: str) -> None:
    records = Records(empty_url)
    upgrade(empty_url, "0002")
    records.fill()
    records.say(
        "UPDATE effects SET operation = 'lock_voucher', do_state = 'applied', undo_state = NULL, "
        "checkout_id = 'checkout_id 1'"
    )
    records.say("UPDATE bills SET status = 'open', ended_at = NULL")

    upgrade(empty_url, "0003_holds")

    [effect] = records.contents()["effects"]
    assert effect["held_since"] == effect["do_started_at"] is not None
