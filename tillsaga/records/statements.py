"""Plain statements, built once: what every checkout writes and reads goes past the ORM.

The ORM's way of finding or writing one row costs several times what the statement does. Inserts
may meet a row which is there already; both databases spell them alike.
"""

from functools import cache
from typing import Any, TypeAlias, TypeVar

from sqlalchemy import Row as SqlRow
from sqlalchemy import Table, Update, bindparam, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.dml import ReturningInsert

from tillsaga.records.tables import Row

RowT = TypeVar("RowT", bound=Row)
Found: TypeAlias = SqlRow[*tuple[Any, ...]]
"""What a plain statement finds: the columns as attributes. It changes nothing to set one."""


def table_of(row_type: type[Row]) -> Table:
    """Find the bare table of a row."""
    return row_type.metadata.tables[str(row_type.__tablename__)]


async def insert_new(session: AsyncSession, row: RowT, *unique: str) -> RowT | None:
    """Insert the row, or return None if one with the same `unique` columns is there.

    A row that another transaction is just inserting is waited for. The row has the number then
    that the database counts, and is no part of the session: to change it is another statement.
    """
    first = first_to_insert(session, table_of(type(row)), *unique)
    found = (await session.execute(first, _values(row))).one_or_none()
    if found is None:
        return None
    for column in table_of(type(row)).primary_key:
        setattr(row, column.name, getattr(found, column.name))
    return row


async def insert_or_lock(session: AsyncSession, row: Row, *unique: str) -> Found:
    """Insert the row, or find the one that is there, held until the transaction ends."""
    used = lock_or_insert(session, table_of(type(row)), *unique)
    found: Found = (await session.execute(used, _values(row))).one()
    return found


def first_to_insert(session: AsyncSession, table: Table, *unique: str) -> ReturningInsert[Any]:
    """Write the statement of `insert_new` for a bare table; its values go with it."""
    return _insert(_dialect(session), table, unique, lock=False)


def lock_or_insert(session: AsyncSession, table: Table, *unique: str) -> ReturningInsert[Any]:
    """Write the statement of `insert_or_lock` for a bare table; its values go with it."""
    return _insert(_dialect(session), table, unique, lock=True)


def updating(table: Table, key: str, *names: str) -> Update:
    """Write the statement that changes columns of one row: with `KEY_` and `NAME_` as values."""
    return (
        update(table)
        .where(table.c[key] == bindparam(f"{key}_"))
        .values({name: bindparam(f"{name}_") for name in names})
    )


@cache  # to build a statement costs more than to run it
def _insert(
    dialect: str, table: Table, unique: tuple[str, ...], *, lock: bool
) -> ReturningInsert[Any]:
    insert = sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)
    if not lock:
        return insert.on_conflict_do_nothing(index_elements=unique).returning(table)
    unchanged = {unique[0]: insert.excluded[unique[0]]}
    return insert.on_conflict_do_update(index_elements=unique, set_=unchanged).returning(table)


def _dialect(session: AsyncSession) -> str:
    return session.get_bind().dialect.name


def _values(row: Row) -> dict[str, Any]:
    values = {name: getattr(row, name) for name in type(row).model_fields}
    # A column without a value is left out, so that the database counts `number`.
    return {name: value for name, value in values.items() if value is not None}
