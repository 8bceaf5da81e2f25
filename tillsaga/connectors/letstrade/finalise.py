"""Finalise: the one call that makes the order, charges, burns and awards (sheet 4, 8)."""

import asyncio
from datetime import datetime

from tillsaga.connectors.letstrade.bill import Bills
from tillsaga.connectors.letstrade.client import LetstradeClient
from tillsaga.connectors.letstrade.codes import State, state_of
from tillsaga.connectors.letstrade.refusals import LetstradeNo, Why
from tillsaga.connectors.letstrade.shapes import Offerings
from tillsaga.connectors.letstrade.sold import SoldBill
from tillsaga.connectors.letstrade.worth import key_of
from tillsaga.domain.effects import Done, EffectOrder
from tillsaga.domain.model import Json
from tillsaga.errors import Refused, Unanswerable


class Finalise:
    """Finalises a bill. `request`: `user`, if somebody is identified; `order.sale` was sold.

    The bill's own id is the only key: a second time the vendor says "already finalised".
    `Done.data`: `uuid`, `terminal_id` and `codes`, and as far as the vendor told `order_id`,
    `order_code`, `client_id`, `outstanding_amount` (minor units) and `split`. What was found out
    by asking lacks the vendor's ids.
    """

    def __init__(self, client: LetstradeClient, bills: Bills) -> None:
        """Take the client, and how bodies are written."""
        self._client = client
        self._bills = bills

    async def do(self, order: EffectOrder) -> Done:
        """Check what codes still give, then finalise."""
        bill = self._bill(order)
        split = await self._recheck(bill)
        try:
            reply = await self._client.finalise(bill.body())
        except LetstradeNo as no:
            if no.why is not Why.FINALISED:
                raise
            return await self._already(bill, no)
        left = reply.basket.outstanding_amount if reply.basket else None
        told: Json = {
            "order_id": reply.order_id,
            "order_code": reply.order_code,
            "client_id": reply.client_id,
            "outstanding_amount": self._bills.money.minor(left) if left is not None else None,
            "split": split or None,
        }
        return _done(bill, reply.order_code or reply.order_id, reply.order_id, told)

    def _bill(self, order: EffectOrder) -> SoldBill:
        if order.sale is None:
            raise Refused("there is no sale to finalise", code="invalid_request")
        return SoldBill(order, order.sale, self._bills)

    async def _recheck(self, bill: SoldBill) -> Json:
        """Refuse before anything is spent where a code gives less by now (traps 2, 3, 14).

        A no of the vendor's is not taken here: only finalising knows whether an earlier try of
        ours has spent the codes.
        """
        if not bill.spent_codes:
            return {}
        try:
            reply = await self._client.offerings(bill.recheck())
        except LetstradeNo:
            return {}
        if not bill.burnt_vouchers <= _vouchers(reply):
            raise Refused("a voucher is gone or worth nothing now", code="offer_refused")
        split = self.split(reply)
        covered = sum(split.values())
        short = self._bills.money.minor(reply.basket.outstanding_amount) > 0
        if bill.tender_amount and short:
            raise Refused("the payment code no longer covers its part", code="insufficient_balance")
        if covered > bill.tender_amount:
            raise Refused("the payment code would be charged too much", code="tender_refused")
        return dict(split)

    def split(self, reply: Offerings) -> dict[str, int]:
        """Read what payment codes cover per instrument, minor units."""
        basket, money = reply.basket, self._bills.money
        parts = {"wallet": basket.wallet, "card": basket.card, "loan": basket.loan}
        return {name: money.minor(part.amount) for name, part in parts.items() if part}

    async def _already(self, bill: SoldBill, no: LetstradeNo) -> Done:
        """The bill's id is ours alone, so it was us; but perhaps with other codes."""
        states = await self._states(bill, bill.spent_codes)
        if State.FINE in states or State.UNKNOWN in states:
            raise Refused("the bill was finalised without these codes", code="vendor_refused")
        return _done(bill, no.order_id, no.order_id, {"order_id": no.order_id})

    async def find(self, order: EffectOrder, since: datetime) -> Done | None:
        """Ask whether the codes are used: our live claim on them says by whom (trap 4).

        A bill without codes cannot be asked about. Sent again, it makes no second order.
        """
        if order.sale is None:
            raise Unanswerable("without the sale nobody knows its codes", code="vendor_refused")
        bill = self._bill(order)
        states = await self._states(bill, bill.spent_codes or bill.codes)
        if State.USED not in states:
            return None
        if states != {State.USED}:
            raise Unanswerable("only some codes of the bill are used", code="vendor_refused")
        return _done(bill, None, None, {})

    async def _states(self, bill: SoldBill, codes: list[str]) -> set[State]:
        states = (state_of(self._client, bill.probe(code)) for code in codes)
        return set(await asyncio.gather(*states))

    async def undo(self, order: EffectOrder, done: Done) -> Done:
        """Void the order, where the store's vendor has its refund endpoint already (sheet 5)."""
        settings = self._bills.settings
        if not settings.refund_enabled:
            raise Refused("letstrade cannot take a finalised bill back", code="vendor_refused")
        body: Json = {
            "store_id": settings.store_id,
            "terminal_id": done.data.get("terminal_id") or settings.terminal(),
            "basket": {"uuid": done.data.get("uuid") or order.subject},
            "reason": "void",
        }
        if done.data.get("order_id"):
            body["order_id"] = done.data["order_id"]
        try:
            voided = await self._client.refund(body)
        except LetstradeNo as no:
            if no.why is not Why.REFUNDED:
                raise
            return Done(reference=done.reference)
        return Done(reference=voided.order_code or voided.order_id, data={"status": voided.status})

    async def find_undo(self, order: EffectOrder, done: Done, since: datetime) -> Done | None:
        """Voids cannot be asked about; sent again, one changes nothing ("already refunded")."""
        return None


def _vouchers(reply: Offerings) -> set[str]:
    lines = (voucher for product in reply.basket.product_list for voucher in product.vouchers)
    return {key_of(voucher) for voucher in (*reply.basket.vouchers, *lines)}


def _done(bill: SoldBill, reference: str | None, order_id: str | None, told: Json) -> Done:
    known = {name: value for name, value in told.items() if value is not None}
    return Done(
        reference=reference,
        transaction_id=order_id,
        data={"uuid": bill.uuid, "terminal_id": bill.terminal, "codes": [*bill.codes], **known},
    )
