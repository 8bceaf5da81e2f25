"""Vouchers: lock and release, redeem and reverse (sheet 3.3)."""

import asyncio
from collections.abc import Callable
from datetime import datetime

from tillsaga.connectors.leat.client import LeatClient, floored
from tillsaga.connectors.leat.operators import maybe_int, maybe_text, text
from tillsaga.connectors.leat.refusals import VOUCHER_UNKNOWN, LeatNo
from tillsaga.connectors.leat.shapes import Locked, RedeemedVoucher, Voucher
from tillsaga.connectors.leat.voucher_offers import Vouchers
from tillsaga.domain.effects import Done, EffectOrder
from tillsaga.domain.model import Json
from tillsaga.errors import InDoubt, Refused, Unanswerable


class LockVoucher:
    """`request`: `code`, and `contact_uuid` for an unlinked voucher.

    `Done.data`: `release_key`, `code`, `times_redeemed` before us; `expires_at` ends the lock.
    """

    def __init__(self, client: LeatClient, vouchers: Vouchers, now: Callable[[], datetime]) -> None:
        """Take the client, the reads and the time."""
        self._client = client
        self._vouchers = vouchers
        self._now = now

    async def do(self, order: EffectOrder) -> Done:
        """Check that it may be redeemed here, note how often it was, and lock it."""
        code = text(order.request, "code")
        voucher, _ = await asyncio.gather(self._vouchers.find(code), self._validate(order))
        locked = await self._client.change(Locked, "POST", "vouchers", order.subject, "lock")
        data: Json = {"release_key": locked.lock.release_key, "code": code}
        if voucher is not None and voucher.times_redeemed is not None:
            data["times_redeemed"] = voucher.times_redeemed
        return Done(reference=order.subject, data=data, expires_at=locked.lock.system_release_at)

    async def _validate(self, order: EffectOrder) -> None:
        """Ask first: the lock itself looks neither at the shop nor at the customer."""
        body: Json = {"shop_uuid": self._client.shop_uuid, **_contact(order)}
        answer = await self._client.probe("vouchers", order.subject, "validate", body=body)
        if isinstance(answer, dict) and answer.get("valid") is False:
            raise Refused("the voucher cannot be used here", code="offer_refused")

    async def find(self, order: EffectOrder, since: datetime) -> Done | None:
        """Say that no lock is left; a lost lock can be neither released nor redeemed (trap 1a).

        Raises:
            InDoubt: it is locked, and nobody can say by whom, for an hour at most.
        """
        voucher = await self._vouchers.find(text(order.request, "code"))
        if voucher is not None and voucher.status == "LOCKED":
            raise InDoubt("the voucher is locked; its key is lost until the lock lapses")
        return None

    async def undo(self, order: EffectOrder, done: Done) -> Done:
        """Release it; a lock that is gone already needs nothing."""
        key = text(done.data, "release_key")
        try:
            await self._client.act("vouchers", order.subject, "release", body={"release_key": key})
        except LeatNo:
            if await self._held(order, done):
                raise
        return Done(reference=order.subject)

    async def find_undo(self, order: EffectOrder, done: Done, since: datetime) -> Done | None:
        """Look whether our lock is gone, however it went."""
        return None if await self._held(order, done) else Done(reference=order.subject)

    async def _held(self, order: EffectOrder, done: Done) -> bool:
        """Whether the lock that is there may still be ours."""
        voucher = await self._vouchers.find(text(order.request, "code"))
        if voucher is None or voucher.status != "LOCKED":
            return False
        return done.expires_at is None or self._now() < done.expires_at


