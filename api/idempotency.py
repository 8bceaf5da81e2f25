"""Idempotency-Key: how it is read, and the row that says which request used it."""

import re
from dataclasses import dataclass
from datetime import timedelta

from api import ids
from tillsaga.errors import Refusal
from tillsaga.records.database import utc_now
from tillsaga.records.keys import KeyRecord, SqlKeyBook

_VISIBLE = re.compile(r"[!-~]{1,255}")
_QUOTED = re.compile(r'"((?:[^"\\]|\\["\\])+)"')
# The same for integrators, who read them in the document.
KEY_PATTERN = r'^([!#-~][!-~]{0,254}|"([!#-\[\]-~]|\\["\\]){1,255}")$'
VERSION_PATTERN = r'^(\*|"[0-9]{1,9}")$'
_VERSION = re.compile(r'"(\d{1,9})"')
# How much longer than its budget a request may live.
_GRACE = timedelta(seconds=1)


def parse_key(header: str | None) -> str:
    """Read an Idempotency-Key, quoted (RFC 8941) or bare.

    Raises:
        Refusal: `idempotency_key_missing`.
    """
    if header is None:
        raise Refusal("idempotency_key_missing", "send an Idempotency-Key with every change")
    quoted = _QUOTED.fullmatch(header)
    bare = "" if header.startswith('"') else header
    key = re.sub(r"\\(.)", r"\1", quoted[1]) if quoted else bare
    if not _VISIBLE.fullmatch(key):
        detail = "the Idempotency-Key must be 1 to 255 visible ASCII characters"
        raise Refusal("idempotency_key_missing", detail)
    return key


def parse_version(header: str | None) -> int | None:
    """Read If-Match as the version that the till has seen.

    Raises:
        Refusal: `invalid_request`.
    """
    if header is None or header.strip() == "*":
        return None
    version = _VERSION.fullmatch(header.strip())
    if version is None:
        raise Refusal("invalid_request", 'If-Match must be a version in quotes, such as "4"')
    return int(version[1])


@dataclass(frozen=True)
class Call:
    """A mutating request as the idempotency rules see it."""

    api_key_id: str
    key: str
    route: str
    fingerprint: str
    request_id: str
    expected_version: int | None

    @property
    def update_id(self) -> str:
        """The Update that this request is, however often it is sent."""
        return ids.update_id(self.api_key_id, self.key)


@dataclass(frozen=True)
class Claimed:
    """A request whose key is now its own, or was before."""

    call: Call
    record: KeyRecord
    is_new: bool

    def may_be_running(self, budget: float) -> bool:
        """Whether the first request with this key may still wait for the answer."""
        alive_until = self.record.created_at + timedelta(seconds=budget) + _GRACE
        return not self.is_new and not self.record.accepted and utc_now() < alive_until


async def claim(keys: SqlKeyBook, call: Call, checkout_id: str) -> Claimed:
    """Use the key for this request.

    Raises:
        Refusal: `idempotency_key_reused`.
    """
    record, is_new = await keys.claim(
        call.api_key_id, call.key, call.route, call.fingerprint, checkout_id
    )
    if (record.route, record.fingerprint) != (call.route, call.fingerprint):
        raise Refusal("idempotency_key_reused", "the key was used for another request")
    return Claimed(call, record, is_new)
