"""Codes, vouchers, deals and subscriptions as offers (sheet 2, 3)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from tillsaga.connectors.letstrade.bill import Bills
from tillsaga.connectors.letstrade.client import LetstradeClient
from tillsaga.connectors.letstrade.codes import Kind, expires_at, kind_of
from tillsaga.connectors.letstrade.kept import code_in, vouchers_in
from tillsaga.connectors.letstrade.products import told
from tillsaga.connectors.letstrade.refusals import ABOUT_CODES, LetstradeNo, Why, meaning
from tillsaga.connectors.letstrade.shapes import Offerings
from tillsaga.connectors.letstrade.worth import Reading, Worth, key_of
from tillsaga.domain.basket import Basket
from tillsaga.domain.discounts import Discount
from tillsaga.domain.offers import Member, Offer, Refusing

SPENT = frozenset({"voucher", "subscription"})
"""What the vendor's own sale uses up; a deal is everybody's."""


@dataclass(frozen=True)
class Quoted:
    """A quote's offers, and the reply that they came in."""

    reply: Offerings
    offers: tuple[Offer, ...]


class Offers:
    """Asks about offers. Nothing is held or spent by it: there is no lock (trap 2)."""

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

    # --- one code -------------------------------------------------------------------------------

    async def find(self, code: str, basket: Basket | None) -> Offer | None:
        """Find a redemption or earning code; None for a payment code, or if it is unknown."""
        kind = kind_of(code)
        if kind not in (Kind.REDEMPTION, Kind.EARNING):
            return None
        try:
            reply = await self._client.offerings(self._bills.aside(basket, code))
        except LetstradeNo as no:
            if no.why is not Why.CODE_UNKNOWN:
                raise
            return None
        offer = self._code(code, earns_only=kind is Kind.EARNING)
        if kind is Kind.REDEMPTION and basket is not None:
            self._fill(offer, self._alone(code, self._worths(reply, basket)), basket)
        return offer

    def _code(self, code: str, earns_only: bool) -> Offer:
        return Offer(
            id=f"{self._bills.provider}:code:{code}",
            provider=self._bills.provider,
            kind="code",
            title="Earning code" if earns_only else "Redemption code",
            subject=code,
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

    def _fill(self, offer: Offer, worths: Sequence[Worth], basket: Basket) -> None:
        """Say what a code is worth now; without vouchers it is worth nothing here."""
        whole = Worth(kind="voucher", key=offer.subject, title=offer.title)
        for worth in worths:
            whole.take(worth)
        offer.discount = whole.discount(basket) or self._listed(worths)
        offer.title = worths[0].title if worths else offer.title
        offer.data = {"code": offer.subject, **whole.data}

    def _listed(self, worths: Iterable[Worth]) -> Discount | None:
        listed = (self._discounts.get(worth.key) for worth in worths)
        return next((discount for discount in listed if discount), None)

    async def lost(self, offer: Offer) -> str | None:
        """Say by our code why an offer no longer stands; only a code can be asked about."""
        if code_in(offer.data) is None:
            return None
        if offer.expires_at is not None and offer.expires_at <= self._now():
            return "code_expired"
        try:
            await self._client.offerings(self._bills.aside(None, offer.subject))
        except LetstradeNo as no:
            if no.why not in ABOUT_CODES:
                raise
            return meaning(no.why, "offer_refused")[0]
        return None

    # --- the whole bill -------------------------------------------------------------------------

    async def of_bill(
        self, basket: Basket, member: Member | None, applied: Sequence[Offer]
    ) -> Quoted:
        """Quote the bill with all applied redemption codes; lost ones come back as `lost`."""
        codes = [o.subject for o in applied if code_in(o.data) and not o.earns_only]
        reply, gone = await self._ask(basket, member, codes)
        worths = self._worths(reply, basket)
        again = [self._again(offer, worths, gone, basket) for offer in applied]
        taken = {offer.id for offer in again}
        redeemed = {name for o in again if code_in(o.data) for name in names_of(o)}
        fresh = [
            self._offer(worth, basket, member)
            for worth in worths
            if worth.code not in codes and worth.names.isdisjoint(redeemed)
        ]
        return Quoted(reply, (*again, *(offer for offer in fresh if offer.id not in taken)))

    async def _ask(
        self, basket: Basket, member: Member | None, codes: Sequence[str]
    ) -> tuple[Offerings, dict[str, LetstradeNo]]:
        """Quote; a code that spoils the whole question is left out, and named."""
        gone: dict[str, LetstradeNo] = {}
        left = list(codes)
        while True:
            try:
                return await self._client.offerings(self._bills.quote(basket, member, left)), gone
            except LetstradeNo as no:
                if no.why not in ABOUT_CODES or not left:
                    raise
                # Two customers' codes are each fine alone: the one applied last goes.
                gone |= await self._spoilt(left, basket) or {left[-1]: no}
                left = [code for code in left if code not in gone]

    async def _spoilt(self, codes: Iterable[str], basket: Basket) -> dict[str, LetstradeNo]:
        spoilt = {}
        for code in codes:
            try:
                await self._client.offerings(self._bills.aside(basket, code))
            except LetstradeNo as no:
                if no.why not in ABOUT_CODES:
                    raise
                spoilt[code] = no
        return spoilt

    def _again(
        self,
        offer: Offer,
        worths: Sequence[Worth],
        gone: Mapping[str, LetstradeNo],
        basket: Basket,
    ) -> Offer:
        """Say what an applied offer is worth now."""
        again = offer.model_copy(deep=True)
        if offer.subject in gone:
            return _lost(again, *meaning(gone[offer.subject].why, "offer_refused"))
        if offer.earns_only:
            return again
        if code_in(offer.data):
            self._fill(again, _of_code(offer, worths), basket)
            return again
        worth = next((w for w in worths if self._id(w) == offer.id), None)
        if worth is not None:
            again.discount = worth.discount(basket) or self._listed([worth])
            again.data = {**offer.data, **worth.data}
        elif "appended" not in offer.data:
            return _lost(again, "offer_refused", "the vendor no longer offers it for this bill")
        return again

    def _worths(self, reply: Offerings, basket: Basket) -> list[Worth]:
        ours = {voucher.id for voucher in basket.external_vouchers}
        products = self._bills.products
        return Reading(products, self._bills.money, told(basket.lines), ours).worths(reply)

    def _id(self, worth: Worth) -> str:
        return f"{self._bills.provider}:{worth.kind}:{worth.key}"

    def _offer(self, worth: Worth, basket: Basket, member: Member | None) -> Offer:
        """Offer what came without a code: its id may be shared, so the claim names whose it is."""
        whose = member.member_id if member and worth.kind != "deal" else basket.id
        return Offer(
            id=self._id(worth),
            provider=self._bills.provider,
            kind=worth.kind,
            title=worth.title,
            subject=worth.key if worth.kind == "subscription" else f"{worth.key}@{whose}",
            discount=worth.discount(basket) or self._listed([worth]),
            sealed_by_sale=worth.kind in SPENT,
            member_id=member.member_id if member and worth.kind in SPENT else None,
            data=worth.data,
        )


def _of_code(offer: Offer, worths: Sequence[Worth]) -> list[Worth]:
    """Pick a code's vouchers among those of several codes: by the code, else by their ids."""
    vouchers = [worth for worth in worths if worth.kind == "voucher"]
    named = [worth for worth in vouchers if worth.code == offer.subject]
    known = names_of(offer)
    return named or [worth for worth in vouchers if not worth.names.isdisjoint(known)]


def names_of(offer: Offer) -> set[str]:
    """The vendor's ids of the vouchers that an offer holds."""
    return {key_of(each) for each in vouchers_in(offer.data)}


def _lost(offer: Offer, code: str, detail: str) -> Offer:
    offer.status, offer.discount = "lost", None
    offer.refusal = Refusing(code=code, detail=detail)
    return offer
