"""Koupon in a demo: its customer, and what moves in its books."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tillsaga.demo.movements import Json, Ledger, Movement, done, number
from tillsaga.demo.sandbox import Sandbox
from tillsaga.domain.ports import EffectRecord
from tillsaga.sandbox.koupon import world

VENDOR = "koupon"
COUPON, REPORT = Ledger(VENDOR, "coupon"), Ledger(VENDOR, "report")
COUPON_CODE = world.COFFEE


@dataclass(frozen=True)
class Customer:
    """Somebody with a coupon clipped to an account, and two from a newspaper, one of them used."""

    account: str
    barcode: str
    used_barcode: str

    @property
    def identifier(self) -> Json:
        """What the till scans."""
        return {"type": "card", "value": self.account, "provider": VENDOR}

    def booked(self, books: Json) -> Iterator[Movement]:
        """Write what the books have of this customer's coupons as movements."""
        mine = {self.account, self.barcode, self.used_barcode}
        for call in books["redeem_calls"]:
            for line in call["lines"]:
                if line["discount_asset"] in mine and line["redeemed_qty"]:
                    name = _named(line["discount_asset"], line["coupon_code"])
                    yield Movement(COUPON, name, line["redeemed_qty"])
        for report in books["reports"]:
            if mine.intersection(report["discount_assets"]):
                yield Movement(REPORT, None)


def new_customer(sandbox: Sandbox) -> Customer:
    """Add an account with a coupon, a barcode with one use left, and one that is used up."""
    wanted = {
        "accounts": [{"coupons": [{"coupon_code": COUPON_CODE, "title": "Free coffee"}]}],
        "barcodes": [{"title": "1.00 off"}, {"title": "1.00 off", "redeemed": 1}],
    }
    made = sandbox.seed(VENDOR, wanted)
    barcode, used = (one["discount_asset"] for one in made["barcodes"])
    return Customer(made["accounts"][0]["loyalty_id"], barcode, used)


def recorded(records: Iterable[EffectRecord]) -> Iterator[Movement]:
    """Write the records of a checkout's effects at Koupon as movements."""
    for record in records:
        did, request = record.do.done, record.order.request
        if not done(record) or did is None:
            continue
        if record.order.operation == "redeem_coupon":
            name = _named(request.get("discount_asset"), request.get("coupon_code"))
            yield Movement(COUPON, name, number(did.data, "quantity"))
        elif record.order.operation == "report_sale" and did.data.get("posted"):
            yield Movement(REPORT, None)


def _named(asset: object, coupon: object) -> str:
    return f"{asset}/{coupon}" if coupon else f"{asset}"
