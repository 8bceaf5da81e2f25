"""The vendors: whether they answer, and take our credentials. Nothing is changed at any of them."""

from tillsaga.connectors.registry import build_connector
from tillsaga.doctor.finding import Finding, fault, ok, warning
from tillsaga.doctor.installation import Installation
from tillsaga.doctor.stores import StoresVendor
from tillsaga.domain.ports import TriesCredentials
from tillsaga.errors import TillsagaError

SERVER_ERROR = 500


async def vendor(at: Installation, one: StoresVendor) -> Finding:
    """Knock at every address; where there is a read that only we may make, make it."""
    for address in one.provider.addresses:
        heard = await at.knock(address)
        if heard.status is None:
            remedy = "see whether it is up; check its address, DNS, proxy and firewall"
            return fault(f"{address} does not answer: {heard.why}", remedy)
        if heard.status >= SERVER_ERROR:
            remedy = "ask the vendor; until it is back tills sell without it, or wait"
            return fault(f"{address} answers HTTP {heard.status}", remedy)
    if at.stores.unreadable:
        return warning("it answers; its credentials were not tried", "correct credentials first")
    return await _with_credentials(at, one)


async def _with_credentials(at: Installation, one: StoresVendor) -> Finding:
    connector = build_connector(one.config)
    try:
        if not isinstance(connector, TriesCredentials):
            return ok("it answers; it has no read that would try our credentials")
        await connector.try_credentials()
    except TillsagaError as no:
        remedy = f"correct credentials or settings of {one.name} in {at.stores.file}"
        return fault(no.message, f"{remedy}, or ask the vendor")
    finally:
        await connector.aclose()
    return ok("it answers, and takes our credentials")
