"""What the connector is made of, and its operators."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from tillsaga.connectors.config import ConnectorConfig
from tillsaga.connectors.http import VendorHttp
from tillsaga.connectors.wll.client import WllClient
from tillsaga.connectors.wll.discounts import Discounts
from tillsaga.connectors.wll.events import Events
from tillsaga.connectors.wll.giving_back import RefundPoints, ReturnLines
from tillsaga.connectors.wll.goods_back import ReturnGoods
from tillsaga.connectors.wll.members import Members
from tillsaga.connectors.wll.operators import Door, transaction_id
from tillsaga.connectors.wll.points import Pending, PointEvents, PointTenders, Rate
from tillsaga.connectors.wll.sales import PostOrder
from tillsaga.connectors.wll.settings import WllSettings
from tillsaga.connectors.wll.spending import SpendPoints, Wallets
from tillsaga.connectors.wll.tokens import AdminTokens
from tillsaga.connectors.wll.voucher_offers import Vouchers
from tillsaga.connectors.wll.vouchers import ActivateVoucher, BurnVoucher
from tillsaga.connectors.wll.wire import Now
from tillsaga.domain.effects import EffectOrder
from tillsaga.domain.model import Json
from tillsaga.domain.ports import Operator

KIND = "wll"


@dataclass(frozen=True)
class Points:
    """What paying with points needs; a store that lacks an event or a rate has none of it."""

    types: PointEvents
    rate: Rate
    pending: Pending


@dataclass(frozen=True)
class Parts:
    """One tenant's reads and settings."""

    client: WllClient
    settings: WllSettings
    location_id: str
    members: Members
    events: Events
    vouchers: Vouchers
    points: Points | None
    tenders: PointTenders | None

    @classmethod
    def of(
        cls,
        config: ConnectorConfig,
        settings: WllSettings,
        rewards: VendorHttp,
        receipts: VendorHttp | None,
        tokens: AdminTokens,
        now: Now,
    ) -> Self:
        """Put them together."""
        client = WllClient(rewards, receipts, tokens)
        members = Members(client, config.provider)
        events = Events(client, settings.test_reaction_path, now)
        points = _points(config, settings, now)
        return cls(
            client=client,
            settings=settings,
            location_id=settings.location_id or config.store_id,
            members=members,
            events=events,
            vouchers=_vouchers(client, config, settings, now),
            points=points,
            tenders=_tenders(members, events, points),
        )


def _vouchers(
    client: WllClient, config: ConnectorConfig, settings: WllSettings, now: Now
) -> Vouchers:
    discounts = Discounts(settings.location_id, config.discounts)
    return Vouchers(
        client,
        config.provider,
        discounts,
        settings.location_id,
        settings.pools_integrated,
        now,
    )


def _points(config: ConnectorConfig, settings: WllSettings, now: Now) -> Points | None:
    redeem, refund, rate = settings.redeem_event, settings.refund_event, settings.points_per_unit
    if redeem is None or refund is None or rate is None:
        return None
    return Points(
        types=PointEvents(redeem, refund),
        rate=Rate(rate, config.currency),
        pending=Pending(config.timing.settle_after, now),
    )


def _tenders(members: Members, events: Events, points: Points | None) -> PointTenders | None:
    if points is None:
        return None
    return PointTenders(members, events, points.pending, points.rate, points.types)


def operators(parts: Parts, now: Now) -> dict[str, Operator]:
    """Make every operator, each with our code of a no that does not say why."""
    made: dict[str, tuple[Operator, str]] = {
        "activate_voucher": (ActivateVoucher(parts.client, parts.vouchers), "offer_refused"),
        "burn_voucher": (BurnVoucher(parts.vouchers), "offer_refused"),
        "post_order": (_sales(parts, now), "vendor_refused"),
        "return_lines": (returns_of(parts, now), "vendor_refused"),
        "return_goods": (goods_of(parts), "vendor_refused"),
    }
    if parts.points is not None:
        made["refund_points"] = (_refunds(parts, parts.points), "tender_refused")
        made["spend_points"] = (_spending(parts, parts.points), "tender_refused")
    http = parts.client.http
    return {name: Door(http, operator, code) for name, (operator, code) in made.items()}


def _spending(parts: Parts, points: Points) -> SpendPoints:
    place = _place(parts.location_id)
    return SpendPoints(
        parts.members, parts.events, points.pending, points.rate, points.types, place
    )


def _refunds(parts: Parts, points: Points) -> RefundPoints:
    place = _place(parts.location_id)
    return RefundPoints(Wallets(parts.members), parts.events, points.types, place)


def returns_of(parts: Parts, now: Now) -> ReturnLines:
    """Make the operator that takes earned points back, which may also be asked beforehand."""
    orders, place = _sales(parts, now), _place(parts.location_id)
    return ReturnLines(parts.members, parts.events, orders, parts.settings.redeem_event, place)


def goods_of(parts: Parts) -> ReturnGoods:
    """Make the operator that takes the points of returned goods, and weighs them beforehand."""
    place = _place(parts.location_id)
    return ReturnGoods(parts.members, parts.events, parts.settings, parts.location_id, place)


def _place(location_id: str) -> Callable[[EffectOrder], Json]:
    def place(order: EffectOrder) -> Json:
        whose: Json = {"cashierId": order.cashier_id} if order.cashier_id else {}
        return {"transactionId": transaction_id(order), "storeId": location_id, **whose}

    return place


def _sales(parts: Parts, now: Now) -> PostOrder:
    return PostOrder(
        parts.client,
        parts.members,
        parts.events,
        parts.settings.sale_event,
        parts.settings.redeem_event,
        parts.location_id,
        now,
    )
