"""Vouchers as offers, and the two ways to validate one (sheet 2.1, 3.4)."""

from datetime import datetime

from tillsaga.connectors.wll.client import WllClient, shaped
from tillsaga.connectors.wll.discounts import Discounts
from tillsaga.connectors.wll.refusals import CODE_UNKNOWN, WllNo, meaning
from tillsaga.connectors.wll.wire import Benefit, Now, Wallet
from tillsaga.domain.discounts import Discount
from tillsaga.domain.effects import Step
from tillsaga.domain.model import Json
from tillsaga.domain.offers import Offer, Refusing
from tillsaga.errors import NotSent

VALIDATE = ("commands", "validate_voucher")
USED = Refusing(code="offer_refused", detail="the voucher has been used already")
EXPIRED = Refusing(code="code_expired", detail="the voucher has expired")
ELSEWHERE = Refusing(code="offer_refused", detail="the voucher is not for this store")
TILLS_OWN = Refusing(
    code="discount_unknown",
    detail="the vendor does not check such codes, and the store has no price",
)


class Vouchers:
    """Reads about vouchers, and the burn beside the check so that nobody confuses them (trap 1)."""

    def __init__(
        self,
        client: WllClient,
        provider: str,
        discounts: Discounts,
        location_id: str | None,
        pools_integrated: bool,
        now: Now,
    ) -> None:
        """Take the client, what vouchers are worth, and where and when this is."""
        self._client = client
        self._provider = provider
        self._discounts = discounts
        self._location = location_id
        self._local_types = {"STATIC"} if pools_integrated else {"STATIC", "POOL"}
        self._now = now

    async def check(self, code: str, wll_id: str | None) -> Benefit:
        """Validate and never burn; may be repeated. It is no lock (trap 3)."""
        body = {**self._validation(code, wll_id), "allowFutureValidation": True}
        return shaped(Benefit, await self._client.ask(*VALIDATE, body=body), NotSent)

    async def burn(self, code: str, wll_id: str | None) -> Benefit:
        """Validate and burn: final. The field is always sent, because it burns by default."""
        body = {**self._validation(code, wll_id), "allowFutureValidation": False}
        return await self._client.change(Benefit, *VALIDATE, body=body)

    def _validation(self, code: str, wll_id: str | None) -> Json:
        body: Json = {"code": code}
        if wll_id:
            body["userIdentifier"] = wll_id
        if self._location:
            body["venueIdentifier"] = self._location
        return body

    async def benefit(self, benefit_id: str) -> Benefit:
        """Read a voucher by its id."""
        return await self._client.read(Benefit, "benefits", benefit_id)

    def of_wallet(self, wallet: Wallet, wll_id: str) -> tuple[Offer, ...]:
        """Say what of a wallet can be used, or why it cannot; used and expired ones are left."""
        return tuple(
            self.offer(benefit, wll_id)
            for benefit in wallet.vouchers
            if benefit.type == "VOUCHER" and not benefit.burned_at and not self._expired(benefit)
        )

    def _expired(self, benefit: Benefit) -> bool:
        return benefit.expired(self._now())

    def is_local(self, benefit: Benefit) -> bool:
        """Whether the vendor must not be asked about the code (trap 15)."""
        reward = benefit.reward
        return bool(reward and (reward.code_type or "").upper() in self._local_types)

    def offer(self, benefit: Benefit, wll_id: str | None) -> Offer:
        """Say in our words what the voucher offers."""
        local = self.is_local(benefit)
        discount = self._own_price(benefit) if local else self._discounts.of(benefit)
        refusal = self._refusal(benefit, discount)
        reward = benefit.reward
        return Offer(
            id=f"{self._provider}:voucher:{benefit.id}",
            provider=self._provider,
            kind="voucher",
            title=(reward.name if reward else None) or "Voucher",
            subject=benefit.id,
            code=benefit.code_value,
            expires_at=None if benefit.redeemed_at else benefit.expires_at,
            discount=discount,
            hold=None if local else _hold(benefit),
            commit=None if local else _commit(benefit, wll_id),
            member_id=wll_id,
            data={"benefit_id": benefit.id, "reward_id": reward.id if reward else None},
            status="refused" if refusal else "available",
            refusal=refusal,
        )

    def _own_price(self, benefit: Benefit) -> Discount | None:
        reward = benefit.reward.id if benefit.reward else None
        return self._discounts.listed(benefit.code_value) or self._discounts.listed(reward)

    def _refusal(self, benefit: Benefit, discount: Discount | None) -> Refusing | None:
        if benefit.burned_at:
            return USED
        if self._expired(benefit):
            return EXPIRED
        if self.is_local(benefit):
            return None if discount else TILLS_OWN
        return ELSEWHERE if self._discounts.elsewhere(benefit) else None

    async def scanned(self, code: str, wallet: Wallet | None, wll_id: str | None) -> Offer | None:
        """Find a code in the customer's wallet, else at the vendor, without burning it."""
        mine = wallet.vouchers if wallet else ()
        held = next((benefit for benefit in mine if benefit.code_value == code), None)
        if held is not None:
            return self.offer(held, wll_id)
        if self._discounts.is_listed(code):
            return None  # the till's own, or another vendor's: not to be sent (trap 15)
        try:
            benefit = await self.check(code, wll_id)
        except WllNo as no:
            if no.code == CODE_UNKNOWN:
                return None
            raise
        return self.offer(benefit, benefit.owner.id if benefit.owner else wll_id)

    async def lost(self, offer: Offer) -> str | None:
        """Say by our code why a voucher can no longer be used; None while it can."""
        if offer.commit is None:
            return None
        benefit = await self.benefit(offer.subject)
        refusal = self._refusal(benefit, offer.discount)
        if refusal is not None:
            return refusal.code
        if benefit.redeemed_at is None or benefit.code_value is None:
            return None
        try:
            checked = await self.check(benefit.code_value, offer.member_id)
        except WllNo as no:
            if not no.code:
                raise
            return meaning(no.code, "offer_refused")[0]
        return USED.code if checked.burned_at else None


def _hold(benefit: Benefit) -> Step | None:
    if benefit.redeemed_at is not None:
        return None
    return Step(
        operation="activate_voucher", subject=benefit.id, request={"benefit_id": benefit.id}
    )


def _commit(benefit: Benefit, wll_id: str | None) -> Step:
    """The code is not in it: it may not exist yet, and is read again before the burn."""
    return Step(
        operation="burn_voucher",
        subject=benefit.id,
        request={"benefit_id": benefit.id, "member_id": wll_id},
    )


def iso(at: datetime | None) -> str | None:
    """Write a time into `Done.data`."""
    return at.isoformat() if at else None
