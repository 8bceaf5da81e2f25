"""Leat's books, read for comparing: lists by shop and time, and what is asked by name."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from tillsaga.connectors.http import Query
from tillsaga.connectors.leat.book_claims import (
    CARD,
    COLLECTION,
    GIFTCARD,
    MEMBER,
    ORDER,
    POINTS,
    PREPAID,
    REWARD,
    VOUCHER,
    claims_of,
)
from tillsaga.connectors.leat.cards import Cards
from tillsaga.connectors.leat.client import LeatClient, newest_first
from tillsaga.connectors.leat.ledger import PREPAID_PAGE
from tillsaga.connectors.leat.operators import maybe_int, maybe_text, text
from tillsaga.connectors.leat.order_shapes import BookedOrder
from tillsaga.connectors.leat.refusals import (
    CARD_UNKNOWN,
    CONTACT_UNKNOWN,
    MODEL_UNKNOWN,
    LeatNo,
    asking,
)
from tillsaga.connectors.leat.reward_offers import Rewards
from tillsaga.connectors.leat.shapes import CardEntry, Contact, PrepaidEntry, Reception
from tillsaga.connectors.leat.voucher_offers import Vouchers
from tillsaga.connectors.leat.wire import Entry as LeatEntry
from tillsaga.connectors.leat.wire import Maybe, MaybeNamed, Named
from tillsaga.domain.ports import EffectRecord
from tillsaga.domain.reconcile import Claimed, Entry, is_ours

MOST_PAGES = 10_000
UNKNOWN = frozenset({MODEL_UNKNOWN, CARD_UNKNOWN, CONTACT_UNKNOWN})
CANNOT_ASK = "cannot_ask"

E = TypeVar("E", bound=LeatEntry)


class BookedCard(CardEntry):
    """A gift card transaction with its card."""

    card: Maybe[MaybeNamed] = None


class BookedPrepaid(PrepaidEntry):
    """A prepaid transaction with its contact."""

    contact: Maybe[Named] = None


class LeatBooks:
    """Fills the port `BookReader`."""

    ledgers = (GIFTCARD, PREPAID, REWARD, POINTS, ORDER)

    def __init__(
        self, client: LeatClient, vouchers: Vouchers, rewards: Rewards, cards: Cards, prefix: str
    ) -> None:
        """Take the client, the reads, and the prefix of our attributes."""
        self._client = client
        self._vouchers = vouchers
        self._rewards = rewards
        self._cards = cards
        self._mark = f"{prefix}effect_key"

    def expect(self, records: Sequence[EffectRecord]) -> list[Claimed]:
        """Say what a checkout's records mean for the books."""
        return list(claims_of(records))

    # --- lists ------------------------------------------------------------------------------------

    async def entries(
        self, ledger: str, since: datetime, until: datetime
    ) -> AsyncIterator[list[Entry]]:
        """List a ledger of this shop; what other systems did there is listed too."""
        reads = {
            GIFTCARD: self._giftcards,
            PREPAID: self._prepaid,
            REWARD: self._rewards_claimed,
            POINTS: self._points,
            ORDER: self._orders,
        }
        with asking(CANNOT_ASK):
            async for page in reads[ledger](since, until):
                yield page

    async def _giftcards(self, since: datetime, until: datetime) -> AsyncIterator[list[Entry]]:
        async for page in self._between(BookedCard, since, until, "giftcard-transactions"):
            yield [
                Entry(
                    ledger=GIFTCARD,
                    id=each.uuid,
                    mark=self._marked(each),
                    amount=each.amount_in_cents,
                    customer=each.card.uuid if each.card else None,
                    at=each.created_at,
                )
                for each in page
            ]

    def _marked(self, entry: CardEntry) -> str | None:
        mark = entry.custom_attributes.get(self._mark)
        return mark if isinstance(mark, str) and is_ours(mark) else None

    async def _prepaid(self, since: datetime, until: datetime) -> AsyncIterator[list[Entry]]:
        params: Query = {"shop_uuid": self._client.shop_uuid, "limit": PREPAID_PAGE}
        pages = self._pages(BookedPrepaid, "prepaid-transactions", params)
        async for page in self._within(pages, since, until):
            yield [
                Entry(
                    ledger=PREPAID,
                    id=each.uuid,
                    amount=each.amount_in_cents,
                    customer=each.contact.uuid if each.contact else None,
                    at=each.created_at,
                )
                for each in page
            ]

    async def _rewards_claimed(
        self, since: datetime, until: datetime
    ) -> AsyncIterator[list[Entry]]:
        async for page in self._receptions(REWARD, "reward_receptions", since, until):
            yield page

    async def _points(self, since: datetime, until: datetime) -> AsyncIterator[list[Entry]]:
        async for page in self._receptions(POINTS, "credit_receptions", since, until):
            yield page

    async def _receptions(
        self, ledger: str, type_: str, since: datetime, until: datetime
    ) -> AsyncIterator[list[Entry]]:
        async for page in self._between(
            Reception, since, until, "loyalty-transactions", type=type_
        ):
            yield [
                Entry(
                    ledger=ledger,
                    id=each.uuid,
                    amount=each.credits,
                    customer=each.contact.uuid if each.contact else None,
                    at=each.created_at,
                )
                for each in page
            ]

    async def _orders(self, since: datetime, until: datetime) -> AsyncIterator[list[Entry]]:
        pages = self._pages(BookedOrder, "orders", {})
        async for page in self._within(pages, since, until):
            yield [_order(each) for each in page if self._is_here(each)]

    def _is_here(self, order: BookedOrder) -> bool:
        shop = order.business_profile.uuid if order.business_profile else None
        return shop in (None, self._client.shop_uuid)

    async def _between(
        self, shape: type[E], since: datetime, until: datetime, path: str, **more: str
    ) -> AsyncIterator[list[E]]:
        """List what the vendor itself can choose by time."""
        params = {
            "shop_uuid": self._client.shop_uuid,
            "sort": "-created_at",
            "created_at[gte]": _moment(since),
            "created_at[lte]": _moment(until),
            **more,
        }
        async for page in self._within(self._pages(shape, path, params), since, until):
            yield page

    def _pages(self, shape: type[E], path: str, params: Query) -> AsyncIterator[list[E]]:
        return self._client.many_pages(shape, (path,), params, MOST_PAGES)

    async def _within(
        self, pages: AsyncIterator[list[E]], since: datetime, until: datetime
    ) -> AsyncIterator[list[E]]:
        """Leave out what is of other times, and stop where only older entries can follow."""
        async for page in pages:
            yield [each for each in page if each.created_at and since <= each.created_at <= until]
            times = [each.created_at for each in page if each.created_at]
            if newest_first(times) and times[-1] < since:
                return

    # --- by name ----------------------------------------------------------------------------------

    async def look_up(self, claim: Claimed) -> list[Entry]:
        """Ask for an order, a voucher, a collection, a card or a customer by name."""
        reads = {
            ORDER: self._order_named,
            VOUCHER: self._redemption,
            COLLECTION: self._collection,
            CARD: self._card,
            MEMBER: self._member,
        }
        with asking(CANNOT_ASK):
            try:
                found = await reads[claim.ledger](claim)
            except LeatNo as no:
                if no.code not in UNKNOWN:
                    raise
                found = None
        return [found] if found else []

    async def _order_named(self, claim: Claimed) -> Entry:
        name = text(claim.known, "external_identifier")
        found = await self._client.read(BookedOrder, "orders", "find", external_identifier=name)
        return _order(found)

    async def _redemption(self, claim: Claimed) -> Entry | None:
        """See our redemption in the voucher's state; a later one hides when ours was."""
        known = claim.known
        voucher = await self._vouchers.find(text(known, "code"))
        if voucher is None:
            return None
        times, then = voucher.times_redeemed, maybe_int(known, "times")
        counted = times is not None and then is not None
        standing = times >= then if counted and times and then else voucher.status == "REDEEMED"
        at = voucher.redeemed_at
        is_last = times == then if counted else voucher.once_only
        if known.get("undone"):
            ours = at is not None and at.isoformat() == maybe_text(known, "redeemed_at")
            standing = standing and ours and is_last
        if not standing:
            return None
        return Entry(
            ledger=VOUCHER,
            id=voucher.uuid,
            mark=claim.mark,
            amount=1,
            customer=voucher.contact.uuid if voucher.contact else None,
            at=at if is_last else None,
        )

    async def _collection(self, claim: Claimed) -> Entry | None:
        contact, reception = text(claim.known, "contact"), text(claim.known, "reception")
        waiting = await self._rewards.uncollected(contact)
        if any(each.uuid == reception for each in waiting):
            return None
        return _seen(claim, amount=1, customer=contact)

    async def _card(self, claim: Claimed) -> Entry:
        await self._cards.get(text(claim.known, "card"))
        return _seen(claim)

    async def _member(self, claim: Claimed) -> Entry:
        await self._client.read(Contact, "contacts", text(claim.known, "contact"))
        return _seen(claim)


def _seen(claim: Claimed, amount: int | None = None, customer: str | None = None) -> Entry:
    return Entry(
        ledger=claim.ledger, id=claim.id, mark=claim.mark, amount=amount, customer=customer
    )


def _order(order: BookedOrder) -> Entry:
    lines = [line for parent in order.line_items for line in (parent, *parent.sub_line_items)]
    mark = order.external_identifier
    return Entry(
        ledger=ORDER,
        id=order.uuid,
        mark=mark if is_ours(mark) else None,
        amount=sum(each.total_amount for each in (*lines, *order.charges)),
        customer=order.contact.uuid if order.contact else None,
        parts={each.external_identifier: int(each.quantity or 0) for each in lines},
        at=order.created_at,
    )


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")
