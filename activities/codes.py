"""Codes that come with a bill: what is each of them, and to whom?"""

import asyncio

from temporalio import activity

from activities.scanning import ScanActivities
from tillsaga.domain.ports import Connectors
from tillsaga.domain.reads import (
    CodesAnswer,
    FindOffer,
    OfferAnswer,
    ReadFailure,
    ScanCodes,
    ScanOrder,
)
from tillsaga.errors import Refused


class CodeActivities:
    """Asks one vendor at a time; nothing changes by it."""

    def __init__(self, connectors: Connectors) -> None:
        """Take the vendors."""
        self._connectors = connectors
        self._scanning = ScanActivities(connectors)

    @activity.defn(name="scan_codes")
    async def scan_codes(self, order: ScanCodes) -> CodesAnswer:
        """Say what each code is here, as a scan of it would."""
        one = ScanOrder(
            store_id=order.store_id,
            terminal_id=order.terminal_id,
            patience=order.patience,
            providers=(order.provider,),
            value="",
            members={order.provider: order.member} if order.member else {},
            basket=order.basket,
        )
        scans = [one.model_copy(update={"value": code}) for code in order.codes]
        return CodesAnswer(scans=tuple(await asyncio.gather(*map(self._scanning.scan, scans))))

    @activity.defn(name="await_offer")
    async def await_offer(self, order: FindOffer) -> OfferAnswer:
        """Find whose a code is; a vendor that does not answer is asked again, by Temporal."""
        connector = self._connectors.of(order.store_id, order.provider)
        try:
            offer = await connector.find_offer(
                order.code, order.member, order.basket, order.terminal_id
            )
        except Refused as no:
            return OfferAnswer(failure=ReadFailure(code=no.code, detail=no.message))
        return OfferAnswer(offer=offer)
