"""Gift cards as they are: found, looked up, judged (sheet 3.6)."""

from collections.abc import Callable
from datetime import datetime

from tillsaga.connectors.leat.client import LeatClient
from tillsaga.connectors.leat.refusals import CARD_UNKNOWN, LeatNo
from tillsaga.connectors.leat.shapes import Giftcard
from tillsaga.domain.effects import Step
from tillsaga.domain.ports import CardState, FoundTender
from tillsaga.domain.tokens import masked
from tillsaga.errors import Refused


class Cards:
    """Reads about gift cards."""

    def __init__(self, client: LeatClient, currency: str, now: Callable[[], datetime]) -> None:
        """Take the client, the store's currency and the time."""
        self._client = client
        self._currency = currency
        self._now = now

    async def get(self, giftcard_uuid: str) -> Giftcard:
        """Read a card by id."""
        return await self._client.read(Giftcard, "giftcards", giftcard_uuid)

    async def by_code(self, code: str) -> Giftcard:
        """Read a card by its code."""
        return await self._client.read(Giftcard, "giftcards", "find-one-by", hash=code)

    async def balance(self, giftcard_uuid: str) -> int:
        """Read a card's balance, minor units; its transactions do not tell (trap 23)."""
        return (await self.get(giftcard_uuid)).amount_in_cents

    def unusable(self, card: Giftcard) -> str | None:
        """Say why a card can neither pay nor be sold."""
        if card.active is False:
            return "the gift card is not active"
        if card.expiration_date is not None and card.expiration_date <= self._now():
            return "the gift card has expired"
        return None

    def unsellable(self, card: Giftcard) -> tuple[str, str] | None:
        """Say by which code, and why, a card cannot be sold; None if it can."""
        unusable = self.unusable(card)
        if unusable:
            return "card_refused", unusable
        if card.type == "DIGITAL":
            return "card_refused", "a digital gift card is sold without a card"
        if card.amount_in_cents != 0:
            return "card_already_sold", "the gift card is already loaded"
        if card.upgradeable is False:
            return "card_refused", "the gift card takes no credit"
        return None

    async def tender(self, code: str) -> FoundTender:
        """Find the card that shall pay.

        Raises:
            Refused: `card_not_found`, or `tender_refused` if it is inactive or expired.
        """
        card = await self.by_code(code)
        unusable = self.unusable(card)
        if unusable:
            raise Refused(unusable, code="tender_refused")
        step = Step(
            operation="charge_giftcard", subject=card.uuid, request={"giftcard_uuid": card.uuid}
        )
        return FoundTender(
            subject=card.uuid,
            available_amount=max(0, card.amount_in_cents),
            step=step,
            request=step.request,
        )

    async def look_up(self, code: str) -> CardState | None:
        """Say what a card is worth; None if there is none such."""
        try:
            card = await self.by_code(code)
        except LeatNo as no:
            if no.code != CARD_UNKNOWN:
                raise
            return None
        return CardState(
            masked=masked(card.hash) or "",
            balance_amount=card.amount_in_cents,
            currency=self._currency,
            active=self.unusable(card) is None,
            expires_at=card.expiration_date,
            sellable=self.unsellable(card) is None,
        )
