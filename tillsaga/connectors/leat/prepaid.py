"""Prepaid credit: charge and top up, reverse and withdraw (sheet 3.7)."""

from datetime import datetime

from tillsaga.connectors.leat.client import LeatClient
from tillsaga.connectors.leat.ledger import Ledger, happened_after
from tillsaga.connectors.leat.members import Members
from tillsaga.connectors.leat.operators import amount_of, maybe_int, maybe_text, text
from tillsaga.connectors.leat.refusals import INVALID, LeatNo
from tillsaga.connectors.leat.shapes import Prepaid, PrepaidEntry
from tillsaga.domain.effects import Done, EffectOrder, Step
from tillsaga.domain.model import Json
from tillsaga.domain.offers import Member
from tillsaga.domain.ports import FoundTender
from tillsaga.errors import Refused

CHARGE, TOP_UP = -1, 1


class PrepaidBalances:
    """Reads about prepaid credit."""

    def __init__(self, client: LeatClient, members: Members) -> None:
        """Take the client and the reads about customers."""
        self._client = client
        self._members = members

    async def of(self, contact_uuid: str) -> int:
        """Read a balance, minor units."""
        read = await self._client.read(Prepaid, "contacts", contact_uuid, "prepaid-balance")
        return read.balance_in_cents

    async def tender(self, reference: str | None, member: Member | None) -> FoundTender:
        """Find the credit of the member, or of whom the reference means.

        Raises:
            Refused: `member_required` or `member_not_found`.
        """
        contact = member.member_id if member else None
        if reference is not None:
            found = await self._members.behind(reference)
            if found is None:
                raise Refused("nobody is behind this reference", code="member_not_found")
            contact = found.uuid
        if contact is None:
            raise Refused("the customer must be identified first", code="member_required")
        request: Json = {"contact_uuid": contact}
        return FoundTender(
            subject=contact,
            available_amount=max(0, await self.of(contact)),
            step=Step(operation="charge_prepaid", subject=contact, request=request),
            request=request,
        )


class MovePrepaid:
    """Moves an amount of prepaid credit. It takes no mark: amount and time is all there is.

    `request`: `contact_uuid`. `Done.data`: `transaction_uuid`, `contact_uuid`, `amount` (signed,
    minor units), `created_at`.
    """

    def __init__(
        self, client: LeatClient, ledger: Ledger, balances: PrepaidBalances, sign: int
    ) -> None:
        """Take what it needs, and whether it charges or tops up."""
        self._client = client
        self._ledger = ledger
        self._balances = balances
        self._sign = sign

    async def do(self, order: EffectOrder) -> Done:
        """Make the transaction; a charge looks at the balance first, as Leat may not."""
        contact = text(order.request, "contact_uuid")
        amount = amount_of(order)
        if self._sign == CHARGE:
            await self._require(contact, amount)
        body: Json = {
            "contact_uuid": contact,
            "amount_in_cents": self._sign * amount,
            "shop_uuid": self._client.shop_uuid,
        }
        try:
            entry = await self._client.change(
                PrepaidEntry, "POST", "prepaid-transactions", body=body
            )
        except LeatNo as no:
            # One code for all that does not fit; somebody else may have been faster.
            if no.code == INVALID and self._sign == CHARGE:
                await self._require(contact, amount)
            raise
        return _moved(contact, entry)

    async def _require(self, contact: str, amount: int) -> None:
        if await self._balances.of(contact) < amount:
            raise Refused("the prepaid credit is too low", code="insufficient_balance")

    async def find(self, order: EffectOrder, since: datetime) -> Done | None:
        """Look for the amount since."""
        contact = text(order.request, "contact_uuid")
        amount = self._sign * amount_of(order)
        entries = await self._ledger.prepaid(contact, since)
        found = await self._ledger.unowned(entries, lambda e: e.amount_in_cents == amount)
        return _moved(contact, found) if found else None

    async def undo(self, order: EffectOrder, done: Done) -> Done:
        """Reverse it; Leat publishes no guard against a second time (trap 8)."""
        transaction = text(done.data, "transaction_uuid")
        try:
            entry = await self._client.change(
                PrepaidEntry, "POST", "prepaid-transactions", transaction, "reverse"
            )
        except LeatNo as no:
            if no.code != INVALID:
                raise
        else:
            return _moved(text(order.request, "contact_uuid"), entry)
        return await self._reversed_already(order, done)

    async def _reversed_already(self, order: EffectOrder, done: Done) -> Done:
        """One code says 'reversed already' and 'spent since': only the list tells them apart."""
        created = maybe_text(done.data, "created_at")
        found = None
        if created is not None:
            found = await self.find_undo(order, done, datetime.fromisoformat(created))
        if found is not None:
            return found
        code = "insufficient_balance" if self._sign == TOP_UP else "tender_refused"
        raise Refused("the vendor does not take the prepaid transaction back", code=code)

    async def find_undo(self, order: EffectOrder, done: Done, since: datetime) -> Done | None:
        """Look for the opposite amount since."""
        contact = text(order.request, "contact_uuid")
        amount = maybe_int(done.data, "amount") or self._sign * amount_of(order)
        entries = happened_after(await self._ledger.prepaid(contact, since), done)
        found = await self._ledger.unowned(entries, lambda e: e.amount_in_cents == -amount)
        return _moved(contact, found) if found else None


def _moved(contact: str, entry: PrepaidEntry) -> Done:
    created = entry.created_at
    after = entry.prepaid_balance
    return Done(
        reference=entry.uuid,
        transaction_id=entry.uuid,
        data={
            "transaction_uuid": entry.uuid,
            "contact_uuid": contact,
            "amount": entry.amount_in_cents,
            "created_at": created.isoformat() if created else None,
        },
        balance_after_amount=after.balance_in_cents if after else None,
    )
