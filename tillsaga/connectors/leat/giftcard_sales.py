"""Selling stored value: digital cards, their e-mail, and what each line needs (sheet 3.6)."""

from datetime import datetime

from tillsaga.connectors.leat.cards import Cards
from tillsaga.connectors.leat.client import LeatClient
from tillsaga.connectors.leat.members import Members
from tillsaga.connectors.leat.operators import Lasting, text
from tillsaga.connectors.leat.refusals import LeatNo, meaning
from tillsaga.connectors.leat.shapes import Giftcard
from tillsaga.connectors.leat.wire import Named
from tillsaga.domain.basket import Line
from tillsaga.domain.effects import Done, EffectOrder, Step
from tillsaga.domain.model import Json
from tillsaga.domain.offers import Member
from tillsaga.domain.ports import SaleStep
from tillsaga.errors import AnswerLost, NotSent, Unanswerable

DIGITAL = 1


class CreateGiftcard(Lasting):
    """Makes an empty digital card. `Done.data`: `giftcard_uuid`, never its code."""

    def __init__(self, client: LeatClient, program_uuid: str | None) -> None:
        """Take the client and the program that digital cards belong to."""
        self._client = client
        self._program = program_uuid

    async def do(self, order: EffectOrder) -> Done:
        """Create the card."""
        body: Json = {"type": DIGITAL, "giftcard_program_uuid": self._program}
        card = await self._client.change(Named, "POST", "giftcards", body=body)
        return Done(
            reference=card.uuid, transaction_id=card.uuid, data={"giftcard_uuid": card.uuid}
        )

    async def find(self, order: EffectOrder, since: datetime) -> Done | None:
        """Cards carry no mark and no time. An empty one more is worth nothing: make another."""
        return None


class SendGiftcard(Lasting):
    """E-mails a digital card. `request`: `email`, to be encrypted where it is kept."""

    def __init__(self, client: LeatClient, cards: Cards, email_uuid: str | None) -> None:
        """Take the client, the reads and the e-mail's template, if not the account's own."""
        self._client = client
        self._cards = cards
        self._email_uuid = email_uuid

    async def do(self, order: EffectOrder) -> Done:
        """Send it to the recipient, who agreed to be a contact."""
        card = text(order.prior.get("create_giftcard"), "giftcard_uuid")
        body: Json = {"contact_uuid": await self._recipient(text(order.request, "email"))}
        if self._email_uuid:
            body["email_uuid"] = self._email_uuid
        await self._client.act("giftcards", card, "send-by-email", body=body)
        return Done(reference=card)

    async def _recipient(self, email: str) -> str:
        """Find or create the recipient; doing that again is harmless, so a lost answer is too."""
        try:
            contact = await self._client.change(
                Named, "GET", "contacts", "find-or-create", params={"email": email}
            )
        except AnswerLost as lost:
            failed = lost.message
        else:
            return contact.uuid
        raise NotSent(failed)

    async def find(self, order: EffectOrder, since: datetime) -> Done | None:
        """Look whether the card, ours alone, has a recipient; never send twice (trap 25).

        Raises:
            Unanswerable: it has none, which does not prove that nothing was sent.
        """
        card = text(order.prior.get("create_giftcard"), "giftcard_uuid")
        if (await self._cards.get(card)).giftcard_recipients:
            return Done(reference=card)
        raise Unanswerable("leat does not say whether the e-mail was sent", code="cannot_ask")


class Sales:
    """What a stored-value line of the basket needs, or why it cannot be sold."""

    def __init__(self, cards: Cards, members: Members, program_uuid: str | None) -> None:
        """Take the reads, and the program that digital cards belong to."""
        self._cards = cards
        self._members = members
        self._program = program_uuid

    async def sale(self, line: Line, member: Member | None) -> SaleStep:
        """Prepare one line."""
        if line.type == "prepaid_topup":
            return await self._topup(line, member)
        return await self._physical(line, line.reference) if line.reference else self._digital(line)

    async def _physical(self, line: Line, code: str) -> SaleStep:
        """The steps stand beside a refusal too: a card that we loaded ourselves stays ours."""
        try:
            card = await self._cards.by_code(code)
        except LeatNo as no:
            return _refused(line, *meaning(no.code, "card_refused"))
        load = Step(
            operation="load_giftcard", subject=card.uuid, request={"giftcard_uuid": card.uuid}
        )
        why = self._cards.unsellable(card) or _too_much(card, line)
        return SaleStep(
            line_id=line.line_id,
            subject=card.uuid,
            steps=(load,),
            refusal_code=why[0] if why else None,
            refusal_detail=why[1] if why else None,
        )

    def _digital(self, line: Line) -> SaleStep:
        if self._program is None:
            return _refused(line, "line_not_sellable", "digital gift cards are not set up here")
        create, load = (
            Step(operation=name, subject=line.line_id)
            for name in ("create_giftcard", "load_giftcard")
        )
        recipient = line.recipient
        later: tuple[Step, ...] = ()
        if recipient is not None and recipient.consent:
            request: Json = {"email": recipient.email}
            later = (Step(operation="send_giftcard", subject=line.line_id, request=request),)
        return SaleStep(line_id=line.line_id, steps=(create, load), later=later)

    async def _topup(self, line: Line, member: Member | None) -> SaleStep:
        contact = member.member_id if member else None
        if line.reference:
            found = await self._members.behind(line.reference)
            if found is None:
                return _refused(line, "member_not_found", "nobody is behind this reference")
            contact = found.uuid
        if contact is None:
            return _refused(line, "member_required", "whose credit is topped up?")
        request: Json = {"contact_uuid": contact}
        step = Step(operation="topup_prepaid", subject=line.line_id, request=request)
        return SaleStep(line_id=line.line_id, steps=(step,))


def _refused(line: Line, code: str, detail: str) -> SaleStep:
    return SaleStep(line_id=line.line_id, refusal_code=code, refusal_detail=detail)


def _too_much(card: Giftcard, line: Line) -> tuple[str, str] | None:
    most = card.giftcard_program.max_amount_in_cents if card.giftcard_program else None
    if most is not None and line.amount > most:
        return "card_refused", "the amount exceeds the gift card program's maximum"
    return None
