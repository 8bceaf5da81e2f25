"""Let'sTrade, one store: fills the port `Connector`."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from tillsaga.connectors.config import ConnectorConfig, Owned, nobody_owns
from tillsaga.connectors.http import VendorHttp
from tillsaga.connectors.letstrade import callback
from tillsaga.connectors.letstrade.bill import Bills, user_of
from tillsaga.connectors.letstrade.bill_offers import BillOffers, Quoted
from tillsaga.connectors.letstrade.client import LetstradeClient
from tillsaga.connectors.letstrade.code_offers import CodeOffers
from tillsaga.connectors.letstrade.finalise import Finalise
from tillsaga.connectors.letstrade.members import Members
from tillsaga.connectors.letstrade.operators import Door
from tillsaga.connectors.letstrade.products import told
from tillsaga.connectors.letstrade.refusals import LetstradeNo, Why, refusing, rejection
from tillsaga.connectors.letstrade.settings import LetstradeCredentials, LetstradeSettings
from tillsaga.connectors.letstrade.shapes import Offerings
from tillsaga.connectors.letstrade.slip import slip_payload
from tillsaga.connectors.letstrade.tenders import Wallets
from tillsaga.connectors.letstrade.wire import Money
from tillsaga.domain.basket import Basket
from tillsaga.domain.effects import Step
from tillsaga.domain.model import Json
from tillsaga.domain.offers import Identifier, Member, Offer, Tender, TenderType
from tillsaga.domain.ports import CardState, FoundTender, Identified, Operator, Quote, Selection

KIND = "letstrade"


def _utc_now() -> datetime:
    return datetime.now(UTC)


class LetsTrade:
    """One store at Let'sTrade. Its reads raise `Refused` and `NotSent`."""

    kind = KIND

    def __init__(
        self,
        config: ConnectorConfig,
        owned: Owned = nobody_owns,
        now: Callable[[], datetime] = _utc_now,
    ) -> None:
        """Take the store.

        Args:
            config: Credentials `token`; settings as in `LetstradeSettings`.
            owned: Not needed: the vendor has no list of transactions to search.
            now: The time.
        """
        self.provider = config.provider
        self.timing = config.timing
        self._settings = LetstradeSettings.model_validate(config.settings)
        secrets = LetstradeCredentials.model_validate(config.credentials)
        self._http = VendorHttp(
            KIND,
            config.base_url,
            {"Authorization": f"Bearer {secrets.token.get_secret_value()}"},
            config.timing.http_timeout,
            rejection,
            config.circuit,
        )
        client = LetstradeClient(self._http)
        self._money = Money(config.currency)
        self._bills = Bills(self._settings, config.provider, self._money)
        self._members = Members(config.provider)
        self._codes = CodeOffers(client, self._bills, config.discounts, now)
        self._quoting = BillOffers(client, self._bills, self._codes)
        self._wallets = Wallets(client, self._bills)
        finalise = Finalise(client, self._bills, config.timing, now)
        self._operators: dict[str, Operator] = {"finalise": Door(client, finalise)}

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    def operator(self, operation: str) -> Operator:
        """Find the operator of an operation; KeyError if Let'sTrade has none."""
        return self._operators[operation]

    async def identify(self, identifier: Identifier) -> Identified:
        """Say who the customer is; the vendor meets them at the quote (trap 12)."""
        return self._members.identify(identifier)

    async def quote(
        self,
        basket: Basket,
        member: Member | None,
        applied: Sequence[Offer] = (),
        terminal_id: str | None = None,
    ) -> Quote:
        """Quote the open bill with all applied redemption codes (sheet 3).

        A bill that is finalised already offers nothing new, and keeps what it had.
        """
        return await self.quote_with(basket, member, applied, (), terminal_id)

    async def quote_with(
        self,
        basket: Basket,
        member: Member | None,
        applied: Sequence[Offer],
        tenders: Sequence[Tender],
        terminal_id: str | None = None,
    ) -> Quote:
        """Quote with payment codes too: all codes must be of one customer, who may subscribe."""
        earn = self.earn_step(basket, member)
        if earn is None:
            return Quote(provider=self.provider, member=member)
        with refusing("vendor_refused"), self._http.budget():
            quoted = await self._quoted(basket, member, applied, tenders, terminal_id)
        return Quote(
            provider=self.provider,
            member=member,
            offers=quoted.offers if quoted else tuple(applied),
            earn=earn,
            lost_tenders=quoted.lost_tenders if quoted else {},
            fees_amount=self._fees_amount(quoted.reply, basket) if quoted else 0,
        )

    async def _quoted(
        self,
        basket: Basket,
        member: Member | None,
        applied: Sequence[Offer],
        tenders: Sequence[Tender],
        terminal_id: str | None,
    ) -> Quoted | None:
        try:
            return await self._quoting.of_bill(basket, member, applied, tenders, terminal_id)
        except LetstradeNo as no:
            if no.why is not Why.FINALISED:
                raise
            return None

    def _fees_amount(self, reply: Offerings, basket: Basket) -> int:
        """What the vendor adds; the reply's service fee holds the one that we told it of."""
        service = self._money.minor(reply.basket.service_fee)
        added = max(0, service - self._bills.service_fee(basket.charges))
        return added + max(0, self._money.minor(reply.basket.product_handling_fees))

    def earn_step(self, basket: Basket, member: Member | None) -> Step | None:
        """Name the finalise step: for every bill with goods on it, also where nothing was quoted.

        Its request depends on the customer alone, so that a re-quote leaves it as it is.
        """
        if not told(basket.lines):
            return None
        request = {"user": user_of(member)} if member else {}
        return Step(operation="finalise", subject=basket.id, request=request)

    async def find_offer(
        self,
        code: str,
        member: Member | None,
        basket: Basket | None = None,
        terminal_id: str | None = None,
    ) -> Offer | None:
        """Find a redemption or earning code; a used or expired one is refused."""
        with refusing("offer_refused"), self._http.budget():
            return await self._codes.find(code, basket, terminal_id)

    async def check_offer(self, offer: Offer) -> str | None:
        """Say by our code why an applied code is gone."""
        with refusing("offer_refused"), self._http.budget():
            return await self._codes.lost(offer)

    async def find_tender(
        self,
        type_: TenderType,
        reference: str | None,
        member: Member | None,
        basket: Basket | None = None,
        due_amount: int = 0,
        terminal_id: str | None = None,
    ) -> FoundTender | None:
        """Find what a payment code covers of what is due."""
        if type_ != "wallet" or reference is None:
            return None
        with refusing("tender_refused", used="tender_refused"), self._http.budget():
            return await self._wallets.tender(reference, basket, due_amount, terminal_id)

    async def look_up_card(self, code: str) -> CardState | None:
        """The vendor has no gift cards."""
        return None

    def claim_link(self, checkout_id: str, amount: int, at: datetime) -> str | None:
        """The vendor has no claim links."""
        return None

    async def portal_session(self, member: Member | None) -> str | None:
        """The vendor has no screens for tills."""
        return None

    def slip(self, basket: Basket, terminal_id: str | None) -> str | None:
        """Write the QR code of a printed bill (sheet 6); None without goods, which it needs."""
        if not told(basket.lines):
            return None
        terminal = self._settings.terminal(terminal_id)
        return slip_payload(self._settings.store_id, terminal, basket.id)

    def read_selection(self, body: Json, basket: Basket, terminal_id: str) -> Selection:
        """Read what the customer picked in the app for the open bill (sheet 6).

        Its total is what the vendor was told at the quote: before any voucher, the till's own and
        other vendors' offers included, and without stored value, which it does not know of.
        """
        asked = callback.parse(body)
        bill = callback.OpenBill(
            provider=self.provider,
            store_id=self._settings.store_id,
            basket=basket,
            original_amount=self._bills.total(basket),
            terminal_id=self._settings.terminal(terminal_id),
        )
        callback.check(asked, bill)
        return Selection(
            digest=callback.digest(body),
            offers=callback.offers(asked, bill),
            reply=callback.reply(asked, basket.currency),
        )
