"""Reads: what the vendors know. They change nothing, and a vendor that is slow is left out."""

import asyncio

from temporalio import activity

from activities.own_traces import OwnTraces
from tillsaga.domain.effects import EffectOrder
from tillsaga.domain.model import Json
from tillsaga.domain.offers import Identifier, Member, Offer
from tillsaga.domain.ports import (
    CheckoutBook,
    Connector,
    Connectors,
    EffectBook,
    ForeseesReturns,
    Identified,
    KnowsStoredValue,
    Quote,
    QuotesTenders,
    SellsCards,
    StoredValue,
    TakesSelections,
)
from tillsaga.domain.reads import (
    CheckAnswer,
    CheckOffer,
    ClaimOrder,
    FindOffer,
    FindTender,
    LookUpAnswer,
    LookUpOrder,
    OfferAnswer,
    ReadFailure,
    ReadSelection,
    SelectionAnswer,
    TenderAnswer,
    Visit,
    VisitAnswer,
)
from tillsaga.domain.recovery import may_stand
from tillsaga.domain.view import RefusalBody
from tillsaga.errors import Refusal, Refused, TillsagaError, Unavailable


class ReadActivities:
    """Everything that is asked of vendors while the till waits."""

    def __init__(self, connectors: Connectors, book: EffectBook, checkouts: CheckoutBook) -> None:
        """Take the vendors, and the records to tell our own traces from others'."""
        self._connectors = connectors
        self._book = book
        self._checkouts = checkouts
        self._own = OwnTraces(book)

    @activity.defn(name="visit_vendor")
    async def visit(self, order: Visit) -> VisitAnswer:
        """Identify the customer and quote what they could use."""
        try:
            async with asyncio.timeout(order.patience.total_seconds()):
                return await self._visit(order)
        except (TillsagaError, TimeoutError) as failed:
            if order.persistent and isinstance(failed, Unavailable | TimeoutError):
                raise
            return VisitAnswer(failure=_failure(failed))

    async def _visit(self, order: Visit) -> VisitAnswer:
        connector = self._connectors.of(order.store_id, order.provider)
        identified = await identify_at(connector, order.identifiers)
        member = identified.member if identified and identified.member else order.member
        quote = await _quote(connector, order, member)
        quote = await self._without_claimed_rewards(connector.kind, quote)
        return VisitAnswer(
            identified=identified,
            quote=await self._sparing_ours(order, quote),
            slip=_slip(connector, order),
        )

    async def _without_claimed_rewards(self, kind: str, quote: Quote) -> Quote:
        """A reward that a running checkout pre-redeemed is collectable, but already promised."""
        offers = [
            offer
            for offer in quote.offers
            if offer.kind != "collectable_reward" or not await self._is_promised(kind, offer)
        ]
        return quote.model_copy(update={"offers": tuple(offers)})

    async def _is_promised(self, kind: str, offer: Offer) -> bool:
        key = await self._book.owner(kind, offer.subject)
        if key is None:
            return False
        facts = await self._checkouts.facts(key.partition("/")[0])
        return not facts.ended

    async def _sparing_ours(self, order: Visit, quote: Quote) -> Quote:
        """A sold card that we loaded ourselves is not 'already sold' to us, after a reset."""
        if not any(sale.refusal_code == "card_already_sold" for sale in quote.sales):
            return quote
        records = await self._book.of_checkout(order.checkout_id)
        ours = {r.order.subject for r in records if r.order.operation == "load_giftcard"}
        cleared = {"refusal_code": None, "refusal_detail": None}
        sales = tuple(
            sale.model_copy(update=cleared) if sale.subject in ours else sale
            for sale in quote.sales
        )
        return quote.model_copy(update={"sales": sales})

    @activity.defn(name="foresee_return")
    async def foresee_return(self, order: EffectOrder) -> int | None:
        """Say what a return would do to the points, changing nothing; None: nobody can tell."""
        connector = self._connectors.of(order.store_id, order.provider)
        if isinstance(connector, ForeseesReturns):
            return await connector.foresee_return(order)
        return None

    @activity.defn(name="read_stored_value")
    async def stored_value(self, order: EffectOrder) -> StoredValue | None:
        """Read what is left where an effect has loaded something; None: the vendor cannot say."""
        connector = self._connectors.of(order.store_id, order.provider)
        if isinstance(connector, KnowsStoredValue):
            return await connector.stored_value(order)
        return None

    @activity.defn(name="find_offer")
    async def find_offer(self, order: FindOffer) -> OfferAnswer:
        """Find whose a scanned code is."""
        connector = self._connectors.of(order.store_id, order.provider)
        try:
            async with asyncio.timeout(order.patience.total_seconds()):
                return OfferAnswer(offer=await self._find_offer(connector, order))
        except (TillsagaError, TimeoutError) as failed:
            return OfferAnswer(failure=_failure(failed))

    async def _find_offer(self, connector: Connector, order: FindOffer) -> Offer | None:
        found = await connector.find_offer(
            order.code, order.member, order.basket, order.terminal_id
        )
        if found is not None or order.member is None:
            return found
        unasked = await connector.find_offer(order.code, None, order.basket, order.terminal_id)
        if unasked is None or not await self._own.spent(order.checkout_id, unasked):
            return None
        return unasked.model_copy(update={"assumed": False})

    @activity.defn(name="check_offer")
    async def check_offer(self, order: CheckOffer) -> CheckAnswer:
        """Check an offer that no vendor holds."""
        connector = self._connectors.of(order.store_id, order.offer.provider)
        try:
            async with asyncio.timeout(order.patience.total_seconds()):
                lost = await connector.check_offer(order.offer)
        except (TillsagaError, TimeoutError) as failed:
            return CheckAnswer(failure=_failure(failed))
        if lost is not None and await self._is_spent_by_us(order):
            return CheckAnswer()
        return CheckAnswer(lost=lost)

    async def _is_spent_by_us(self, order: CheckOffer) -> bool:
        """What this checkout has spent itself is not lost to it, after a reset."""
        commit = order.offer.commit
        if commit is None:
            return await self._own.spent(order.checkout_id, order.offer)
        ours = (commit.operation, order.offer.provider, commit.subject)
        return any(
            may_stand(record)
            for record in await self._book.of_checkout(order.checkout_id)
            if (record.order.operation, record.order.provider, record.order.subject) == ours
        )

    @activity.defn(name="find_tender")
    async def find_tender(self, order: FindTender) -> TenderAnswer:
        """Find the stored value that shall pay."""
        connector = self._connectors.of(order.store_id, order.provider)
        try:
            async with asyncio.timeout(order.patience.total_seconds()):
                found = await connector.find_tender(
                    order.type,
                    order.reference,
                    order.member,
                    order.basket,
                    order.due_amount,
                    order.terminal_id,
                )
        except (TillsagaError, TimeoutError) as failed:
            return TenderAnswer(failure=_failure(failed))
        if found is None:
            return TenderAnswer()
        found = await self._own.restoring(order.checkout_id, order.provider, found)
        charged = await self._charged(order.checkout_id, found.step.operation, found.subject)
        return TenderAnswer(found=found, charged=charged)

    async def _charged(self, checkout_id: str, operation: str, subject: str) -> dict[int, int]:
        records = await self._book.of_checkout(checkout_id)
        orders = [record.order for record in records]
        return {
            order.generation: order.amount or 0
            for order in orders
            if (order.operation, order.subject) == (operation, subject)
        }

    @activity.defn(name="make_claim_link")
    async def claim_link(self, order: ClaimOrder) -> str:
        """Write the URL for a customer who did not identify, or nothing; asks nobody."""
        connector = self._connectors.of(order.store_id, order.provider)
        return connector.claim_link(order.checkout_id, order.amount, order.at) or ""

    @activity.defn(name="read_selection")
    async def read_selection(self, order: ReadSelection) -> SelectionAnswer:
        """Read what a customer picked in the vendor's app; asks nobody."""
        try:
            connector = self._connectors.of(order.store_id, order.provider)
            if not isinstance(connector, TakesSelections):
                return SelectionAnswer(failure=_NO_APP)
            read = connector.read_selection(order.body, order.basket, order.terminal_id)
        except Refusal as no:
            return SelectionAnswer(failure=ReadFailure(code=no.code, detail=no.detail))
        except Refused as unknown:
            return SelectionAnswer(failure=_failure(unknown))
        return SelectionAnswer(selection=read)

    @activity.defn(name="look_up")
    async def look_up(self, order: LookUpOrder) -> LookUpAnswer:
        """Answer a look-up without a checkout, or open a vendor's own screens."""
        failure: ReadFailure | None = None
        for provider in order.providers:
            connector = self._connectors.of(order.store_id, provider)
            try:
                async with asyncio.timeout(order.patience.total_seconds()):
                    body = await _LOOK_UPS[order.kind](connector, order)
            except (TillsagaError, TimeoutError) as failed:
                failure = failure or _failure(failed)
                continue
            if body is not None:
                return LookUpAnswer(body={**body, "provider": provider, "kind": order.kind})
        return LookUpAnswer(refusal=_refusal(failure or _NOBODY[order.kind]))


