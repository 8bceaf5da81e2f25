"""Vouchers as offers (sheet 3.3)."""

import asyncio

from tillsaga.connectors.leat.attributes import Discounts
from tillsaga.connectors.leat.client import LeatClient
from tillsaga.connectors.leat.refusals import VOUCHER_UNKNOWN, LeatNo
from tillsaga.connectors.leat.shapes import Voucher
from tillsaga.domain.effects import Step
from tillsaga.domain.model import Json
from tillsaga.domain.offers import Member, Offer, Refusing

WHY_NOT: dict[str, Refusing] = {
    "LOCKED": Refusing(code="offer_held", detail="the voucher is held by another sale"),
    "REDEEMED": Refusing(code="offer_refused", detail="the voucher has been redeemed already"),
    "EXPIRED": Refusing(code="code_expired", detail="the voucher has expired"),
    "DEACTIVATED": Refusing(code="offer_refused", detail="the voucher has been deactivated"),
    "INACTIVE": Refusing(code="offer_refused", detail="the voucher is not active yet"),
}
SOMEBODY_ELSES = Refusing(code="offer_refused", detail="the voucher belongs to another customer")


class Vouchers:
    """Reads about vouchers."""

    def __init__(self, client: LeatClient, provider: str, discounts: Discounts) -> None:
        """Take the client, the provider's name in the store and what attributes are worth."""
        self._client = client
        self._provider = provider
        self._discounts = discounts

    async def of_member(self, member: Member) -> list[Offer]:
        """List the member's vouchers: usable ones, and those that some sale holds just now."""
        active, locked = await asyncio.gather(
            *(self._with_status(member, status) for status in ("ACTIVE", "LOCKED"))
        )
        return [self.offer(voucher, member) for voucher in (*active, *locked)]

    async def _with_status(self, member: Member, status: str) -> list[Voucher]:
        found = await self._client.items(
            Voucher, "vouchers", contact_uuid=member.member_id, status=status
        )
        return [voucher for voucher in found if voucher.status == status]

    async def find(self, code: str) -> Voucher | None:
        """Read a voucher by its code; None if Leat does not know it."""
        try:
            return await self._client.read(Voucher, "vouchers", "find", code=code)
        except LeatNo as no:
            if no.code != VOUCHER_UNKNOWN:
                raise
            return None

    def offer(self, voucher: Voucher, member: Member | None) -> Offer:
        """Say in our words what the voucher offers to this customer."""
        discount, minimum = self._discounts.of_voucher(voucher)
        promotion = voucher.promotion.name if voucher.promotion else None
        refusal = _refusal(voucher, member)
        # Only an unlinked voucher is redeemed for somebody; a linked one knows its customer.
        redeemer = member if voucher.contact is None else None
        request: Json = {"code": voucher.code}
        if redeemer:
            request["contact_uuid"] = redeemer.member_id
        return Offer(
            id=f"{self._provider}:voucher:{voucher.uuid}",
            provider=self._provider,
            kind="voucher",
            title=voucher.name or promotion or "Voucher",
            subject=voucher.uuid,
            code=voucher.code,
            min_spend_amount=minimum,
            expires_at=voucher.expiration_date,
            discount=discount,
            hold=Step(operation="lock_voucher", subject=voucher.uuid, request=request),
            commit=Step(operation="redeem_voucher", subject=voucher.uuid, request=request),
            member_id=voucher.contact.uuid if voucher.contact else None,
            needs_member=voucher.contact is None,
            status="refused" if refusal else "available",
            refusal=refusal,
        )

    async def lost(self, offer: Offer) -> str | None:
        """Say why a voucher can no longer be used; None while it can."""
        voucher = await self.find(offer.code or "")
        if voucher is None:
            return "code_unknown"
        refusal = _refusal(voucher, None)
        return refusal.code if refusal else None


def _refusal(voucher: Voucher, member: Member | None) -> Refusing | None:
    owner = voucher.contact.uuid if voucher.contact else None
    if owner and member and owner != member.member_id:
        return SOMEBODY_ELSES
    if voucher.status == "ACTIVE":
        return None
    unknown = Refusing(code="offer_refused", detail="the voucher cannot be used")
    return WHY_NOT.get(voucher.status, unknown)
