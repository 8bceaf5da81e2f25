"""Gift card money: charge and load, reverse and unload (sheet 3.6)."""

from datetime import datetime

from tillsaga.connectors.leat.cards import Cards
from tillsaga.connectors.leat.client import LeatClient, or_none
from tillsaga.connectors.leat.ledger import Ledger, happened_after
from tillsaga.connectors.leat.operators import amount_of, maybe_int, maybe_text, text
from tillsaga.connectors.leat.refusals import CARD_NOT_LAST, LeatNo
from tillsaga.connectors.leat.shapes import CardEntry
from tillsaga.domain.effects import Done, EffectOrder
from tillsaga.domain.model import Json
from tillsaga.errors import Refused

CHARGE, LOAD = -1, 1


class MoveOnCard:
    """Moves an amount on a card, marked with the effect's key.

    `request`: `giftcard_uuid`, unless `prior["create_giftcard"]` has it. `Done.data`:
    `transaction_uuid`, `giftcard_uuid`, `amount` (signed, minor units), `created_at`.
    """

    def __init__(
        self, client: LeatClient, ledger: Ledger, cards: Cards, prefix: str, sign: int
    ) -> None:
        """Take what it needs, the prefix of our attributes, and whether it charges or loads."""
        self._client = client
        self._ledger = ledger
        self._cards = cards
        self._mark = f"{prefix}effect_key"
        self._sign = sign

    async def do(self, order: EffectOrder) -> Done:
        """Make the transaction, and read what is left on the card."""
        card = card_of(order)
        return await self._move(card, self._sign * amount_of(order), order.key)

    async def _move(self, card: str, amount: int, mark: str) -> Done:
        body: Json = {
            "giftcard_uuid": card,
            "amount_in_cents": amount,
            "shop_uuid": self._client.shop_uuid,
            "custom_attributes": {self._mark: mark},
        }
        entry = await self._client.change(CardEntry, "POST", "giftcard-transactions", body=body)
        return await self._done(card, entry)

    async def _done(self, card: str, entry: CardEntry) -> Done:
        created = entry.created_at
        return Done(
            reference=entry.uuid,
            transaction_id=entry.uuid,
            data={
                "transaction_uuid": entry.uuid,
                "giftcard_uuid": card,
                "amount": entry.amount_in_cents,
                "created_at": created.isoformat() if created else None,
            },
            balance_after_amount=await or_none(self._cards.balance(card)),
        )

    async def find(self, order: EffectOrder, since: datetime) -> Done | None:
        """Look for our mark; where the server keeps none, for the amount since."""
        card = card_of(order)
        amount = self._sign * amount_of(order)
        listed = await self._ledger.card(card, since)
        entries = [entry for entry in listed if entry.amount_in_cents == amount]
        found = next((entry for entry in entries if self._marked(entry) == order.key), None)
        # A server that keeps marks would have kept ours: then an unmarked one is somebody else's.
        if found is None and not any(self._marked(entry) for entry in listed):
            found = await self._ledger.unowned(entries, lambda _: True)
        return await self._done(card, found) if found else None

    def _marked(self, entry: CardEntry) -> str | None:
        mark = entry.custom_attributes.get(self._mark)
        return mark if isinstance(mark, str) and mark else None

    async def undo(self, order: EffectOrder, done: Done) -> Done:
        """Reverse it; if the card was used since, move the opposite amount (trap 4)."""
        card = card_of(order)
        try:
            entry = await self._client.change(
                CardEntry,
                "POST",
                "giftcard-transactions",
                text(done.data, "transaction_uuid"),
                "reverse",
            )
        except LeatNo as no:
            if no.code != CARD_NOT_LAST:
                raise
        else:
            return await self._done(card, entry)
        return await self._reversed_already(order, done) or await self._opposite(order, done)

    async def _opposite(self, order: EffectOrder, done: Done) -> Done:
        amount = maybe_int(done.data, "amount") or self._sign * amount_of(order)
        return await self._move(card_of(order), -amount, _undo_mark(order))

    async def _reversed_already(self, order: EffectOrder, done: Done) -> Done | None:
        """A reversal is itself a newer transaction: reversing twice looks like 'used since'."""
        created = maybe_text(done.data, "created_at")
        if created is None:
            raise Refused(
                "the gift card was used again since; settle it by hand", code="tender_refused"
            )
        return await self.find_undo(order, done, datetime.fromisoformat(created))

    async def find_undo(self, order: EffectOrder, done: Done, since: datetime) -> Done | None:
        """Look for the opposite amount: reversals carry no mark of their own."""
        card = card_of(order)
        amount = maybe_int(done.data, "amount") or self._sign * amount_of(order)
        entries = [
            entry
            for entry in happened_after(await self._ledger.card(card, since), done)
            if entry.amount_in_cents == -amount
            and self._marked(entry) in (None, order.key, _undo_mark(order))
        ]
        marked = next((e for e in entries if self._marked(e)), None)
        found = marked or await self._ledger.unowned(entries, lambda _: True)
        return await self._done(card, found) if found else None


def card_of(order: EffectOrder) -> str:
    """Name the card: given, loaded by what a refund takes back, or just created."""
    known = maybe_text(order.request, "giftcard_uuid") or maybe_text(order.did, "giftcard_uuid")
    return known or text(order.prior.get("create_giftcard"), "giftcard_uuid")


def _undo_mark(order: EffectOrder) -> str:
    return f"{order.key}!undo"
