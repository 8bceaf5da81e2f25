"""Connecting to endpoints, and to nothing else: the address is judged when it is connected to.

A name is resolved here, once, and what it resolved to is what is connected to; a name that says
something else a moment later (DNS rebinding) leads nowhere else.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence

import httpcore

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], Awaitable[Sequence[Address]]]
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class ForbiddenAddress(Exception):
    """The host leads to where webhooks are not sent."""


def is_public(address: Address) -> bool:
    """Whether it is an address of the internet, also where IPv6 carries IPv4.

    >>> [is_public(ipaddress.ip_address(a)) for a in ("93.184.215.14", "10.0.0.1", "127.0.0.1")]
    [True, False, False]
    >>> [is_public(ipaddress.ip_address(a)) for a in ("169.254.169.254", "::ffff:10.0.0.1")]
    [False, False]
    """
    carried = _carried(address)
    if carried is not None:
        return is_public(carried)
    return address.is_global and not (address.is_multicast or address.is_reserved)


def is_near(address: Address) -> bool:
    """Whether `allow_private` allows it: private networks and this machine, nothing stranger."""
    if is_public(address):
        return True
    odd = address.is_link_local or address.is_multicast or address.is_unspecified
    return (address.is_private or address.is_loopback) and not odd and _carried(address) is None


def _carried(address: Address) -> Address | None:
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo[1] if address.teredo else None
    return address.ipv4_mapped or address.sixtofour or teredo


def literal(host: str) -> Address | None:
    """Read a host that is an address; None if it is a name."""
    try:
        return ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return None


async def resolve(host: str, port: int) -> Sequence[Address]:
    """Ask the system's resolver.

    Raises:
        OSError: it knows no address.
    """
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [ipaddress.ip_address(str(address[0])) for *_, address in found]


class GuardedNetwork(httpcore.AsyncNetworkBackend):
    """Connects to what `allows` says yes to."""

    def __init__(self, allows: Callable[[Address], bool], resolve: Resolve = resolve) -> None:
        self._allows = allows
        self._resolve = resolve
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Resolve, judge, and connect to the first address that answers.

        Raises:
            ForbiddenAddress: none of the addresses is allowed.
            httpcore.ConnectError: none of those that are answers.
        """
        try:
            own = literal(host)
            found = [own] if own is not None else await self._resolve(host, port)
        except OSError as unknown:
            raise httpcore.ConnectError("the host is not known") from unknown
        allowed = [address for address in found if self._allows(address)]
        if not allowed:
            raise ForbiddenAddress("the host leads to a private address")
        for address in allowed[:-1]:
            try:
                return await self._network.connect_tcp(str(address), port, timeout)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return await self._network.connect_tcp(str(allowed[-1]), port, timeout)
