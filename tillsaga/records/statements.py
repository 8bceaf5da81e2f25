"""Inserts that meet a row which may be there already; both databases spell them alike."""

from functools import cache
from typing import Any, TypeVar

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.dml import ReturningInsert

from tillsaga.records.tables import Row

RowT = TypeVar("RowT", bound=Row)
_Insert = postgresql.Insert | sqlite.Insert


async def insert_new(session: AsyncSession, row: RowT, *unique: str) -> RowT | None:
    """Insert the row, or return None if one with the same `unique` columns is there.

    A row that another transaction is just inserting is waited for.
    """
    statement = _insert_new(_dialect(session), type(row), unique)
    return (await session.scalars(statement, _values(row))).one_or_none()


async def insert_or_lock(session: AsyncSession, row: RowT, *unique: str) -> RowT:
    """Insert the row, or return the one that is there, held until the transaction ends."""
    statement = _insert_or_lock(_dialect(session), type(row), unique)
    return (await session.scalars(statement, _values(row))).one()


@cache
def _lock_or_insert(dialect: str, table: Table, unique: str) -> ReturningInsert[Any]:
    statement = sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)
    unchanged = {unique: statement.excluded[unique]}
    return statement.on_conflict_do_update(index_elements=[unique], set_=unchanged).returning(table)


def lock_or_insert(session: AsyncSession, table: Table, unique: str) -> ReturningInsert[Any]:
    """Write the statement of `insert_or_lock` for a table; its values go with it."""
    return _lock_or_insert(_dialect(session), table, unique)


# Kept: to build a statement costs more than to run it.
@cache
def _insert_new(
    dialect: str, table: type[RowT], unique: tuple[str, ...]
) -> ReturningInsert[tuple[RowT]]:
    return _insert(dialect, table).on_conflict_do_nothing(index_elements=unique).returning(table)


@cache
def _insert_or_lock(
    dialect: str, table: type[RowT], unique: tuple[str, ...]
) -> ReturningInsert[tuple[RowT]]:
    statement = _insert(dialect, table)
    unchanged = {unique[0]: statement.excluded[unique[0]]}
    statement = statement.on_conflict_do_update(index_elements=unique, set_=unchanged)
    return statement.returning(table)


def _insert(dialect: str, table: type[Row]) -> _Insert:
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


def _dialect(session: AsyncSession) -> str:
    return session.get_bind().dialect.name


def _values(row: Row) -> dict[str, Any]:
    values = {name: getattr(row, name) for name in type(row).model_fields}
    # A column without a value is left out, so that the database counts `number`.
    return {name: value for name, value in values.items() if value is not None}
