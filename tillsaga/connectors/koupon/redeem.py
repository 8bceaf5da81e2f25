"""Redeem a coupon: once, and for good (sheet 3.1, 4)."""

from datetime import datetime

from tillsaga.connectors.koupon.client import KouponClient
from tillsaga.connectors.koupon.refusals import KouponNo, quotable, refused
from tillsaga.connectors.koupon.wire import Redeemed
from tillsaga.domain.effects import Done, EffectOrder
from tillsaga.domain.model import Json
from tillsaga.domain.tokens import masked
from tillsaga.errors import AnswerLost, Refused, Unanswerable

NO = "offer_refused"


class RedeemCoupon:
    """`request`: `discount_asset`, `coupon_code` for a loyalty id, `quantity` (1 if absent).

    `Done.data`: `quantity` that was redeemed, which may be less, and `exception_code` if any.
    """

    def __init__(self, client: KouponClient) -> None:
        """Take the calls."""
        self._client = client

    async def do(self, order: EffectOrder) -> Done:
        """Redeem one line; equal ones cannot meet, as an effect stands for all of them (K11)."""
        asset, coupon, wanted = _asked(order)
        line: dict[str, str | int] = {"discountAsset": asset}
        if coupon is not None:  # left out for a barcode: not null, not "" (trap 7)
            line["couponCode"] = coupon
        line["qty"] = wanted
        try:
            results = await self._client.redeem([line])
        except KouponNo as no:
            said = no.said
        else:
            mine = [r for r in results if (r.discount_asset, r.coupon_code) == (asset, coupon)]
            return _judged(mine, wanted, coupon or masked(asset))
        raise refused(said, NO)

    async def find(self, order: EffectOrder, since: datetime) -> Done | None:
        """Nothing can be asked, and sending it again may use up another one (sheet 4).

        Raises:
            Unanswerable: always; a person looks it up at Koupon.
        """
        raise Unanswerable("koupon cannot be asked whether the coupon was redeemed")

    async def undo(self, order: EffectOrder, done: Done) -> Done:
        """Refuse: there is no such call; the customer gets a replacement from Koupon."""
        raise Refused("koupon cannot take a redemption back", code="vendor_refused")

    async def find_undo(self, order: EffectOrder, done: Done, since: datetime) -> Done | None:
        """Refuse: there is nothing to find."""
        raise Unanswerable("koupon cannot take a redemption back", code="vendor_refused")


def _asked(order: EffectOrder) -> tuple[str, str | None, int]:
    asset = order.request.get("discount_asset")
    coupon = order.request.get("coupon_code")
    quantity = order.request.get("quantity", 1)
    if not isinstance(asset, str) or not isinstance(coupon, str | None):
        raise Refused("the request does not name the coupon", code="invalid_request")
    if isinstance(quantity, bool) or not isinstance(quantity, int) or quantity < 1:
        raise Refused("the quantity must be a whole number above zero", code="invalid_request")
    return asset, coupon, quantity


def _judged(lines: list[Redeemed], wanted: int, reference: str | None) -> Done:
    """Read the one line: HTTP 200 is not "redeemed" (trap 5)."""
    if len(lines) != 1:
        raise AnswerLost("koupon's answer does not tell of the coupon")
    redeemed, exception = lines[0].redeemed_qty, lines[0].exception_code
    if redeemed is None and exception is None:
        raise AnswerLost("koupon's answer says neither yes nor no")
    if not redeemed:
        raise refused(exception, NO)
    if redeemed > wanted:
        raise AnswerLost("koupon says that it redeemed more than it was asked to")
    data: Json = {"quantity": redeemed}
    if exception is not None:
        data["exception_code"] = quotable(exception)
    return Done(reference=reference, data=data)