class RedeemVoucher:
    """`request`: as for the lock. `prior["lock_voucher"]`: its key and count.

    `Done.data`: `redemption_uuid` if the server told it, `redeemed_at`, `times_redeemed`.
    """

    def __init__(self, client: LeatClient, vouchers: Vouchers) -> None:
        """Take the client and the reads."""
        self._client = client
        self._vouchers = vouchers

    async def do(self, order: EffectOrder) -> Done:
        """Redeem it with the lock's key; the lock ends with it."""
        body: Json = {
            "code": text(order.request, "code"),
            "shop_uuid": self._client.shop_uuid,
            **_contact(order),
        }
        key = maybe_text(order.prior.get("lock_voucher"), "release_key")
        if key is not None:
            body["release_key"] = key  # "release_key", not "lock_key" (trap 10)
        redeemed = await self._client.change(
            RedeemedVoucher, "POST", "vouchers", "redeem", body=body
        )
        redemption = redeemed.voucher_redemption
        return _redemption(redeemed, redemption.uuid if redemption else None)

    async def find(self, order: EffectOrder, since: datetime) -> Done | None:
        """Look whether it was redeemed since; the redemption's id cannot be asked for (trap 2)."""
        voucher = await self._vouchers.find(text(order.request, "code"))
        if voucher is None:
            return None
        noted = maybe_int(order.prior.get("lock_voucher"), "times_redeemed")
        mine = maybe_text(order.request, "contact_uuid")
        other = voucher.contact is not None and mine not in (None, voucher.contact.uuid)
        if other or not _redeemed(voucher, noted, floored(since)):
            return None
        return _redemption(voucher, None)

    async def undo(self, order: EffectOrder, done: Done) -> Done:
        """Reverse the redemption by its id; by the voucher's only where no other can be meant."""
        redemption = maybe_text(done.data, "redemption_uuid")
        if redemption is not None:
            try:
                await self._client.act("vouchers", redemption, "reverse")
            except LeatNo as no:
                if no.code != VOUCHER_UNKNOWN:
                    raise
            else:
                return Done(reference=redemption)
        voucher = await self._vouchers.find(text(order.request, "code"))
        if _given_back(voucher, done):
            return Done(reference=order.subject)
        if voucher is None or not _latest(voucher, done):
            raise Refused(
                "the voucher was redeemed again since; give it back by hand", code="offer_refused"
            )
        try:
            await self._client.act("vouchers", order.subject, "reverse")
        except LeatNo as no:
            if no.code != VOUCHER_UNKNOWN:
                raise
        else:
            return Done(reference=order.subject)
        words = "the redemption's id is not known; give the voucher back by hand"
        raise Refused(words, code="offer_refused")

    async def find_undo(self, order: EffectOrder, done: Done, since: datetime) -> Done | None:
        """Look whether the redemption is gone."""
        voucher = await self._vouchers.find(text(order.request, "code"))
        return Done(reference=order.subject) if _given_back(voucher, done) else None


def _contact(order: EffectOrder) -> Json:
    contact = maybe_text(order.request, "contact_uuid")
    return {"contact_uuid": contact} if contact else {}


def _redemption(voucher: Voucher | RedeemedVoucher, redemption: str | None) -> Done:
    data: Json = {
        "redemption_uuid": redemption,
        "redeemed_at": voucher.redeemed_at.isoformat() if voucher.redeemed_at else None,
        "times_redeemed": voucher.times_redeemed,
    }
    return Done(reference=redemption, transaction_id=redemption, data=data)


def _redeemed(voucher: Voucher, noted: int | None, earliest: datetime) -> bool:
    """Whether a redemption since `earliest` shows; `noted` is the count before it."""
    at = voucher.redeemed_at
    if at is not None and at < earliest:
        return False
    if noted is not None and voucher.times_redeemed is not None:
        return voucher.times_redeemed > noted
    if voucher.status == "REDEEMED" and at is None:
        raise Unanswerable("the voucher is redeemed, but leat does not say when")
    return at is not None and (voucher.status == "REDEEMED" or not voucher.once_only)


def _given_back(voucher: Voucher | None, done: Done) -> bool:
    if voucher is None or voucher.status == "REDEEMED":
        return False
    then = maybe_int(done.data, "times_redeemed")
    if then is None or voucher.times_redeemed is None:
        return voucher.once_only or voucher.redeemed_at is None
    return voucher.once_only or voucher.times_redeemed < then


def _latest(voucher: Voucher, done: Done) -> bool:
    at = voucher.redeemed_at.isoformat() if voucher.redeemed_at else None
    return (at, voucher.times_redeemed) == (
        done.data.get("redeemed_at"),
        done.data.get("times_redeemed"),
    )
