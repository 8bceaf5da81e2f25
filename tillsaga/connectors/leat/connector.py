"""Leat, one store's account: fills the port `Connector`."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

from tillsaga.connectors.config import ConnectorConfig, Owned, nobody_owns
from tillsaga.connectors.http import VendorHttp
from tillsaga.connectors.leat.attributes import Discounts
from tillsaga.connectors.leat.bookkeeping import LeatBooks
from tillsaga.connectors.leat.cards import Cards
from tillsaga.connectors.leat.client import LeatClient
from tillsaga.connectors.leat.giftcard_sales import Sales
from tillsaga.connectors.leat.giftcards import card_of
from tillsaga.connectors.leat.goods_back import ReturnGoods
from tillsaga.connectors.leat.ledger import Ledger
from tillsaga.connectors.leat.members import Members
from tillsaga.connectors.leat.operations import Parts, operators
from tillsaga.connectors.leat.operators import text
from tillsaga.connectors.leat.order_returns import ReturnLines
from tillsaga.connectors.leat.orders import PostOrder
from tillsaga.connectors.leat.prepaid import PrepaidBalances
from tillsaga.connectors.leat.refusals import refusing, rejection
from tillsaga.connectors.leat.reward_offers import Rewards
from tillsaga.connectors.leat.settings import LeatCredentials, LeatSettings
from tillsaga.connectors.leat.shapes import PortalSession
from tillsaga.connectors.leat.tokens import claim_url
from tillsaga.connectors.leat.voucher_offers import Vouchers
from tillsaga.connectors.leat.wire import Named
from tillsaga.domain.basket import Basket
from tillsaga.domain.effects import EffectOrder, Step
from tillsaga.domain.model import Json
from tillsaga.domain.money import to_major
from tillsaga.domain.offers import Identifier, Member, Offer, TenderType
from tillsaga.domain.ports import (
    CardState,
    FoundTender,
    Identified,
    Operator,
    Quote,
    SaleStep,
    StoredValue,
    Weighed,
)

KIND = "leat"


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Leat:
    """One store's account at Leat. Its reads raise `Refused` and `NotSent`."""

    kind = KIND

    def __init__(
        self,
        config: ConnectorConfig,
        owned: Owned = nobody_owns,
        now: Callable[[], datetime] = _utc_now,
    ) -> None:
        """Take the account.

        Args:
            config: Credentials `token`, `loyalty_token_secret`; settings as in `LeatSettings`.
            owned: Says whether a transaction id belongs to a recorded effect.
            now: The time.
        """
        self.provider = config.provider
        self.timing = config.timing
        self._currency = config.currency
        self._settings = LeatSettings.model_validate(config.settings)
        self._secrets = LeatCredentials.model_validate(config.credentials)
        self._http = VendorHttp(
            KIND,
            config.base_url,
            {"Authorization": f"Bearer {self._secrets.token.get_secret_value()}"},
            config.timing.http_timeout,
            rejection,
            config.circuit,
        )
        self._parts = _parts(config, self._settings, self._http, owned, now)
        self._sales = Sales(
            self._parts.cards, self._parts.members, self._settings.giftcard_program_uuid
        )
        self._operators = operators(self._parts)
        self._returns = ReturnLines(self._parts.client, PostOrder(self._parts.client))
        self._goods = ReturnGoods(self._parts.client, self._parts.ledger)
        self.books = _books(self._parts)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    @contextmanager
    def _asking(self, default: str) -> Iterator[None]:
        with refusing(default), self._http.budget():
            yield

    async def try_credentials(self) -> None:
        """List the account's shops."""
        with self._asking("vendor_refused"):
            await self._parts.client.listed(Named, "shops")

    def operator(self, operation: str) -> Operator:
        """Find the operator of an operation; KeyError if Leat has none."""
        return self._operators[operation]

    async def foresee_return(self, order: EffectOrder) -> int | None:
        """Say what a return would do to the points, by a simulated order of what stays."""
        with self._asking("vendor_unavailable"):
            return await self._returns.foresee(order)

    async def weigh_goods(self, order: EffectOrder) -> Weighed:
        """Say what goods would earn, by a simulated order."""
        with self._asking("vendor_refused"):
            return await self._goods.weigh(order)

    async def stored_value(self, order: EffectOrder) -> StoredValue:
        """Read what is on the card or account that an effect has loaded."""
        with self._asking("vendor_unavailable"):
            if order.operation == "topup_prepaid":
                account = text(order.request, "contact_uuid")
                return StoredValue(
                    account=account, balance_amount=await self._parts.prepaid.of(account)
                )
            card = card_of(order)
            return StoredValue(account=card, balance_amount=await self._parts.cards.balance(card))

    async def identify(self, identifier: Identifier) -> Identified:
        """Find the customer by card, QR code, e-mail address or contact id."""
        with self._asking("member_not_found"):
            return await self._parts.members.identify(identifier)

    async def quote(
        self,
        basket: Basket,
        member: Member | None,
        applied: Sequence[Offer] = (),
        terminal_id: str | None = None,
    ) -> Quote:
        """Ask side by side for the member, their offers and the stored-value lines."""
        with self._asking("vendor_unavailable"):
            (overview, offers), sales = await asyncio.gather(
                self._offers(member), self._sale_steps(basket, member)
            )
        return Quote(
            provider=self.provider,
            member=overview,
            offers=offers,
            sales=sales,
            earn=_earn(basket, overview),
        )

    async def _offers(self, member: Member | None) -> tuple[Member | None, tuple[Offer, ...]]:
        if member is None:
            return None, ()
        parts = self._parts
        overview, vouchers, collectable, rewards = await asyncio.gather(
            parts.members.overview(member.member_id),
            parts.vouchers.of_member(member),
            parts.rewards.collectable(member),
            parts.rewards.listed(member),
        )
        claimable = parts.rewards.claimable(rewards, overview)
        return overview, (*vouchers, *collectable, *claimable)

    async def _sale_steps(self, basket: Basket, member: Member | None) -> tuple[SaleStep, ...]:
        lines = [line for line in basket.lines if line.type != "product"]
        return tuple(await asyncio.gather(*(self._sales.sale(line, member) for line in lines)))

    async def find_offer(
        self,
        code: str,
        member: Member | None,
        basket: Basket | None = None,
        terminal_id: str | None = None,
    ) -> Offer | None:
        """Find a scanned voucher; one that cannot be used comes as `refused`."""
        with self._asking("offer_refused"):
            voucher = await self._parts.vouchers.find(code)
        return self._parts.vouchers.offer(voucher, member) if voucher else None

    async def check_offer(self, offer: Offer) -> str | None:
        """Say by our code why an offer that is not held is gone."""
        reads = self._parts.vouchers if offer.kind == "voucher" else self._parts.rewards
        with self._asking("offer_refused"):
            return await reads.lost(offer)

    async def find_tender(
        self,
        type_: TenderType,
        reference: str | None,
        member: Member | None,
        basket: Basket | None = None,
        due_amount: int = 0,
        terminal_id: str | None = None,
    ) -> FoundTender | None:
        """Find a gift card by its code, or the prepaid credit of a member."""
        with self._asking("tender_refused"):
            if type_ == "giftcard" and reference is not None:
                return await self._parts.cards.tender(reference)
            if type_ == "prepaid":
                return await self._parts.prepaid.tender(reference, member)
        return None

    async def look_up_card(self, code: str) -> CardState | None:
        """Look at a gift card."""
        with self._asking("card_not_found"):
            return await self._parts.cards.look_up(code)

    async def card_code(self, giftcard_uuid: str) -> str:
        """Read the code of a digital card that was sold, for its receipt; never record it."""
        with self._asking("card_not_found"):
            return (await self._parts.cards.get(giftcard_uuid)).hash

    def claim_link(self, checkout_id: str, amount: int, at: datetime) -> str | None:
        """Write the URL where a customer claims a sale's points (sheet 3.11)."""
        domain, secret = self._settings.portal_domain, self._secrets.loyalty_token_secret
        if domain is None or secret is None or amount <= 0:
            return None
        return claim_url(
            domain,
            secret.get_secret_value(),
            shop_uuid=self._settings.shop_uuid,
            unique_id=checkout_id,
            at=at,
            value=to_major(amount, self._currency),
        )

    async def portal_session(self, member: Member | None) -> str | None:
        """Open a page of Leat's own; an unused session costs nothing."""
        body: Json = {"shop_uuid": self._settings.shop_uuid}
        if member is not None:
            body["contact_uuid"] = member.member_id
        with self._asking("vendor_unavailable"):
            session = await self._parts.client.change(
                PortalSession, "POST", "portal-sessions", body=body
            )
        return session.url


def _books(parts: Parts) -> LeatBooks:
    prefix = parts.settings.attribute_prefix
    return LeatBooks(parts.client, parts.vouchers, parts.rewards, parts.cards, prefix)


def _parts(
    config: ConnectorConfig,
    settings: LeatSettings,
    http: VendorHttp,
    owned: Owned,
    now: Callable[[], datetime],
) -> Parts:
    client = LeatClient(http, settings.shop_uuid)
    provider = config.provider
    discounts = Discounts(settings.attribute_prefix, config.currency, config.discounts)
    members = Members(client, provider)
    return Parts(
        client=client,
        ledger=Ledger(client, owned),
        settings=settings,
        members=members,
        vouchers=Vouchers(client, provider, discounts),
        rewards=Rewards(client, provider, discounts),
        cards=Cards(client, config.currency, now),
        prepaid=PrepaidBalances(client, members),
        now=now,
    )


def _earn(basket: Basket, member: Member | None) -> Step | None:
    """Name the order after the basket: a sale earns once, whoever is identified."""
    if member is None:
        return None
    request: Json = {"contact_uuid": member.member_id}
    return Step(operation="post_order", subject=basket.id, request=request)
