"""The world a fresh Loyale sandbox starts with, by constants that tests and demos may name.

`LOYALE` describes it in the very shape `POST /_sandbox/seed/loyale` takes. Money is in cents.
The ids of the seed and of the fixture of sheet 10 are taken over: scheme `SCHEME` earns 6
points per 1.00, 100 points are worth 1.00, nothing is rounded but the points, down.

Ann (`ANN`, barcode `ANN_BARCODE`) has 7830 points, Bob 1500, Cleo none, Dora is on hold.
"""

from typing import Any

SCHEME = "5c4e3e00-0000-4000-8000-00000000a001"
API_KEY = "loyale-test-key"
OTHER_SCHEME = "5c4e3e00-0000-4000-8000-00000000b002"
OTHER_API_KEY = "loyale-other-key"
"""Good for `OTHER_SCHEME` only: 403 elsewhere."""
OUTLET = "f2a961a7-e420-4742-9e69-1ba4d8ce66d4"
OTHER_OUTLET = "0a71e700-0000-4000-8000-00000000b002"
"""Of the other scheme, so unknown in this one."""

ANN, ANN_BARCODE = "3524f06c-a2e9-4965-9bcf-8e0c9f0e3b08", "3860358623507"
BOB, BOB_BARCODE = "b0b00000-0000-4000-8000-000000000002", "3860358623514"
CLEO, CLEO_BARCODE = "c1e00000-0000-4000-8000-000000000003", "3860358623521"
DORA, DORA_BARCODE = "d02a0000-0000-4000-8000-000000000004", "3860358623538"
"""On hold, with 5000 points."""

NO_POINTS = "NoPoints"
"""A category that earns nothing."""
DOUBLE_POINTS = "DoublePoints"
"""A promotion: 12 points per 1.00."""
HOUSE_BRAND = "House Ltd."
"""A vendor: 9 points per 1.00; configured after the promotion."""

GIFT_CARD = "4334603388774"
"""Ann's: 25.00, to be spent in parts."""
GIFT_CARD_WHOLE = "4334603388712"
"""Ann's: 10.00, to be spent at once."""
GIFT_CARD_BOB = "4334603388729"
GIFT_CARD_EXPIRED, GIFT_CARD_SOON = "4334603388736", "4334603388743"
GIFT_CARD_DISABLED, GIFT_CARD_UNLINKED = "4334603388750", "4334603388767"

COUPON = "7652874580312"
"""Ann's: one use."""
COUPON_TWICE = "7652874580404"
"""Ann's: two uses."""
COUPON_BOB = "7652874580411"
COUPON_EXPIRED, COUPON_SOON, COUPON_USED = "7652874580428", "7652874580435", "7652874580442"

PAST, FUTURE = "2020-01-01T00:00:00+00:00", "2099-01-01T00:00:00+00:00"


def _card(barcode: str, cents: int, **more: Any) -> dict[str, Any]:
    return {"barcode": barcode, "customer_id": ANN, "value_in_cents": cents} | more


def _coupon(barcode: str, **more: Any) -> dict[str, Any]:
    return {"barcode": barcode, "customer_id": ANN} | more


LOYALE: dict[str, Any] = {
    "schemes": [
        {"id": SCHEME, "name": "Sample scheme"},
        {"id": OTHER_SCHEME, "name": "Other scheme"},
    ],
    "api_keys": [{"key": API_KEY}, {"key": OTHER_API_KEY, "scheme_id": OTHER_SCHEME}],
    "outlets": [{"id": OUTLET}, {"id": OTHER_OUTLET, "scheme_id": OTHER_SCHEME}],
    "overrides": [
        {"kind": "promotion", "value": DOUBLE_POINTS, "rate": "12"},
        {"kind": "vendor", "value": HOUSE_BRAND, "rate": "9"},
        {"kind": "category", "value": NO_POINTS, "rate": "0"},
    ],
    "customers": [
        {"id": ANN, "barcode": ANN_BARCODE, "points": 7830},
        {"id": BOB, "barcode": BOB_BARCODE, "points": 1500},
        {"id": CLEO, "barcode": CLEO_BARCODE},
        {"id": DORA, "barcode": DORA_BARCODE, "points": 5000, "on_hold": True},
    ],
    "gift_cards": [
        _card(GIFT_CARD, 2500),
        _card(GIFT_CARD_WHOLE, 1000, partial_use=False),
        _card(GIFT_CARD_BOB, 2500, customer_id=BOB),
        _card(GIFT_CARD_EXPIRED, 2500, to=PAST),
        _card(GIFT_CARD_SOON, 2500, **{"from": FUTURE}),
        _card(GIFT_CARD_DISABLED, 2500, enabled=False),
        _card(GIFT_CARD_UNLINKED, 2500, customer_id=None),
    ],
    "coupons": [
        _coupon(COUPON),
        _coupon(COUPON_TWICE, uses=2),
        _coupon(COUPON_BOB, customer_id=BOB),
        _coupon(COUPON_EXPIRED, to=PAST),
        _coupon(COUPON_SOON, **{"from": FUTURE}),
        _coupon(COUPON_USED, uses=0),
    ],
}
