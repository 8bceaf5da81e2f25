"""Redemption and earning codes as offers (sheet 2)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from tillsaga.connectors.letstrade.bill import Bills
from tillsaga.connectors.letstrade.client import LetstradeClient
from tillsaga.connectors.letstrade.codes import Kind, concealed, expires_at, kind_of
from tillsaga.connectors.letstrade.kept import code_in
from tillsaga.connectors.letstrade.products import told
from tillsaga.connectors.letstrade.refusals import ABOUT_CODES, LetstradeNo, Why, meaning
from tillsaga.connectors.letstrade.shapes import Offerings
from tillsaga.connectors.letstrade.worth import Reading, Worth
from tillsaga.domain.basket import Basket
from tillsaga.domain.discounts import Discount
from tillsaga.domain.offers import Offer


class CodeOffers:
    """Asks about single codes. Nothing is held or spent by it: there is no lock (trap 2)."""

    def __init__(
        self,
        client: LetstradeClient,
        bills: Bills,
        discounts: Mapping[str, Discount],
        now: Callable[[], datetime],
    ) -> None:
        """Take the store's own price list for what the vendor does not price."""
        self._client = client
        self._bills = bills
        self._discounts = discounts
        self._now = now

    async def find(
        self, code: str, basket: Basket | None, terminal_id: str | None = None
    ) -> Offer | None:
        """Find a redemption or earning code; None for a payment code, or if it is unknown."""
        kind = kind_of(code)
        if kind not in (Kind.REDEMPTION, Kind.EARNING):
            return None
        try:
            asked = self._bills.aside(basket, code, terminal_id=terminal_id)
            reply = await self._client.offerings(asked)
        except LetstradeNo as no:
            if no.why is not Why.CODE_UNKNOWN:
                raise
            return None
        offer = self._code(code, earns_only=kind is Kind.EARNING)
        if kind is Kind.REDEMPTION and basket is not None:
            self.fill(offer, self._alone(code, self.worths(reply, basket)), basket)
        return offer

    def _code(self, code: str, earns_only: bool) -> Offer:
        return Offer(
            id=f"{self._bills.provider}:code:{concealed(code)}",
            provider=self._bills.provider,
            kind="code",
            title="Earning code" if earns_only else "Redemption code",
            subject=concealed(code),
            code=code,
            expires_at=expires_at(self._now()),
            sealed_by_sale=not earns_only,
            earns_only=earns_only,
            data={"code": code},
        )

    def _alone(self, code: str, worths: Sequence[Worth]) -> list[Worth]:
        """Pick the vouchers of the only code that was asked about."""
        vouchers = [worth for worth in worths if worth.kind == "voucher"]
        return [worth for worth in vouchers if worth.code == code] or vouchers

    def fill(self, offer: Offer, worths: Sequence[Worth], basket: Basket) -> None:
        """Say what a code is worth now; without vouchers it is worth nothing here."""
        whole = Worth(kind="voucher", key=offer.subject, title=offer.title)
        for worth in worths:
            whole.take(worth)
        offer.discount = whole.discount(basket) or self.listed(worths)
        offer.title = worths[0].title if worths else offer.title
        offer.data = {"code": code_in(offer.data), **whole.data}
        offer.spends = tuple(sorted(whole.names))

    def listed(self, worths: Iterable[Worth]) -> Discount | None:
        """Look up in the store's own list what the vendor does not price."""
        listed = (self._discounts.get(worth.key) for worth in worths)
        return next((discount for discount in listed if discount), None)

    async def lost(self, offer: Offer) -> str | None:
        """Say by our code why an offer no longer stands; only a code can be asked about."""
        code = code_in(offer.data)
        if code is None:
            return None
        if offer.expires_at is not None and offer.expires_at <= self._now():
            return "code_expired"
        try:
            await self._client.offerings(self._bills.aside(None, code))
        except LetstradeNo as no:
            if no.why not in ABOUT_CODES:
                raise
            return meaning(no.why, "offer_refused")[0]
        return None

    def worths(self, reply: Offerings, basket: Basket) -> list[Worth]:
        """Read what a reply gives; the till's own vouchers in it are not the vendor's."""
        ours = {voucher.id for voucher in basket.external_vouchers}
        products = self._bills.products
        return Reading(products, self._bills.money, told(basket.lines), ours).worths(reply)
