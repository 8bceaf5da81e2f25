"""An API key for trying things out, made once and kept in the data folder."""

import asyncio

from tillsaga.dev.home import Home
from tillsaga.dev.secrets import write_private
from tillsaga.records.apikeys import SqlApiKeys
from tillsaga.records.database import open_database

SCOPES = ("pos", "support", "audit", "admin")


def api_key(home: Home, stores: list[str]) -> str:
    """Answer the folder's API key; it is made anew if it no longer opens all stores."""
    return asyncio.run(_api_key(home, stores))


async def _api_key(home: Home, stores: list[str]) -> str:
    database = open_database(home.database_url)
    try:
        book = SqlApiKeys(database)
        kept = home.key_file.read_text().strip() if home.key_file.exists() else ""
        holder = await book.verify(kept) if kept else None
        if holder is not None and set(holder.stores) == set(stores):
            return kept
        _, made = await book.create("made by tillsaga dev", SCOPES, stores)
    finally:
        await database.close()
    write_private(home.key_file, made)
    return made
