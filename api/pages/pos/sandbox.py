"""Stores whose vendors are our sandbox: what there is to scan, and codes made just now."""

from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit, urlunsplit

import httpx

from tillsaga.errors import Unavailable
from tillsaga.sandbox.scannable import SCANNABLE, Scannable
from tillsaga.stores import Store

PATIENCE_SECONDS = 5
_LETSTRADE = {
    "wallet_in_cents": 4000,
    "vouchers": [{"title": "3.00 off", "value_in_cents": 300}],
    "codes": [{"kind": "P"}, {"kind": "R"}, {"kind": "E"}],
}


@dataclass(frozen=True)
class ToScan:
    """A vendor of the store, and its customers' codes."""

    provider: str
    kind: str
    codes: tuple[Scannable, ...]


def to_scan(store: Store) -> list[ToScan]:
    """List what to scan at each of the store's vendors that is played on this machine."""
    return [
        ToScan(provider.name, provider.kind, SCANNABLE[provider.kind])
        for provider in store.providers
        if is_on_this_machine(str(provider.base_url))
    ]


def is_on_this_machine(url: str) -> bool:
    """Whether an address is on loopback.

    >>> is_on_this_machine("http://127.0.0.1:8600/leat"), is_on_this_machine("https://leat.example")
    (True, False)
    """
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


async def fresh_codes(store: Store) -> list[Scannable]:
    """Have the sandbox make a Let'sTrade customer, whose codes live ten minutes from now.

    Raises:
        Unavailable: the sandbox gives no answer, or none of the store's vendors is played by it.
    """
    played = (p for p in store.providers if p.kind == "letstrade")
    url = next((str(p.base_url) for p in played if is_on_this_machine(str(p.base_url))), None)
    if url is None:
        raise Unavailable("no vendor of this store is played by the sandbox")
    parts = urlsplit(url)
    seed = urlunsplit((parts.scheme, parts.netloc, "/_sandbox/seed/letstrade", "", ""))
    try:
        async with httpx.AsyncClient(timeout=PATIENCE_SECONDS) as http:
            answer = await http.post(seed, json={"customers": [_LETSTRADE]})
        answer.raise_for_status()
        pays, redeems, earns = answer.json()["customers"][0]["codes"]
    except (httpx.HTTPError, ValueError, LookupError) as lost:
        raise Unavailable("the sandbox gives no answer") from lost
    return [
        Scannable(pays, "pays from a wallet with 40.00"),
        Scannable(redeems, "a voucher: 3.00 off"),
        Scannable(earns, "only earns"),
    ]
