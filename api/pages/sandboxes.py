"""The vendors' sandbox, where it plays all vendors of the stores on this machine."""

from collections.abc import Iterable
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import httpx

from tillsaga.errors import Refusal, Unavailable
from tillsaga.providers import Provider
from tillsaga.stores import Store

_TIMEOUT_SECONDS = 3.0
_LATEST = 12


def sandbox_of(stores: Iterable[Store]) -> "Sandbox | None":
    """Find the one that plays every vendor of the stores; None where any of them may be real."""
    origins = {_origin(provider) for store in stores for provider in store.providers}
    origin = origins.pop() if len(origins) == 1 else None
    return Sandbox(origin) if origin else None


def _origin(provider: Provider) -> str | None:
    """The sandbox has each vendor below a path of its kind, and nothing else listens so here."""
    address = urlsplit(provider.base_url)
    plays = address.path.strip("/").partition("/")[0] == provider.kind
    if not plays or not _is_here(address.hostname or ""):
        return None
    return f"{address.scheme}://{address.netloc}"


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Sandbox:
    """Asks the control plane. Where nobody answers `Unavailable` is raised."""

    def __init__(self, origin: str) -> None:
        self.origin = origin

    async def vendors(self) -> dict[str, Any]:
        """List the vendors with their operations."""
        return await self._ask("GET", "/")

    async def kinds(self) -> dict[str, Any]:
        """List the kinds of faults, and the schema of a rule."""
        return await self._ask("GET", "/kinds")

    async def armed(self) -> list[dict[str, Any]]:
        """List the rules that can still strike, and those that have struck."""
        found: list[dict[str, Any]] = (await self._ask("GET", "/faults"))["faults"]
        return found

    async def arm(self, rule: dict[str, Any]) -> None:
        """Add a rule.

        Raises:
            Refusal: `invalid_request`: the sandbox says why.
        """
        await self._ask("POST", "/faults", rule)

    async def disarm(self, rule_id: str | None = None) -> None:
        """Remove a rule, or all of them; one that is gone already is no trouble."""
        await self._ask("DELETE", f"/faults/{rule_id}" if rule_id else "/faults", gone=True)

    async def requests_for(self, correlation: str) -> list[dict[str, Any]]:
        """Read what was sent for an effect, oldest first; only the latest are kept."""
        log = (await self._ask("GET", f"/requests?correlation={correlation}"))["requests"]
        numbers = [entry["n"] for entry in log]
        found = [await self._ask("GET", f"/requests/{n}", gone=True) for n in numbers[-_LATEST:]]
        return [entry for entry in found if entry]

    async def _ask(
        self, method: str, path: str, body: dict[str, Any] | None = None, *, gone: bool = False
    ) -> dict[str, Any]:
        base = f"{self.origin}/_sandbox"
        try:
            async with httpx.AsyncClient(base_url=base, timeout=_TIMEOUT_SECONDS) as client:
                answer = await client.request(method, path, json=body)
        except httpx.HTTPError as lost:
            raise Unavailable("the vendor sandbox does not answer") from lost
        if answer.status_code == httpx.codes.NOT_FOUND and gone:
            return {}
        if answer.status_code == httpx.codes.BAD_REQUEST:
            raise Refusal("invalid_request", str(answer.json()["error"]))
        if not answer.is_success:
            raise Unavailable("the vendor sandbox cannot answer")
        said: dict[str, Any] = answer.json()
        return said
