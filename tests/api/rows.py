"""All that the records hold, to see that something changed nothing."""

from sqlalchemy import text

from tillsaga.records.database import Database
from tillsaga.records.tables import Row


async def rows(database: Database) -> dict[str, list[str]]:
    """Read every table, by its name."""
    found = {}
    async with database.read() as session:
        for table in Row.metadata.sorted_tables:
            read = (await session.execute(text(f"SELECT * FROM {table.name}"))).mappings()
            # That a key was shown is noted, whatever came of it.
            found[table.name] = [str({**row, "last_used_at": None}) for row in read]
    return found