def _slip(connector: Connector, order: Visit) -> str | None:
    if not isinstance(connector, TakesSelections):
        return None
    return connector.slip(order.basket, order.terminal_id)


async def identify_at(
    connector: Connector, identifiers: tuple[Identifier, ...]
) -> Identified | None:
    """Take the first identifier that names a member; else the first that could create one."""
    answer: Identified | None = None
    for identifier in identifiers:
        if identifier.provider not in (None, connector.provider):
            continue
        identified = await connector.identify(identifier)
        if identified.member is not None:
            return identified
        if answer is None or answer.create is None:
            answer = identified
    return answer


async def _quote(connector: Connector, order: Visit, member: Member | None) -> Quote:
    if order.tenders and isinstance(connector, QuotesTenders):
        return await connector.quote_with(
            order.basket, member, order.applied, order.tenders, order.terminal_id
        )
    return await connector.quote(order.basket, member, order.applied, order.terminal_id)


async def _member(connector: Connector, order: LookUpOrder) -> Json | None:
    identifier = Identifier.model_validate({"type": order.type or "card", "value": order.value})
    identified = await connector.identify(identifier)
    return _shown(identified.member) if identified.member else None


def _shown(member: Member) -> Json:
    return member.model_dump(mode="json", exclude={"data", "provider"})


