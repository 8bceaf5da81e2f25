"""Customers: find them, and create them where they agreed to it (sheet 3.1, 3.2)."""

import hashlib
from datetime import datetime

from tillsaga.connectors.leat.client import LeatClient, or_none
from tillsaga.connectors.leat.operators import Lasting, maybe_text, text
from tillsaga.connectors.leat.refusals import (
    CONTACT_UNKNOWN,
    IDENTIFIER_INACTIVE,
    IDENTIFIER_LINKED,
    IDENTIFIER_UNKNOWN,
    INVALID,
    LeatNo,
)
from tillsaga.connectors.leat.shapes import Contact, ContactIdentifier
from tillsaga.connectors.leat.wire import Named
from tillsaga.domain.effects import Done, EffectOrder, Step
from tillsaga.domain.model import Json
from tillsaga.domain.offers import Identifier, Member
from tillsaga.domain.ports import Identified

NOBODY = frozenset({CONTACT_UNKNOWN, IDENTIFIER_UNKNOWN, IDENTIFIER_INACTIVE, INVALID})


class Members:
    """Reads about customers."""

    def __init__(self, client: LeatClient, provider: str) -> None:
        """Take the client and the provider's name in the store."""
        self._client = client
        self._provider = provider

    async def overview(self, contact_uuid: str) -> Member:
        """Read tier, points and prepaid credit."""
        return self.member(await self.contact(contact_uuid))

    def member(self, contact: Contact) -> Member:
        """Say in our words who it is."""
        return Member(
            provider=self._provider,
            member_id=contact.uuid,
            tier=contact.tier.name if contact.tier else None,
            points=contact.credit_balance.balance if contact.credit_balance else None,
            prepaid_amount=(
                contact.prepaid_balance.balance_in_cents if contact.prepaid_balance else None
            ),
        )

    async def contact(self, contact_uuid: str) -> Contact:
        """Read a contact by id."""
        return await self._client.read(Contact, "contacts", contact_uuid)

    async def by_email(self, email: str) -> Contact:
        """Read a contact by e-mail address; creates nobody."""
        return await self._client.read(Contact, "contacts", "find-one-by", email=email)

    async def card(self, value: str) -> ContactIdentifier:
        """Read a loyalty card: whose it is, never what they have (trap 13)."""
        return await self._client.read(
            ContactIdentifier, "contact-identifiers", "find", contact_identifier_value=value
        )

    async def identify(self, identifier: Identifier) -> Identified:
        """Find the customer; `create` is offered only to who consented."""
        try:
            if identifier.type in ("card", "qr"):
                return await self._by_card(identifier)
            if identifier.type == "email":
                return Identified(member=self.member(await self.by_email(identifier.value)))
            if identifier.type == "member_id":
                return Identified(member=await self.overview(identifier.value))
        except LeatNo as no:
            if no.code not in NOBODY:
                raise
            if no.code == CONTACT_UNKNOWN and identifier.type == "email" and identifier.consent:
                return Identified(create=self._create("email", identifier.value.lower()))
        return Identified()

    async def _by_card(self, identifier: Identifier) -> Identified:
        card = await self.card(identifier.value)
        if card.contact is not None:
            return Identified(member=await self.overview(card.contact.uuid))
        if identifier.consent and card.active:
            return Identified(create=self._create("card", identifier.value))
        return Identified()

    async def behind(self, reference: str) -> Contact | None:
        """Find whom a till's member identifier means: a card, an e-mail address or an id."""
        try:
            if "@" in reference:
                return await self.by_email(reference)
            card = await self.card(reference)
            return await self.contact(card.contact.uuid) if card.contact else None
        except LeatNo as no:
            if no.code not in NOBODY:
                raise
        try:
            return await self.contact(reference)
        except LeatNo as no:
            if no.code not in NOBODY:
                raise
        return None

    def _create(self, what: str, value: str) -> Step:
        """The subject is a digest, because keys are shown; the request is encrypted."""
        digest = hashlib.sha256(f"{self._provider}:{what}:{value}".encode()).hexdigest()
        return Step(
            operation="create_member", subject=f"new-{what}-{digest[:16]}", request={what: value}
        )


class CreateMember(Lasting):
    """Find or create by e-mail address, or make the anonymous owner of an unlinked card.

    `request`: `email` or `card`; personal data, so it must be encrypted where it is kept.
    """

    def __init__(self, client: LeatClient, members: Members) -> None:
        """Take the client and the reads."""
        self._client = client
        self._members = members

    async def do(self, order: EffectOrder) -> Done:
        """Create the customer, or find the one that is there."""
        email = maybe_text(order.request, "email")
        if email is not None:
            # A GET that writes (trap 12).
            found = await self._client.change(
                Contact, "GET", "contacts", "find-or-create", params={"email": email}
            )
            return self._done(found)
        return await self._own(text(order.request, "card"))

    async def _own(self, card: str) -> Done:
        body: Json = {"contact_identifier_value": card}
        try:
            made = await self._client.change(Named, "POST", "contacts", "anonymous", body=body)
        except LeatNo as no:
            if no.code != IDENTIFIER_LINKED:
                raise
            owner = (await self._members.card(card)).contact
            if owner is None:
                raise
            made = owner
        contact = await or_none(self._members.contact(made.uuid))
        return self._done(contact or Contact(uuid=made.uuid))

    async def find(self, order: EffectOrder, since: datetime) -> Done | None:
        """Look whether the customer is there: who created them does not matter."""
        email = maybe_text(order.request, "email")
        try:
            if email is not None:
                return self._done(await self._members.by_email(email))
            card = await self._members.card(text(order.request, "card"))
        except LeatNo as no:
            if no.code not in NOBODY:
                raise
            return None
        return self._done(await self._members.contact(card.contact.uuid)) if card.contact else None

    def _done(self, contact: Contact) -> Done:
        member = self._members.member(contact)
        return Done(
            reference=contact.uuid,
            data={"contact_uuid": contact.uuid, "member": member.model_dump(mode="json")},
            points_after=member.points,
        )
