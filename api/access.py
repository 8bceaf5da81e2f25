"""Who calls, and what a key may touch."""

import hashlib
import time
from collections.abc import Sequence
from typing import Literal

from tillsaga.errors import Refusal
from tillsaga.records.apikeys import KeyHolder, SqlApiKeys
from tillsaga.stores import Store, StoresFile

Scope = Literal["pos", "support", "audit", "admin"]

# A revoked key lives on for so long; a look into the database per till message costs more.
REMEMBERED_SECONDS = 5.0
_REMEMBERED_KEYS = 1000


class Access:
    """Knows the holders of API keys."""

    def __init__(self, keys: SqlApiKeys) -> None:
        self._keys = keys
        self._remembered: dict[bytes, tuple[KeyHolder, float]] = {}

    async def holder(self, secret: str) -> KeyHolder:
        """Find whose key it is.

        Raises:
            Refusal: `unauthorized`.
        """
        digest, now = hashlib.sha256(secret.encode()).digest(), time.monotonic()
        remembered = self._remembered.get(digest)
        if remembered is not None and now - remembered[1] < REMEMBERED_SECONDS:
            return remembered[0]
        holder = await self._keys.verify(secret)
        if holder is None:
            self._remembered.pop(digest, None)
            raise Refusal("unauthorized", "the API key is unknown, expired or revoked")
        if len(self._remembered) >= _REMEMBERED_KEYS:
            self._remembered.clear()
        self._remembered[digest] = (holder, now)
        return holder


def require_scope(holder: KeyHolder, scopes: Sequence[Scope]) -> None:
    """Refuse a key without any of the scopes.

    Raises:
        Refusal: `forbidden`.
    """
    if not set(scopes).intersection(holder.scopes):
        raise Refusal("forbidden", f"the API key needs the scope {' or '.join(scopes)}")


def own_store(holder: KeyHolder, stores: StoresFile, store_id: str) -> Store:
    """Find a store that the key may touch; another's is as unknown as one that is not there.

    Raises:
        Refusal: `store_not_found`.
    """
    store = stores.store(store_id) if store_id in holder.stores else None
    if store is None:
        raise Refusal("store_not_found", "no such store for this API key")
    return store