async def _giftcard(connector: Connector, order: LookUpOrder) -> Json | None:
    card = await connector.look_up_card(order.value)
    return card.model_dump(mode="json") if card else None


async def _voucher(connector: Connector, order: LookUpOrder) -> Json | None:
    offer = await connector.find_offer(order.value, None)
    if offer is None:
        return None
    shown = {"id", "title", "kind", "status", "expires_at", "min_spend_amount", "refusal"}
    answer: Json = offer.model_dump(mode="json", include=shown)
    answer["offer_id"] = answer.pop("id")
    answer["offer_kind"] = answer.pop("kind")
    answer["discount"] = (
        offer.discount.model_dump(mode="json", exclude_defaults=True) if offer.discount else None
    )
    return answer


async def _portal(connector: Connector, order: LookUpOrder) -> Json | None:
    url = await connector.portal_session(order.member)
    return {"url": url} if url else None


async def _sold_card(connector: Connector, order: LookUpOrder) -> Json | None:
    if not isinstance(connector, SellsCards):
        return None
    return {"code": await connector.card_code(order.value)}


_LOOK_UPS = {
    "member": _member,
    "giftcard": _giftcard,
    "voucher": _voucher,
    "portal": _portal,
    "sold_card": _sold_card,
}
_NO_APP = ReadFailure(
    code="provider_unknown", detail="the vendor's customers pick nothing in an app"
)
_NOBODY = {
    "member": ReadFailure(code="member_not_found", detail="no vendor knows this customer"),
    "giftcard": ReadFailure(code="card_not_found", detail="no vendor knows this gift card"),
    "voucher": ReadFailure(code="code_unknown", detail="no vendor knows this code"),
    "sold_card": ReadFailure(code="card_not_found", detail="no vendor knows this gift card"),
    "portal": ReadFailure(code="portal_unsupported", detail="no vendor here has own screens"),
}


def _refusal(failure: ReadFailure) -> RefusalBody:
    return RefusalBody(code=failure.code, detail=failure.detail)


def _failure(failed: TillsagaError | TimeoutError) -> ReadFailure:
    if isinstance(failed, TimeoutError):
        return ReadFailure(code="vendor_unavailable", detail="no answer within the budget")
    if isinstance(failed, Unavailable):
        return ReadFailure(code="vendor_unavailable", detail=failed.message)
    return ReadFailure(code=failed.code, detail=failed.message)
