"""Finalise: the one call that makes the order, charges, burns and awards (sheet 4, 8)."""

import asyncio
from collections.abc import Callable
from datetime import datetime

from tillsaga.connectors.letstrade.bill import Bills
from tillsaga.connectors.letstrade.client import LetstradeClient
from tillsaga.connectors.letstrade.codes import State, state_of
from tillsaga.connectors.letstrade.refusals import LetstradeNo, Why
from tillsaga.connectors.letstrade.shapes import Offerings
from tillsaga.connectors.letstrade.sold import SoldBill
from tillsaga.connectors.letstrade.tenders import simulated
from tillsaga.connectors.letstrade.worth import key_of
from tillsaga.domain.effects import Done, EffectOrder, Timing
from tillsaga.domain.model import Json
from tillsaga.errors import InDoubt, Refused, Repeatable, Unanswerable

REFUSED = "vendor_refused"


class Finalise:
    """Finalises a bill. `request`: `user`, if somebody is identified; `order.sale` was sold.

    The bill's own id is the only key: a second time the vendor says "already finalised".
    `Done.data`: `uuid`, `terminal_id` and `codes`, and as far as the vendor told `order_id`,
    `order_code`, `client_id`, `outstanding_amount` (minor units) and `split`. What was found out
    by asking lacks the vendor's ids.
    """

    def __init__(
        self,
        client: LetstradeClient,
        bills: Bills,
        timing: Timing,
        now: Callable[[], datetime],
    ) -> None:
        """Take how bodies are written, and how long the vendor may work on one."""
        self._client = client
        self._bills = bills
        self._money = bills.money
        self._longest = timing.http_timeout + timing.settle_after
        self._now = now

    async def do(self, order: EffectOrder) -> Done:
        """Check what codes still give, then finalise."""
        bill = self._bill(order)
        split = await self._recheck(bill)
        try:
            reply = await self._client.finalise(bill.body())
        except LetstradeNo as no:
            if no.why is not Why.FINALISED:
                raise
            return await self._already(order, bill, no)
        left = reply.basket.outstanding_amount if reply.basket else None
        told: Json = {
            "order_id": reply.order_id,
            "order_code": reply.order_code,
            "client_id": reply.client_id,
            "outstanding_amount": self._money.minor(left) if left is not None else None,
            "split": {**split} or None,
        }
        return _done(bill, reply.order_code or reply.order_id, reply.order_id, told)

    def _bill(self, order: EffectOrder) -> SoldBill:
        if order.sale is None:
            raise Refused("there is no sale to finalise", code="invalid_request")
        return SoldBill(order, order.sale, self._bills)

    async def _recheck(self, bill: SoldBill) -> dict[str, int]:
        """Refuse before anything is spent where a code gives less by now (traps 2, 3, 14).

        It also makes the vendor's last quote of the bill the very one that is finalised. A no of
        the vendor's is not taken here: only finalising knows whether an earlier try of ours has
        spent the codes.
        """
        if not bill.spent_codes:
            return {}
        try:
            now = await simulated(
                self._client, self._money, bill.recheck, bill.whole_amount, bill.tender_amount
            )
        except LetstradeNo:
            return {}
        self._check_vouchers(bill, now.reply)
        if sum(now.split.values()) != bill.tender_amount:
            raise Refused("the payment code no longer covers its part", code="insufficient_balance")
        return now.split

    def _check_vouchers(self, bill: SoldBill, reply: Offerings) -> None:
        on_lines = [each for product in reply.basket.product_list for each in product.vouchers]
        listed = {key_of(each) for each in on_lines}
        once = [each for each in reply.basket.vouchers if key_of(each) not in listed]
        given = [each for each in (*on_lines, *once) if key_of(each) in bill.burnt_vouchers]
        amount = sum(self._money.of(each, "discount") or 0 for each in given)
        names = {key_of(each) for each in given}
        if names != bill.burnt_vouchers or amount < bill.burnt_amount:
            raise Refused("a voucher is gone or worth less now", code="offer_refused")

    async def _already(self, order: EffectOrder, bill: SoldBill, no: LetstradeNo) -> Done:
        """The bill's id is ours alone, so it was us; but perhaps with other codes."""
        if self._may_be_voided(order):
            raise Refused("the bill was finalised before, and perhaps voided", code=REFUSED)
        states = await self._states(bill, bill.spent_codes)
        if State.FINE in states or State.UNKNOWN in states:
            raise Refused("the bill was finalised without these codes", code=REFUSED)
        return _done(bill, no.order_id, no.order_id, {"order_id": no.order_id})

    async def find(self, order: EffectOrder, since: datetime) -> Done | None:
        """Ask whether the codes are used: our live claim on them says by whom (trap 4).

        A bill without codes cannot be asked about. Sent again, it makes no second order; that it
        did not happen must not be believed.

        Raises:
            Repeatable: the bill has no codes.
        """
        if order.sale is None:
            raise Unanswerable("without the sale nobody knows its codes", code=REFUSED)
        bill = self._bill(order)
        if not bill.codes:
            raise Repeatable("nobody can say whether the bill was finalised", code=REFUSED)
        states = await self._states(bill, bill.spent_codes or bill.codes)
        if states == {State.USED} and not self._may_be_voided(order):
            return _done(bill, None, None, {})
        if states.isdisjoint({State.USED, State.UNCLEAR}):
            return None
        if self._now() < since + self._longest:
            raise InDoubt("not all codes of the bill are used yet")
        raise Unanswerable("not all codes of the bill are used", code=REFUSED)

    def _may_be_voided(self, order: EffectOrder) -> bool:
        """Whether an earlier generation may have left its trace: its codes stay used for ever."""
        return order.generation > 1 and self._bills.settings.refund_enabled

    async def _states(self, bill: SoldBill, codes: list[str]) -> set[State]:
        states = (state_of(self._client, bill.probe(code)) for code in codes)
        return set(await asyncio.gather(*states))

    async def undo(self, order: EffectOrder, done: Done) -> Done:
        """Void the order, where the store's vendor has its refund endpoint already (sheet 5)."""
        settings = self._bills.settings
        if not settings.refund_enabled:
            raise Refused("letstrade cannot take a finalised bill back", code=REFUSED)
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


def _done(bill: SoldBill, reference: str | None, order_id: str | None, told: Json) -> Done:
    known = {name: value for name, value in told.items() if value is not None}
    return Done(
        reference=reference,
        transaction_id=order_id,
        data={"uuid": bill.uuid, "terminal_id": bill.terminal, "codes": [*bill.codes], **known},
    )
