"""Scans: whose is a code? Every vendor is asked side by side, and nothing changes."""

import asyncio
from collections.abc import Awaitable, Callable

from temporalio import activity

from tillsaga.domain.model import Json
from tillsaga.domain.offers import Identifier
from tillsaga.domain.ports import Connector, Connectors
from tillsaga.domain.reads import Candidate, ScanAnswer, ScanOrder
from tillsaga.errors import TillsagaError, Unavailable


class ScanActivities:
    """Classifies what a scanner reads."""

    def __init__(self, connectors: Connectors) -> None:
        """Take the vendors."""
        self._connectors = connectors

    @activity.defn(name="scan_code")
    async def scan(self, order: ScanOrder) -> ScanAnswer:
        """Find whose a scanned string is; who cannot be asked yields to who knows it."""
        found = await asyncio.gather(*(self._scan_at(order, name) for name in order.providers))
        candidates = [one for scanned in found for one in scanned.candidates]
        known = [one for one in candidates if not one.assumed]
        absent = tuple(name for scanned in found for name in scanned.absent)
        return ScanAnswer(candidates=tuple(known or candidates), absent=absent)

    async def _scan_at(self, order: ScanOrder, provider: str) -> ScanAnswer:
        connector = self._connectors.of(order.store_id, provider)
        looks = (_as_member, _as_offer, _as_giftcard, _as_payment_code)
        answers = await asyncio.gather(*(_within(look, connector, order) for look in looks))
        return ScanAnswer(
            candidates=tuple(answer for answer in answers if isinstance(answer, Candidate)),
            absent=(provider,) if _ABSENT in answers else (),
        )


Look = Callable[[Connector, ScanOrder], Awaitable[Candidate | None]]


class _Absent:
    """No answer in time."""


_ABSENT = _Absent()


async def _within(look: Look, connector: Connector, order: ScanOrder) -> Candidate | _Absent | None:
    """A vendor that refuses does not know the code, or will not have it used."""
    try:
        async with asyncio.timeout(order.patience.total_seconds()):
            return await look(connector, order)
    except (Unavailable, TimeoutError):
        return _ABSENT
    except TillsagaError:
        return None


async def _as_member(connector: Connector, order: ScanOrder) -> Candidate | None:
    identified = await connector.identify(Identifier(type="card", value=order.value))
    if identified.member is None and identified.create is None:
        return None
    body: Json = {"type": "card", "value": order.value, "provider": connector.provider}
    return Candidate(provider=connector.provider, kind="member", operation="identifiers", body=body)


async def _as_offer(connector: Connector, order: ScanOrder) -> Candidate | None:
    member = order.members.get(connector.provider)
    offer = await connector.find_offer(order.value, member, order.basket, order.terminal_id)
    if offer is None:
        return None
    return Candidate(
        provider=connector.provider,
        kind=offer.kind,
        operation="offers",
        body={"code": order.value},
        assumed=offer.assumed,
    )


async def _as_giftcard(connector: Connector, order: ScanOrder) -> Candidate | None:
    if await connector.look_up_card(order.value) is None:
        member = order.members.get(connector.provider)
        # Some vendors know a card only together with its customer.
        if member is None or not await connector.find_tender("giftcard", order.value, member):
            return None
    body: Json = {"type": "giftcard", "reference": order.value}
    return Candidate(provider=connector.provider, kind="giftcard", operation="tenders", body=body)


async def _as_payment_code(connector: Connector, order: ScanOrder) -> Candidate | None:
    if await connector.find_tender("wallet", order.value, None, order.basket) is None:
        return None
    body: Json = {"type": "wallet", "reference": order.value}
    return Candidate(provider=connector.provider, kind="wallet", operation="tenders", body=body)
