"""Whose a listed transaction is, after an answer was lost (trap 1)."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TypeVar

from tillsaga.connectors.config import Owned
from tillsaga.connectors.leat.client import LeatClient
from tillsaga.connectors.leat.shapes import CardEntry, Giftcard, PrepaidEntry, Reception
from tillsaga.connectors.leat.wire import Entry
from tillsaga.domain.effects import Done

E = TypeVar("E", bound=Entry)
PREPAID_PAGE = 30  # the vendor's maximum for this list


class Ledger:
    """The vendor's lists of transactions.

    A transaction without a mark is taken for ours by amount and time, in our shop, unless the
    records know it as another effect's. What remains: another system of the same shop that moves
    the same amount for the same customer in the same seconds.
    """

    def __init__(self, client: LeatClient, owned: Owned) -> None:
        """Take the client, and who knows the owners of transactions."""
        self._client = client
        self._owned = owned

    async def card(self, giftcard_uuid: str, since: datetime) -> list[CardEntry]:
        """List a card's transactions, oldest first.

        The list wants the card's code; it is read anew, so that no record needs to hold it.
        """
        card = await self._client.read(Giftcard, "giftcards", giftcard_uuid)
        return await self._client.recent(
            CardEntry, since, "giftcard-transactions", giftcard_hash=card.hash, sort="-created_at"
        )

    async def prepaid(self, contact_uuid: str, since: datetime) -> list[PrepaidEntry]:
        """List a contact's prepaid transactions, oldest first."""
        return await self._client.recent(
            PrepaidEntry,
            since,
            "prepaid-transactions",
            contact_uuid=contact_uuid,
            limit=PREPAID_PAGE,
        )

    async def receptions(self, kind: str, contact_uuid: str, since: datetime) -> list[Reception]:
        """List a contact's `reward_receptions` or `credit_receptions`, oldest first."""
        return await self._client.recent(
            Reception,
            since,
            "loyalty-transactions",
            type=kind,
            contact_uuid=contact_uuid,
            sort="-created_at",
        )

    async def unowned(self, entries: Iterable[E], fits: Callable[[E], bool]) -> E | None:
        """Find the first fitting entry that no other effect has."""
        for entry in entries:
            if entry.uuid and fits(entry) and not await self._owned(entry.uuid):
                return entry
        return None


def happened_after(entries: Iterable[E], done: Done) -> list[E]:
    """Leave out what the vendor made before the effect itself: it cannot be its reversal."""
    created = done.data.get("created_at")
    if not isinstance(created, str):
        return list(entries)
    at = datetime.fromisoformat(created)
    return [entry for entry in entries if entry.created_at and entry.created_at >= at]
