"""What there is to scan in a fresh sandbox, by vendor: for `tillsaga dev` and for its till."""

from collections.abc import Mapping
from dataclasses import dataclass

from tillsaga.sandbox import world as leat
from tillsaga.sandbox.koupon import world as koupon
from tillsaga.sandbox.loyale import world as loyale
from tillsaga.sandbox.wll import world as wll


@dataclass(frozen=True)
class Scannable:
    """A code, and what it is in a few words."""

    code: str
    words: str


SCANNABLE: Mapping[str, tuple[Scannable, ...]] = {
    "leat": (
        Scannable(leat.ANN_CARD, "card of Ann: points, vouchers and prepaid credit"),
        Scannable(leat.VOUCHER_COFFEE, "voucher: a free flat white"),
        Scannable(leat.VOUCHER_FLYER, "voucher from a flyer: 10% off"),
        Scannable(leat.CARD_20, "gift card with 20.00"),
        Scannable(leat.CARD_NEW, "gift card that is still to be sold"),
    ),
    "letstrade": (),  # codes live ten minutes: they are made when they are wanted
    "wll": (Scannable(wll.MEMBER_ACCOUNT, "card with points and vouchers"),),
    "loyale": (
        Scannable(loyale.ANN_BARCODE, "card with 7830 points"),
        Scannable(loyale.COUPON, "coupon: 2.00 off"),
        Scannable(loyale.GIFT_CARD, "gift card with 25.00; after the card"),
    ),
    "koupon": (
        Scannable(koupon.LOYALTY, "account with coupons: identify it by hand"),
        Scannable(koupon.COFFEE, "coupon of the account: 1.00 off coffee"),
        Scannable(koupon.BARCODE, "coupon from a newspaper: 1.50 off cola"),
    ),
}
