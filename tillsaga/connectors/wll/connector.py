"""White Label Loyalty, one store's tenant: fills the port `Connector`."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

from tillsaga.connectors.config import ConnectorConfig, Owned, nobody_owns
from tillsaga.connectors.http import VendorHttp
from tillsaga.connectors.wll.bookkeeping import WllBooks
from tillsaga.connectors.wll.client import NOT_FOUND
from tillsaga.connectors.wll.members import overview
from tillsaga.connectors.wll.parts import KIND, Parts, goods_of, operators, returns_of
from tillsaga.connectors.wll.refusals import WllNo, refusing, rejection
from tillsaga.connectors.wll.settings import WllCredentials, WllSettings
from tillsaga.connectors.wll.tokens import AdminTokens, token_address
from tillsaga.connectors.wll.wire import Now
from tillsaga.domain.basket import Basket
from tillsaga.domain.effects import EffectOrder, Step
from tillsaga.domain.model import Json
from tillsaga.domain.offers import Identifier, Member, Offer, TenderType
from tillsaga.domain.ports import CardState, FoundTender, Identified, Operator, Quote, Weighed

NO_EVENT = "00000000-0000-0000-0000-000000000000"


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Wll:
    """One store's tenant at White Label Loyalty. Its reads raise `Refused` and `NotSent`."""

    kind = KIND

    def __init__(
        self, config: ConnectorConfig, owned: Owned = nobody_owns, now: Now = _utc_now
    ) -> None:
        """Take the tenant; `owned` is not needed, as events name our effects.

        Args:
            config: Credentials `api_key`, `client_id`, `client_secret`; settings as in
                `WllSettings`; `base_url` is the Rewards service's, with its version.
            owned: Says whether a transaction id belongs to a recorded effect.
            now: The time.
        """
        self.provider = config.provider
        self.timing = config.timing
        settings = WllSettings.model_validate(config.settings)
        secrets = WllCredentials.model_validate(config.credentials)
        auth_url, path = token_address(settings.auth_url)
        auth = self._connect(config, auth_url, {})
        key = {"X-Api-Key": secrets.api_key.get_secret_value()}
        self._http = self._connect(config, config.base_url, key)
        to = settings.receipts_base_url
        receipts = self._connect(config, to, key) if to else None
        tokens = AdminTokens(auth, path, secrets, settings.audience, now)
        self._connections = [each for each in (auth, self._http, receipts) if each is not None]
        self._parts = Parts.of(config, settings, self._http, receipts, tokens, now)
        self._operators = operators(self._parts, now)
        self._returns = returns_of(self._parts, now)
        self._goods = goods_of(self._parts)
        parts = self._parts
        self.books = WllBooks(parts.events, parts.vouchers, settings, parts.location_id, now)

    def _connect(self, config: ConnectorConfig, to: str, headers: dict[str, str]) -> VendorHttp:
        timeout = config.timing.http_timeout
        return VendorHttp(KIND, to, headers, timeout, rejection, config.circuit)

    async def aclose(self) -> None:
        """Close the connections."""
        await asyncio.gather(*(each.aclose() for each in self._connections))

    @contextmanager
    def _asking(self, default: str) -> Iterator[None]:
        with refusing(default), self._http.budget():
            yield

    async def try_credentials(self) -> None:
        """Fetch an admin token, and ask for an event that nobody has reported."""
        with self._asking("vendor_refused"):
            try:
                await self._parts.client.get("events", NO_EVENT)
            except WllNo as no:
                # A page without the vendor's own code is not the vendor's.
                if no.status != NOT_FOUND or not no.code:
                    raise

    def operator(self, operation: str) -> Operator:
        """Find the operator of an operation; KeyError if the vendor has none, or no event."""
        return self._operators[operation]

    async def foresee_return(self, order: EffectOrder) -> int | None:
        """Say what a return would do to the points."""
        with self._asking("vendor_unavailable"):
            return await self._returns.foresee(order)

    async def weigh_goods(self, order: EffectOrder) -> Weighed:
        """Say what goods would earn, by a dry run of their sale's report."""
        with self._asking("vendor_refused"):
            return await self._goods.weigh(order)

    async def identify(self, identifier: Identifier) -> Identified:
        """Find the customer by WLL id or account number; nobody is created here."""
        with self._asking("member_not_found"):
            return await self._parts.members.identify(identifier)

    async def quote(
        self,
        basket: Basket,
        member: Member | None,
        applied: Sequence[Offer] = (),
        terminal_id: str | None = None,
    ) -> Quote:
        """Read the wallet. The worth of a voucher does not depend on the basket."""
        earn = _earn(basket, member)
        if member is None:
            return Quote(provider=self.provider, earn=earn)
        with self._asking("vendor_unavailable"):
            wallet = await self._parts.members.wallet(member.member_id)
        return Quote(
            provider=self.provider,
            member=overview(member, wallet),
            offers=self._parts.vouchers.of_wallet(wallet, member.member_id),
            earn=earn,
        )

    async def find_offer(
        self,
        code: str,
        member: Member | None,
        basket: Basket | None = None,
        terminal_id: str | None = None,
    ) -> Offer | None:
        """Find a scanned code in the customer's wallet, else by a check that burns nothing."""
        wll_id = member.member_id if member else None
        with self._asking("offer_refused"):
            wallet = await self._parts.members.wallet(wll_id) if wll_id else None
            return await self._parts.vouchers.scanned(code, wallet, wll_id)

    async def check_offer(self, offer: Offer) -> str | None:
        """Say by our code why a voucher can no longer be burned."""
        with self._asking("offer_refused"):
            return await self._parts.vouchers.lost(offer)

    async def find_tender(
        self,
        type_: TenderType,
        reference: str | None,
        member: Member | None,
        basket: Basket | None = None,
        due_amount: int = 0,
        terminal_id: str | None = None,
    ) -> FoundTender | None:
        """Find the points of a customer; None where the store does not take points."""
        tenders = self._parts.tenders
        if type_ != "points" or tenders is None:
            return None
        with self._asking("tender_refused"):
            return await tenders.find(reference, member, due_amount)

    async def look_up_card(self, code: str) -> CardState | None:
        """A wallet shows no gift cards (sheet 3.2)."""
        return None

    def claim_link(self, checkout_id: str, amount: int, at: datetime) -> str | None:
        """The vendor has no claim links."""
        return None

    async def portal_session(self, member: Member | None) -> str | None:
        """The vendor has no screens for tills."""
        return None


def _earn(basket: Basket, member: Member | None) -> Step:
    """Every sale is reported, a non-member's too (seed); it is named after the basket."""
    request: Json = {}
    if member is not None:
        request["member_id"] = member.member_id
        request["auth_identifier"] = member.data.get("authIdentifier")
    return Step(operation="post_order", subject=basket.id, request=request)
