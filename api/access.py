"""Who calls, and what a key may touch."""

import hashlib
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Literal

import structlog

from tillsaga.errors import Refusal
from tillsaga.records.apikeys import KeyHolder, SqlApiKeys
from tillsaga.records.database import utc_now
from tillsaga.records.key_format import can_be_key
from tillsaga.stores import Store, StoresFile

Scope = Literal["pos", "support", "audit", "admin"]

# A revoked key lives on for so long; a look into the database per till message costs more.
REMEMBERED_SECONDS = 5.0
_REMEMBERED_KEYS = 1000

# From then on each answer says when the key ends, and the log does once an hour.
WARNED_BEFORE = timedelta(days=14)
_WARNED_EVERY_SECONDS = 3600.0

_log = structlog.get_logger("tillsaga.access")


UNKNOWN_KEY = "the API key is unknown, expired or revoked"


class Access:
    """Knows the holders of API keys."""

    def __init__(self, keys: SqlApiKeys) -> None:
        self._keys = keys
        self._remembered: dict[bytes, tuple[KeyHolder, float]] = {}
        self._warned: dict[str, float] = {}

    async def holder(self, secret: str) -> KeyHolder:
        """Find whose key it is.

        Raises:
            Refusal: `unauthorized`.
        """
        if not can_be_key(secret):
            raise Refusal("unauthorized", "this is no API key of ours; was it copied as a whole?")
        digest, now = hashlib.sha256(secret.encode()).digest(), time.monotonic()
        remembered = self._remembered.get(digest)
        if remembered is not None and now - remembered[1] < REMEMBERED_SECONDS:
            if remembered[0].is_over(utc_now()):
                raise Refusal("unauthorized", UNKNOWN_KEY)
            return remembered[0]
        holder = await self._keys.verify(secret)
        if holder is None:
            self._remembered.pop(digest, None)
            raise Refusal("unauthorized", UNKNOWN_KEY)
        if len(self._remembered) >= _REMEMBERED_KEYS:
            self._remembered.clear()
        self._remembered[digest] = (holder, now)
        return holder

    def ending(self, holder: KeyHolder) -> dict[str, str]:
        """Say in a header, and now and then in the log, that the key ends soon."""
        if holder.expires_at is None or holder.expires_at - utc_now() > WARNED_BEFORE:
            return {}
        ends, now = holder.expires_at.strftime("%Y-%m-%dT%H:%M:%SZ"), time.monotonic()
        if now - self._warned.get(holder.id, -_WARNED_EVERY_SECONDS) >= _WARNED_EVERY_SECONDS:
            self._warned[holder.id] = now
            _log.warning("api_key_expires_soon", api_key=holder.id, expires_at=ends)
        return {"Tillsaga-Key-Expires": ends}


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
