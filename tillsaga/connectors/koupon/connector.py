"""Koupon, one store: fills the port `Connector`. Koupon can be asked nothing beforehand."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from tillsaga.connectors.config import ConnectorConfig, Owned, nobody_owns
from tillsaga.connectors.koupon.client import KIND, KouponClient
from tillsaga.connectors.koupon.coupons import Coupons, member_of
from tillsaga.connectors.koupon.redeem import RedeemCoupon
from tillsaga.connectors.koupon.report import ReportSale
from tillsaga.domain.basket import Basket
from tillsaga.domain.effects import EffectOrder, Step
from tillsaga.domain.offers import Identifier, Member, Offer, TenderType
from tillsaga.domain.ports import CardState, FoundTender, Identified, Operator, Quote, Weighed

IDENTIFYING = ("card", "qr", "member_id")


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Koupon:
    """One store at Koupon. Its reads ask nobody and cannot fail."""

    kind = KIND

    def __init__(
        self,
        config: ConnectorConfig,
        owned: Owned = nobody_owns,
        now: Callable[[], datetime] = _utc_now,
    ) -> None:
        """Take the store; `owned` is not needed, as Koupon's answers carry no ids.

        Args:
            config: Credentials `identifier`, `secret`; settings as in `KouponSettings`.
            owned: Says whether a transaction id belongs to a recorded effect.
            now: The time, which every try is signed with.
        """
        self.provider = config.provider
        self.timing = config.timing
        self._client = KouponClient(config, now)
        self._coupons = Coupons(config.provider, config.discounts)
        self._operators: dict[str, Operator] = {
            "redeem_coupon": RedeemCoupon(self._client),
            "report_sale": ReportSale(self._client),
        }

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    def operator(self, operation: str) -> Operator:
        """Find the operator of an operation; KeyError if Koupon has none."""
        return self._operators[operation]

    async def identify(self, identifier: Identifier) -> Identified:
        """Take a loyalty id as it is, if the till says that it is Koupon's."""
        if identifier.provider != self.provider or identifier.type not in IDENTIFYING:
            return Identified()
        return Identified(member=member_of(self.provider, identifier.value))

    async def weigh_goods(self, order: EffectOrder) -> Weighed:
        """Koupon gives no points, so nothing goes back."""
        return Weighed(points=0)

    async def quote(
        self,
        basket: Basket,
        member: Member | None,
        applied: Sequence[Offer] = (),
        terminal_id: str | None = None,
    ) -> Quote:
        """Ask for the report; Koupon lists no offers, and prices none."""
        earn = Step(operation="report_sale", subject=basket.id)
        return Quote(provider=self.provider, member=member, earn=earn)

    async def find_offer(
        self,
        code: str,
        member: Member | None,
        basket: Basket | None = None,
        terminal_id: str | None = None,
    ) -> Offer | None:
        """Find a code that the store has a price for, or that may be an offer barcode."""
        return self._coupons.find(code, member)

    async def check_offer(self, offer: Offer) -> str | None:
        """Koupon can be asked only by redeeming (trap 9): the offer is taken to stand."""
        return None

    async def find_tender(
        self,
        type_: TenderType,
        reference: str | None,
        member: Member | None,
        basket: Basket | None = None,
        due_amount: int = 0,
        terminal_id: str | None = None,
    ) -> FoundTender | None:
        """Koupon keeps no stored value."""
        return None

    async def look_up_card(self, code: str) -> CardState | None:
        """Koupon has no gift cards."""
        return None

    def claim_link(self, checkout_id: str, amount: int, at: datetime) -> str | None:
        """Koupon has no claim links."""
        return None

    async def portal_session(self, member: Member | None) -> str | None:
        """Koupon has no screens for tills."""
        return None
