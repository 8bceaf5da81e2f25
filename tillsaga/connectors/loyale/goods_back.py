"""Goods without their sale: a custom return, worked out by today's rules (sheet 6.4)."""

from datetime import datetime

from tillsaga.connectors.loyale.items import Item
from tillsaga.connectors.loyale.payments import UNSPECIFIED, Part
from tillsaga.connectors.loyale.returns import Returns
from tillsaga.connectors.loyale.sale_body import SaleBody
from tillsaga.connectors.loyale.settings import LoyaleSettings
from tillsaga.connectors.loyale.wire import Returned, unique_id
from tillsaga.domain.effects import Done, EffectOrder
from tillsaga.domain.ports import Weighed
from tillsaga.errors import Refused, Unanswerable


class ReturnGoods:
    """Returns goods of a customer, which `order.subject` names; `order.sale` are the goods.

    `request`: `points` to take of the `earned` ones. A custom return takes all of them or is not
    made: Loyale knows nothing in between. `Done.data`: `points_deducted`.
    """

    def __init__(self, returns: Returns, settings: LoyaleSettings) -> None:
        """Take the kinds of return, and what earns nothing."""
        self._returns = returns
        self._settings = settings

    async def weigh(self, order: EffectOrder) -> Weighed:
        """Say how many points such goods would take, by simulating it."""
        back = await self._custom(order, simulate=True)
        return Weighed(points=_net(back), balance=back.points_before)

    async def do(self, order: EffectOrder) -> Done:
        """Return them, unless the store wants fewer points taken."""
        if order.request.get("points") != order.request.get("earned"):
            return Done(points=0, data={"points_deducted": 0})
        back = await self._custom(order)
        return Done(
            reference=_name(order),
            data={"points_deducted": _net(back)},
            points=-_net(back),
            points_after=back.points_after,
        )

    async def _custom(self, order: EffectOrder, simulate: bool = False) -> Returned:
        if order.sale is None:
            raise Refused("there are no goods to return", code="invalid_request")
        written = SaleBody(order, order.sale, self._settings)
        parts = _parts(written.items, written.quiet)
        return await self._returns.custom(
            order.subject, _name(order), written.items, parts, simulate=simulate
        )

    async def find(self, order: EffectOrder, since: datetime) -> Done | None:
        """A return by today's rules cannot be looked up.

        Raises:
            Unanswerable: only a person can find it.
        """
        words = "a return by today's rules cannot be looked up at loyale"
        raise Unanswerable(words, code="cannot_ask")

    async def undo(self, order: EffectOrder, done: Done) -> Done:
        """Refuse: what is returned is sold anew."""
        raise Refused("loyale cannot take back a return", code="vendor_refused")

    async def find_undo(self, order: EffectOrder, done: Done, since: datetime) -> Done | None:
        """Nothing can have been taken back."""
        return None


def _parts(items: list[Item], quiet: int) -> list[Part]:
    total = sum(item.amount for item in items)
    silent = min(quiet, total)
    divided = [Part(UNSPECIFIED, silent, earns=False), Part(UNSPECIFIED, total - silent)]
    return [part for part in divided if part.amount] or [Part(UNSPECIFIED, 0)]


def _name(order: EffectOrder) -> str:
    """Name the return: its checkout may have posted a transaction too, under its own name."""
    return f"{unique_id(order)[:56]}-return"


def _net(back: Returned) -> int:
    return back.points_deducted - back.points_readded
