"""All that the vendor offers for the open bill (sheet 3)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tillsaga.connectors.letstrade.bill import Bills
from tillsaga.connectors.letstrade.client import LetstradeClient
from tillsaga.connectors.letstrade.code_offers import CodeOffers
from tillsaga.connectors.letstrade.kept import code_in, vouchers_in
from tillsaga.connectors.letstrade.picked import refit
from tillsaga.connectors.letstrade.refusals import ABOUT_CODES, LetstradeNo, meaning
from tillsaga.connectors.letstrade.shapes import Offerings
from tillsaga.connectors.letstrade.worth import Worth, key_of
from tillsaga.domain.basket import Basket
from tillsaga.domain.model import Json
from tillsaga.domain.offers import Member, Offer, Refusing, Tender

SPENT = frozenset({"voucher", "subscription"})
"""What the vendor's own sale uses up; a deal is everybody's."""


@dataclass(frozen=True)
class Quoted:
    """A quote's offers, and the reply that they came in."""

    reply: Offerings
    offers: tuple[Offer, ...]
    lost_tenders: dict[str, Refusing]


class BillOffers:
    """Quotes the bill: codes that are applied, and what needs no code."""

    def __init__(self, client: LetstradeClient, bills: Bills, codes: CodeOffers) -> None:
        """Take how bodies are written, and how a code's worth is read."""
        self._client = client
        self._bills = bills
        self._codes = codes

    async def of_bill(
        self,
        basket: Basket,
        member: Member | None,
        applied: Sequence[Offer],
        tenders: Sequence[Tender] = (),
        terminal_id: str | None = None,
    ) -> Quoted:
        """Quote the bill with all codes in the order they came; lost ones come back as `lost`."""
        both: list[Offer | Tender] = [*applied, *tenders]
        coded = [each for each in both if code_in(each.data)]
        coded.sort(key=lambda each: each.sequence or 0)
        codes = [code for each in coded if (code := code_in(each.data))]
        reply, gone = await self._ask(basket, member, codes, terminal_id)
        worths = self._codes.worths(reply, basket)
        again = [self._again(offer, worths, gone, basket) for offer in applied]
        taken = {offer.id for offer in again}
        redeemed = {name for o in again if code_in(o.data) for name in names_of(o)}
        fresh = [
            self._offer(worth, basket, member)
            for worth in worths
            if worth.code not in codes and worth.names.isdisjoint(redeemed)
        ]
        offers = (*again, *(offer for offer in fresh if offer.id not in taken))
        return Quoted(reply, offers, _lost_tenders(tenders, gone))

    async def _ask(
        self,
        basket: Basket,
        member: Member | None,
        codes: Sequence[str],
        terminal_id: str | None,
    ) -> tuple[Offerings, dict[str, LetstradeNo]]:
        """Quote; a code that spoils the whole question is left out, and named."""
        gone: dict[str, LetstradeNo] = {}
        left = list(codes)
        while True:
            try:
                asked = self._bills.quote(basket, member, left, terminal_id)
                return await self._client.offerings(asked), gone
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
        no = gone.get(code_in(offer.data) or "")
        if no is not None:
            return _lost(again, *meaning(no.why, "offer_refused"))
        if offer.earns_only:
            return again
        if code_in(offer.data):
            self._codes.fill(again, _of_code(offer, worths), basket)
            return again
        worth = next((w for w in worths if self._id(w) == offer.id), None)
        if worth is not None:
            again.discount = worth.discount(basket) or self._codes.listed([worth])
            ours: Json = {k: v for k, v in offer.data.items() if k == "appended"}
            again.data = {**ours, **worth.data}
        elif "appended" in offer.data:
            refit(again, basket, self._bills.money, self._bills.total(basket))
        else:
            return _lost(again, "offer_refused", "the vendor no longer offers it for this bill")
        return again

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
            discount=worth.discount(basket) or self._codes.listed([worth]),
            sealed_by_sale=worth.kind in SPENT,
            automatic=worth.kind == "subscription",
            spends=tuple(sorted(worth.names)) if worth.kind in SPENT else (),
            member_id=member.member_id if member and worth.kind in SPENT else None,
            data=worth.data,
        )


def _lost_tenders(
    tenders: Sequence[Tender], gone: Mapping[str, LetstradeNo]
) -> dict[str, Refusing]:
    lost = {}
    for tender in tenders:
        no = gone.get(code_in(tender.data) or "")
        if no is not None:
            code, detail = meaning(no.why, "tender_refused")
            lost[tender.subject] = Refusing(code=code, detail=detail)
    return lost


def _of_code(offer: Offer, worths: Sequence[Worth]) -> list[Worth]:
    """Pick a code's vouchers among those of several codes: by the code, else by their ids."""
    vouchers = [worth for worth in worths if worth.kind == "voucher"]
    named = [worth for worth in vouchers if worth.code == code_in(offer.data)]
    known = names_of(offer)
    return named or [worth for worth in vouchers if not worth.names.isdisjoint(known)]


def names_of(offer: Offer) -> set[str]:
    """The vendor's ids of the vouchers that an offer holds."""
    return {key_of(each) for each in vouchers_in(offer.data)}


def _lost(offer: Offer, code: str, detail: str) -> Offer:
    offer.status, offer.discount = "lost", None
    offer.refusal = Refusing(code=code, detail=detail)
    return offer
