"""Vouchers: activate and burn (sheet 3.3, 3.4). Neither can be taken back."""

from datetime import datetime

from tillsaga.connectors.wll.client import WllClient, or_none
from tillsaga.connectors.wll.operators import Lasting, maybe_text
from tillsaga.connectors.wll.refusals import WllNo
from tillsaga.connectors.wll.voucher_offers import Vouchers, iso
from tillsaga.connectors.wll.wire import CLOCKS_DIFFER, Benefit
from tillsaga.domain.effects import Done, EffectOrder
from tillsaga.domain.model import Json
from tillsaga.domain.tokens import masked
from tillsaga.errors import Refused


class ActivateVoucher(Lasting):
    """Redeems the benefit, so that its code may be validated. It stays the customer's to use.

    `Done.data`: `benefit_id`, `code` (None: not told yet), `redeemed_at`.
    """

    def __init__(self, client: WllClient, vouchers: Vouchers) -> None:
        """Take the client and the reads."""
        self._client = client
        self._vouchers = vouchers

    async def do(self, order: EffectOrder) -> Done:
        """Redeem it; who did so before us does not matter, whatever the vendor calls that."""
        body: Json = {"benefitId": order.subject}
        try:
            redeemed = await self._client.change(Benefit, "commands", "redeem_benefit", body=body)
        except WllNo:
            done = await self._active(order.subject)
            if done is None:
                raise
            return done
        if redeemed.code_value is None:
            redeemed = await or_none(self._vouchers.benefit(order.subject)) or redeemed
        return _activated(redeemed)

    async def find(self, order: EffectOrder, since: datetime) -> Done | None:
        """Look whether it is active."""
        return _standing(await self._vouchers.benefit(order.subject))

    async def _active(self, benefit_id: str) -> Done | None:
        benefit = await or_none(self._vouchers.benefit(benefit_id))
        return _standing(benefit) if benefit else None


def _standing(benefit: Benefit) -> Done | None:
    active = benefit.redeemed_at is not None and benefit.burned_at is None
    return _activated(benefit) if active else None


def _activated(benefit: Benefit) -> Done:
    return Done(
        reference=benefit.id,
        data={
            "benefit_id": benefit.id,
            "code": benefit.code_value,
            "redeemed_at": iso(benefit.redeemed_at),
        },
    )


class BurnVoucher(Lasting):
    """Spends the voucher for ever. `request`: `member_id` if known.

    `prior["activate_voucher"]`: its code. `Done.data`: what a goodwill case needs (trap 6):
    `benefit_id`, `reward_id`, `member_id`, `code` (masked), `burned_at`.
    """

    def __init__(self, vouchers: Vouchers) -> None:
        """Take the reads, and the burn among them."""
        self._vouchers = vouchers

    async def do(self, order: EffectOrder) -> Done:
        """Check it once more, since another till may have burned it, then burn it."""
        code, owner = await self._code(order), maybe_text(order.request, "member_id")
        checked = await self._vouchers.check(code, owner)
        if checked.burned_at is not None:
            raise Refused("the voucher has been used already", code="offer_refused")
        if checked.id != order.subject or self._vouchers.is_local(checked):
            raise Refused("the code does not name this voucher alone", code="offer_refused")
        burned = await self._vouchers.burn(code, owner)
        told = burned if burned.reward else checked
        return _burned(order, told, burned.burned_at)

    async def _code(self, order: EffectOrder) -> str:
        """Take the code of the activation, else read it."""
        known = maybe_text(order.prior.get("activate_voucher"), "code")
        code = known or (await self._vouchers.benefit(order.subject)).code_value
        if code is None:
            raise Refused("the voucher has no code yet; activate it", code="offer_refused")
        return code

    async def find(self, order: EffectOrder, since: datetime) -> Done | None:
        """Look whether it was burned since: our claim keeps our own tills apart."""
        benefit = await self._vouchers.benefit(order.subject)
        burned = benefit.burned_at
        if burned is None or burned < since - CLOCKS_DIFFER:
            return None
        return _burned(order, benefit, burned)


def _burned(order: EffectOrder, benefit: Benefit, at: datetime | None) -> Done:
    return Done(
        reference=order.subject,
        transaction_id=order.subject,
        data={
            "benefit_id": order.subject,
            "reward_id": benefit.reward.id if benefit.reward else None,
            "member_id": maybe_text(order.request, "member_id"),
            "code": masked(benefit.code_value),
            "burned_at": iso(at),
        },
    )
