"""Loyale, one store's scheme: fills the port `Connector`."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

from tillsaga.connectors.config import ConnectorConfig, Owned, nobody_owns
from tillsaga.connectors.http import VendorHttp
from tillsaga.connectors.loyale.bookkeeping import LoyaleBooks
from tillsaga.connectors.loyale.client import LoyaleClient
from tillsaga.connectors.loyale.coupons import Coupons
from tillsaga.connectors.loyale.goods_back import ReturnGoods
from tillsaga.connectors.loyale.members import Members
from tillsaga.connectors.loyale.operators import Door
from tillsaga.connectors.loyale.parts import ReturnLines
from tillsaga.connectors.loyale.refusals import refusing, rejection
from tillsaga.connectors.loyale.returns import Returns
from tillsaga.connectors.loyale.settings import LoyaleCredentials, LoyaleSettings
from tillsaga.connectors.loyale.tenders import Tenders
from tillsaga.connectors.loyale.transactions import PostTransaction
from tillsaga.domain.basket import Basket
from tillsaga.domain.effects import EffectOrder, Step
from tillsaga.domain.offers import Identifier, Member, Offer, TenderType
from tillsaga.domain.ports import CardState, FoundTender, Identified, Operator, Quote, Weighed

KIND = "loyale"
NO_SALE = "tillsaga-tries-its-credentials"


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Loyale:
    """One store's scheme at Loyale. Its reads raise `Refused` and `NotSent`.

    `returns` holds the kinds of return for refunds.
    """

    kind = KIND

    def __init__(
        self,
        config: ConnectorConfig,
        owned: Owned = nobody_owns,
        now: Callable[[], datetime] = _utc_now,
    ) -> None:
        """Take the scheme; `owned` and `now` are not needed, as we name every transaction.

        Args:
            config: Credentials `scheme_id`, `api_key`; settings as in `LoyaleSettings`.
            owned: Says whether a transaction id belongs to a recorded effect.
            now: The time.
        """
        self.provider = config.provider
        self.timing = config.timing
        settings = LoyaleSettings.model_validate(config.settings)
        self._http = _connections(config)
        self._client = client = LoyaleClient(self._http, settings.outlet_id)
        self._members = Members(client, config.provider, config.currency)
        self._coupons = Coupons(self._members, config.provider, config.discounts)
        self._tenders = Tenders(self._members, config.provider, config.currency)
        self.returns = Returns(client, config.currency)
        self.books = LoyaleBooks(client, config.currency)
        self._parts = ReturnLines(client, self.returns, settings, config.currency)
        self._goods = ReturnGoods(self.returns, settings)
        posting = PostTransaction(client, self.returns, settings, config.currency)
        self._operators: dict[str, Operator] = {
            "post_transaction": Door(self._http, posting, "vendor_refused"),
            "return_lines": Door(self._http, self._parts, "vendor_refused"),
            "return_goods": Door(self._http, self._goods, "vendor_refused"),
        }

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    @contextmanager
    def _asking(self, default: str) -> Iterator[None]:
        with refusing(default), self._http.budget():
            yield

    async def try_credentials(self) -> None:
        """Ask for a sale that nobody has made."""
        with self._asking("vendor_refused"):
            await self._client.status(NO_SALE)

    def operator(self, operation: str) -> Operator:
        """Find the operator of an operation; KeyError if Loyale has none."""
        return self._operators[operation]

    async def foresee_return(self, order: EffectOrder) -> int | None:
        """Say what a return would do to the points, by simulating it."""
        with self._asking("vendor_unavailable"):
            return await self._parts.foresee(order)

    async def weigh_goods(self, order: EffectOrder) -> Weighed:
        """Say what goods would earn, by a simulated return."""
        with self._asking("vendor_refused"):
            return await self._goods.weigh(order)

    async def identify(self, identifier: Identifier) -> Identified:
        """Find the customer by barcode or customer id; Loyale creates nobody here."""
        with self._asking("member_not_found"):
            return await self._members.identify(identifier)

    async def quote(
        self,
        basket: Basket,
        member: Member | None,
        applied: Sequence[Offer] = (),
        terminal_id: str | None = None,
    ) -> Quote:
        """Read the points; without a customer there is nothing to ask or tell (trap 19).

        Loyale lists no offers, and the worth of coupons does not depend on it.
        """
        if member is None:
            return Quote(provider=self.provider)
        with self._asking("vendor_unavailable"):
            overview = await self._members.overview(member.member_id)
        request = {"customer_id": overview.member_id}
        earn = Step(operation="post_transaction", subject=basket.id, request={**request})
        return Quote(provider=self.provider, member=overview, earn=earn)

    async def find_offer(
        self,
        code: str,
        member: Member | None,
        basket: Basket | None = None,
        terminal_id: str | None = None,
    ) -> Offer | None:
        """Find a scanned coupon that the store has a price for."""
        with self._asking("offer_refused"):
            return await self._coupons.find(code, member)

    async def check_offer(self, offer: Offer) -> str | None:
        """Say by our code why a coupon would not be taken any more."""
        with self._asking("offer_refused"):
            return await self._coupons.lost(offer, offer.member_id)

    async def find_tender(
        self,
        type_: TenderType,
        reference: str | None,
        member: Member | None,
        basket: Basket | None = None,
        due_amount: int = 0,
        terminal_id: str | None = None,
    ) -> FoundTender | None:
        """Find the customer's points, or a gift card linked to them by its barcode."""
        with self._asking("tender_refused"):
            if type_ == "points":
                return await self._tenders.points(reference, member, basket, due_amount)
            if type_ == "giftcard":
                return await self._tenders.gift_card(reference, member, basket, due_amount)
        return None

    async def look_up_card(self, code: str) -> CardState | None:
        """Loyale tells no gift card's state (sheet 4)."""
        return None

    def claim_link(self, checkout_id: str, amount: int, at: datetime) -> str | None:
        """Loyale has no claim links."""
        return None

    async def portal_session(self, member: Member | None) -> str | None:
        """Loyale has no screens for tills."""
        return None


def _connections(config: ConnectorConfig) -> VendorHttp:
    secrets = LoyaleCredentials.model_validate(config.credentials)
    headers = {
        "X-Scheme": secrets.scheme_id.get_secret_value(),
        "X-ApiKey": secrets.api_key.get_secret_value(),
    }
    timeout = config.timing.http_timeout
    return VendorHttp(KIND, config.base_url, headers, timeout, rejection, config.circuit)
