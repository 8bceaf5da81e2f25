"""Parts of a sale come back: by line item, as the remainder, or by a custom return (sheet 6).

A line-item return has no key: repeated, it is a second return. So what is still there under the
sku is looked at first, by a simulation, which tells whether it happened (trap 10). A line-item
return gives points that paid back in the sale's own proportion; where the refund asks for another
share, only a custom return fits. It names no sale, so from then on the sale cannot be returned
whole any more, and the rest goes as custom returns too.
"""

from collections.abc import Sequence
from datetime import datetime

from tillsaga.connectors.loyale.client import LoyaleClient
from tillsaga.connectors.loyale.refunded_sale import RefundedSale
from tillsaga.connectors.loyale.refusals import BAD_REQUEST, CONFLICT, LoyaleNo
from tillsaga.connectors.loyale.returned_lines import Units
from tillsaga.connectors.loyale.returns import Returns
from tillsaga.connectors.loyale.settings import LoyaleSettings
from tillsaga.connectors.loyale.wire import Receipt, Returned
from tillsaga.domain.effects import Concern, Done, EffectOrder
from tillsaga.domain.model import Json
from tillsaga.errors import AnswerLost, InDoubt, NotSent, Refused, Repeatable, Unanswerable


class ReturnLines:
    """Returns lines of a sale, or all that is left of it. `request`: see `reversals`.

    `Done.data`: `points_deducted` and `points_readded`, None where the answer was lost; `custom`:
    whether a custom return was made; `kept`: the units by sku that were left as they are, because
    their points are spent or the vendor refused them.
    """

    def __init__(
        self, client: LoyaleClient, returns: Returns, settings: LoyaleSettings, currency: str
    ) -> None:
        """Take the calls, what earns and comes back, and the scheme's currency."""
        self._client = client
        self._returns = returns
        self._settings = settings
        self._currency = currency

    async def do(self, order: EffectOrder) -> Done:
        """Return it, as far as a try before has not done so already."""
        part = RefundedSale(order, self._settings, self._currency)
        receipt = await self._settled(part)
        if receipt.failed:
            return self._done(part, [Returned()])
        if (kept := await self._kept(part, receipt)) is not None:
            return kept
        if part.rest and not part.after_custom:
            return self._done(part, [await self._rest(part, receipt)])
        units = await self._fitting(part)
        if units is None:
            return self._done(part, [await self._custom(part)], custom=True)
        return await self._each(part, units)

    async def _settled(self, part: RefundedSale) -> Receipt:
        receipt = await self._client.status(part.name)
        if receipt is None:
            raise Refused("loyale no longer knows the transaction", code="vendor_refused")
        if not (receipt.completed or receipt.failed):
            raise NotSent("loyale has not finished the transaction yet")
        return receipt

    # --- the ways to return -----------------------------------------------------------------------

    async def _rest(self, part: RefundedSale, receipt: Receipt) -> Returned | None:
        """Return what is left; Loyale refuses that a second time."""
        if receipt.wholly_returned:
            return None
        try:
            return await self._returns.full(part.name)
        except LoyaleNo as no:
            if no.status != CONFLICT or not await self._is_gone(part):
                raise
            return None

    async def _is_gone(self, part: RefundedSale) -> bool:
        """Whether nothing is left; simulated where the status does not say (sheet 6)."""
        now = await self._client.status(part.name)
        if now is not None and now.wholly_returned is not None:
            return now.wholly_returned
        try:
            await self._returns.full(part.name, simulate=True)
        except LoyaleNo as no:
            if no.status != CONFLICT:
                raise
            return True
        return False

    async def _each(self, part: RefundedSale, units: Sequence[Units]) -> Done:
        """Return one sku after another; once one is back, nothing can say that none is."""
        back: list[Returned | None] = []
        for each in units:
            try:
                back.append(await self._units(part, each))
            except (LoyaleNo, Refused):
                if not back:
                    raise
                return self._stopped(part, back, units[len(back) :])
            except NotSent as unsent:
                if not back:
                    raise
                unfinished = unsent.message
                break
        else:
            return self._done(part, back)
        raise AnswerLost(unfinished)

    def _stopped(
        self, part: RefundedSale, back: Sequence[Returned | None], left: Sequence[Units]
    ) -> Done:
        done = self._done(part, back)
        kept: Json = {each.sku: each.quantity for each in left}
        words = f"loyale refused {len(left)} of {len(back) + len(left)} returns of the lines"
        concern = Concern(code="vendor_mismatch", detail=words)
        return done.model_copy(
            update={"data": done.data | {"kept": kept}, "concerns": (*done.concerns, concern)}
        )

    async def _units(self, part: RefundedSale, units: Units) -> Returned | None:
        if not await self._is_there(part, units):
            return None  # a try before has returned it
        if await self._has(part, units.sku, units.before + 1):
            words = "loyale has more of the sale left than the refunds before say"
            raise Refused(words, code="vendor_refused")
        return await self._returns.line_item(part.name, units.sku, units.quantity)

    async def _is_there(self, part: RefundedSale, units: Units) -> bool:
        return await self._has(part, units.sku, units.before)

    async def _has(self, part: RefundedSale, sku: str, quantity: int) -> bool:
        """Ask whether so many units can still be returned; a simulation changes nothing."""
        try:
            await self._returns.line_item(part.name, sku, quantity, simulate=True)
        except LoyaleNo as no:
            if no.status not in (BAD_REQUEST, CONFLICT):
                raise
            return False
        return True

    async def _custom(self, part: RefundedSale, simulate: bool = False) -> Returned:
        goods = part.lines.goods(charges=part.rest)
        if not goods:
            return Returned()
        paid = part.paid(sum(item.amount for item in goods))
        return await self._returns.custom(
            part.customer, part.return_name, goods, paid, simulate=simulate
        )

    async def _fitting(self, part: RefundedSale) -> list[Units] | None:
        """Choose line items where they give the points back that the refund asks for."""
        units = None if part.after_custom else part.units()
        if units is None or not part.redeemed_points:
            return units
        back = [await self._simulated(part, each) for each in units]
        shares = [part.redeemed(each) for each in back if each is not None]
        return units if sum(shares) == part.redemption or len(shares) < len(units) else None

    async def _simulated(self, part: RefundedSale, units: Units) -> Returned | None:
        if not await self._is_there(part, units):
            return None
        return await self._returns.line_item(part.name, units.sku, units.quantity, simulate=True)

    # --- asking -----------------------------------------------------------------------------------

    async def find(self, order: EffectOrder, since: datetime) -> Done | None:
        """Look whether the units are gone; a custom return cannot be looked up.

        Raises:
            Unanswerable: a custom return may have been made, and only a person can find it.
            Repeatable: some of it has come back; sent again, the rest does.
        """
        part = RefundedSale(order, self._settings, self._currency)
        receipt = await self._client.status(part.name)
        if receipt is None or not (receipt.completed or receipt.failed):
            raise InDoubt("loyale has not finished the transaction yet")
        if part.rest and not part.after_custom:
            return self._done(part, [None]) if await self._is_gone(part) else None
        units = await self._fitting(part)
        if units is None:
            words = "a return by today's rules cannot be looked up at loyale"
            raise Unanswerable(words, code="cannot_ask")
        there = [await self._is_there(part, each) for each in units]
        if any(there) and not all(there):
            words = "only a part of the lines has come back at loyale"
            raise Repeatable(words, code="vendor_refused")
        return None if any(there) else self._done(part, [None])

    async def foresee(self, order: EffectOrder) -> int | None:
        """Say what it would do to the points, signed for the customer."""
        part = RefundedSale(order, self._settings, self._currency)
        receipt = await self._settled(part)
        if receipt.failed or await self._kept(part, receipt) is not None:
            return 0
        return _net(await self._foreseen(part))

    async def _foreseen(self, part: RefundedSale) -> list[Returned]:
        if part.rest and not part.after_custom:
            return [await self._returns.full(part.name, simulate=True)]
        units = await self._fitting(part)
        if units is None:
            return [await self._custom(part, simulate=True)]
        return [back for each in units if (back := await self._simulated(part, each))]

    async def _kept(self, part: RefundedSale, receipt: Receipt) -> Done | None:
        """Leave points that the customer has spent, where the store does not want a debt.

        A return takes all of its points or is not made; one that gives points back, which the
        customer paid with, is always made.
        """
        if part.policy not in ("floor", "review") or receipt.wholly_returned:
            return None
        back = await self._foreseen(part)
        before = back[0].points_before if back else None
        if before is None or any(each.points_readded for each in back):
            return None
        owed = -_net(back)
        if owed <= max(0, before):
            return None
        words = f"{owed} points were earned and {before} are left: nothing was taken back"
        concern = Concern(code="points_spent", detail=words)
        return Done(
            reference=part.name,
            data={
                "points_deducted": 0,
                "points_readded": 0,
                "custom": False,
                "kept": {each.sku: each.quantity for each in part.units() or ()},
            },
            points=0,
            points_after=before,
            concerns=(concern,) if part.policy == "review" else (),
        )

    # --- what is kept of it -----------------------------------------------------------------------

    def _done(
        self, part: RefundedSale, back: Sequence[Returned | None], custom: bool = False
    ) -> Done:
        known = [each for each in back if each is not None]
        whole = len(known) == len(back)
        data: Json = {
            "points_deducted": sum(each.points_deducted for each in known) if whole else None,
            "points_readded": sum(each.points_readded for each in known) if whole else None,
            "custom": custom,
        }
        return Done(
            reference=part.name,
            data=data,
            points=_net(known) if whole else None,
            points_after=known[-1].points_after if known else None,
            concerns=tuple(part.concerns(data, self._settings.return_restores_gift_card)),
        )

    async def undo(self, order: EffectOrder, done: Done) -> Done:
        """Refuse: what is returned is sold anew."""
        raise Refused("loyale cannot take back a return", code="vendor_refused")

    async def find_undo(self, order: EffectOrder, done: Done, since: datetime) -> Done | None:
        """Nothing can have been taken back."""
        return None


def _net(back: Sequence[Returned]) -> int:
    return sum(each.points_readded - each.points_deducted for each in back)
