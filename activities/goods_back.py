"""Goods that come back: what would they earn today, and whose are the points?"""

from temporalio import activity

from activities.reads import identify_at
from tillsaga.domain.effects import EffectOrder
from tillsaga.domain.goods_back import OPERATION, WeighAnswer, WeighGoods
from tillsaga.domain.offers import Member
from tillsaga.domain.ports import Connectors, TakesGoodsBack
from tillsaga.domain.reads import ReadFailure
from tillsaga.errors import Refused

_NO_WAY = ReadFailure(
    code="vendor_refused", detail="it has no way to take points back without their sale"
)


class GoodsBackActivities:
    """Asks one vendor at a time; nothing changes by it."""

    def __init__(self, connectors: Connectors) -> None:
        """Take the vendors."""
        self._connectors = connectors

    @activity.defn(name="weigh_goods")
    async def weigh(self, order: WeighGoods) -> WeighAnswer:
        """Identify the customer and weigh the goods; a vendor that is down is asked again."""
        member = order.member
        try:
            connector = self._connectors.of(order.store_id, order.provider)
            if member is None:
                identified = await identify_at(connector, order.identifiers)
                member = identified.member if identified else None
            if member is None:
                return WeighAnswer()
            if not isinstance(connector, TakesGoodsBack):
                return WeighAnswer(member=member, failure=_NO_WAY)
            weighed = await connector.weigh_goods(_question(order, member))
        except Refused as no:
            return WeighAnswer(member=member, failure=ReadFailure(code=no.code, detail=no.message))
        return WeighAnswer(member=member, weighed=weighed)


def _question(order: WeighGoods, member: Member) -> EffectOrder:
    return EffectOrder(
        checkout_id=order.checkout_id,
        store_id=order.store_id,
        provider=order.provider,
        kind=order.kind,
        operation=OPERATION,
        subject=member.member_id,
        sale=order.goods,
    )
