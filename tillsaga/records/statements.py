"""Inserts that meet a row which may be there already; both databases spell them alike."""

from functools import cache
from typing import Any, TypeVar

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.dml import ReturningInsert

from tillsaga.records.tables import Row

RowT = TypeVar("RowT", bound=Row)


async def insert_new(session: AsyncSession, row: RowT, *unique: str) -> RowT | None:
    """Insert the row, or return None if one with the same `unique` columns is there.

    A row that another transaction is just inserting is waited for.
    """
    statement = _insert(_dialect(session), type(row), unique, lock=False)
    found: RowT | None = (await session.scalars(statement, _values(row))).one_or_none()
    return found


async def insert_or_lock(session: AsyncSession, row: RowT, *unique: str) -> RowT:
    """Insert the row, or return the one that is there, held until the transaction ends."""
    statement = _insert(_dialect(session), type(row), unique, lock=True)
    found: RowT = (await session.scalars(statement, _values(row))).one()
    return found


def first_to_insert(session: AsyncSession, table: Table, *unique: str) -> ReturningInsert[Any]:
    """Write the statement of `insert_new` for a bare table; its values go with it."""
    return _insert(_dialect(session), table, unique, lock=False)


def lock_or_insert(session: AsyncSession, table: Table, *unique: str) -> ReturningInsert[Any]:
    """Write the statement of `insert_or_lock` for a bare table; its values go with it."""
    return _insert(_dialect(session), table, unique, lock=True)


@cache  # to build a statement costs more than to run it
def _insert(
    dialect: str, into: type[Row] | Table, unique: tuple[str, ...], *, lock: bool
) -> ReturningInsert[Any]:
    insert = sqlite.insert(into) if dialect == "sqlite" else postgresql.insert(into)
    if not lock:
        return insert.on_conflict_do_nothing(index_elements=unique).returning(into)
    unchanged = {unique[0]: insert.excluded[unique[0]]}
    return insert.on_conflict_do_update(index_elements=unique, set_=unchanged).returning(into)


def _dialect(session: AsyncSession) -> str:
    return session.get_bind().dialect.name


def _values(row: Row) -> dict[str, Any]:
    values = {name: getattr(row, name) for name in type(row).model_fields}
    # A column without a value is left out, so that the database counts `number`.
    return {name: value for name, value in values.items() if value is not None}
