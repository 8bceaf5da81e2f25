"""Inserts that meet a row which may be there already; both databases spell them alike."""

from typing import TypeVar

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from tillsaga.records.tables import Row

RowT = TypeVar("RowT", bound=Row)
_Insert = postgresql.Insert | sqlite.Insert


async def insert_new(session: AsyncSession, row: RowT, *unique: str) -> RowT | None:
    """Insert the row, or return None if one with the same `unique` columns is there.

    A row that another transaction is just inserting is waited for.
    """
    statement = _insert(session, row).on_conflict_do_nothing(index_elements=unique)
    return (await session.scalars(statement.returning(type(row)))).one_or_none()


async def insert_or_lock(session: AsyncSession, row: RowT, *unique: str) -> RowT:
    """Insert the row, or return the one that is there, held until the transaction ends."""
    statement = _insert(session, row)
    unchanged = {unique[0]: statement.excluded[unique[0]]}
    statement = statement.on_conflict_do_update(index_elements=unique, set_=unchanged)
    return (await session.scalars(statement.returning(type(row)))).one()


def _insert(session: AsyncSession, row: Row) -> _Insert:
    on_sqlite = session.get_bind().dialect.name == "sqlite"
    insert = sqlite.insert if on_sqlite else postgresql.insert
    values = {name: getattr(row, name) for name in type(row).model_fields}
    # A column without a value is left out, so that the database counts `number`.
    return insert(type(row)).values({n: v for n, v in values.items() if v is not None})
