"""Codes from the customer's app: P pays, R redeems, E earns (sheet 2)."""

import hashlib
from datetime import datetime, timedelta
from enum import StrEnum

from tillsaga.connectors.letstrade.client import LetstradeClient
from tillsaga.connectors.letstrade.refusals import LetstradeNo, Why
from tillsaga.domain.model import Json

LIFE = timedelta(minutes=10)
"""Counted from a code's making, which we never see: an upper bound from when we first met it."""


class Kind(StrEnum):
    """What a code is for."""

    PAYMENT = "P"
    REDEMPTION = "R"
    EARNING = "E"


class State(StrEnum):
    """Where a code stands at the vendor; used and expired are for ever (sheet 2)."""

    FINE = "fine"
    USED = "used"
    EXPIRED = "expired"
    UNKNOWN = "unknown"
    UNCLEAR = "unclear"  # its voucher is gone: by this code, or by another of the customer's


_STATES = {
    Why.CODE_USED: State.USED,
    Why.CODE_EXPIRED: State.EXPIRED,
    Why.CODE_UNKNOWN: State.UNKNOWN,
    Why.VOUCHER_GONE: State.UNCLEAR,
}


def kind_of(code: str) -> Kind | None:
    """Read the kind off the first letter; the rest is opaque (sheet 2, assumed).

    >>> kind_of("r48213907"), kind_of("48213907")
    (<Kind.REDEMPTION: 'R'>, None)
    """
    try:
        return Kind(code[:1].upper())
    except ValueError:
        return None


def expires_at(met: datetime) -> datetime:
    """The latest moment at which a code that was met then can still work."""
    return met + LIFE


def concealed(code: str) -> str:
    """Name a code where names are shown: it can be spent as long as it lives."""
    return f"{code[:1]}-{hashlib.sha256(code.encode()).hexdigest()[:20]}"


async def state_of(client: LetstradeClient, quote: Json) -> State:
    """Ask how the one code of a quote stands; a quote never spends it (sheet 3)."""
    try:
        await client.offerings(quote)
    except LetstradeNo as no:
        if no.why not in _STATES:
            raise
        return _STATES[no.why]
    return State.FINE
