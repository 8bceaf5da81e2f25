"""Scanned codes as offers. Koupon can be asked nothing, so the store's price list decides."""

import hashlib
import re
from collections.abc import Mapping

from tillsaga.domain.discounts import Discount
from tillsaga.domain.effects import Step
from tillsaga.domain.model import Json
from tillsaga.domain.offers import Member, Offer, Refusing

MOST = 50
"""Redemptions of one offer in one sale."""

_BARCODE = re.compile(r"[0-9]{8}|[0-9]{12,14}")


class Coupons:
    """What codes stand for in one store."""

    def __init__(self, provider: str, discounts: Mapping[str, Discount]) -> None:
        """Take the provider's name in the store, and the store's price list."""
        self._provider = provider
        self._discounts = discounts

    def find(self, code: str, member: Member | None) -> Offer | None:
        """Read a code as an offer barcode, or as one of the customer's coupon codes.

        A barcode that the store has no price for may still be Koupon's: it comes without a
        discount, for tills that price themselves.
        """
        discount = self._discounts.get(code)
        loyalty = loyalty_of(member)
        itself = loyalty is not None and code == loyalty
        if itself or (discount is None and not is_barcode(code)):
            return None
        if is_barcode(code):
            return self._offer(code, {"discount_asset": code}, discount)
        if loyalty is None:
            return self._unclaimed(code, discount)
        pair: Json = {"discount_asset": loyalty, "coupon_code": code}
        return self._offer(code, pair, discount, member)

    def _unclaimed(self, code: str, discount: Discount | None) -> Offer:
        """A coupon code means nothing without the loyalty id that it was clipped on."""
        offer = self._offer(code, {"coupon_code": code}, discount)
        detail = "scan the customer's loyalty card first, then the coupon"
        return offer.model_copy(
            update={
                "needs_member": True,
                "commit": None,
                "status": "refused",
                "refusal": Refusing(code="member_required", detail=detail),
            }
        )

    def _offer(
        self, code: str, request: Json, discount: Discount | None, owner: Member | None = None
    ) -> Offer:
        subject = _digest("/".join(str(part) for part in request.values()))
        return Offer(
            id=f"{self._provider}:coupon:{subject}",
            provider=self._provider,
            kind="coupon",
            title=(discount.title if discount else None) or "Coupon",
            subject=subject,
            code=code,
            min_spend_amount=discount.min_spend_amount if discount else None,
            discount=discount,
            assumed=True,
            commit=Step(operation="redeem_coupon", subject=subject, request=request),
            data={**request},
            member_id=owner.member_id if owner else None,
            needs_member=owner is not None,
            max_quantity=MOST,
        )


def member_of(provider: str, loyalty: str) -> Member:
    """Describe a customer; the loyalty id is personal, and a member's id is shown (trap 14)."""
    return Member(provider=provider, member_id=_digest(loyalty), data={"loyalty_id": loyalty})


def loyalty_of(member: Member | None) -> str | None:
    """Read the loyalty id as it was scanned."""
    loyalty = member.data.get("loyalty_id") if member is not None else None
    return loyalty if isinstance(loyalty, str) else None


def is_barcode(code: str) -> bool:
    """Say whether a code has the length of an EAN or UPC barcode.

    >>> is_barcode("0049000012345"), is_barcode("CPN-COFFEE"), is_barcode("123456789")
    (True, False, False)
    """
    return _BARCODE.fullmatch(code) is not None


def _digest(subject: str) -> str:
    """Ids and keys stand in URLs and histories, where no barcode and no loyalty id may."""
    return hashlib.sha256(subject.encode()).hexdigest()[:16]
