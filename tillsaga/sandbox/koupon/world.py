"""Koupon's world in a fresh sandbox, by constants that tests and demos may name.

`KOUPON` describes it in the very shape `POST /_sandbox/seed/koupon` takes. The barcodes and
the coupons of `LOYALTY` up to the multi-use ones are the seed data of sheet 6. Every offer
instance (a barcode, or a loyalty id with a coupon code) counts its own uses.
"""

from typing import Any

IDENTIFIER, SECRET = "sandbox-api-key", "sandbox-secret"
"""The API key and its secret, those of the vectors of sheet 2."""
OTHER_IDENTIFIER, OTHER_SECRET = "sandbox-other-key", "sandbox-other-secret"
"""A second key: a signature is checked with the secret of the identifier it names."""

BARCODE = "0049000012345"
"""A barcode with one use left; leading zeros count."""
BARCODE_MULTI = "0049000099999"
"""A barcode with three uses left."""
BARCODE_EXPIRED = "0099999999990"
BARCODE_REDEEMED = "0077777777770"
"""A barcode whose only use is gone."""
BARCODE_SOON, BARCODE_INACTIVE = "0088888888880", "0066666666660"
"""Barcodes whose offer has not started, and was stopped."""

LOYALTY = "LOY-700100"
"""An account with `COFFEE` (one use left), `SNACK` (five), `BREAKFAST` and `SUMMER`."""
OTHER_LOYALTY = "LOY-700200"
"""An account with `COFFEE` too, one use of its own."""
EMPTY_LOYALTY = "LOY-700300"
"""An account that has clipped nothing."""
COFFEE, SNACK = "CPN-COFFEE", "CPN-SNACK"
BREAKFAST = "CPN-BREAKFAST"
"""Expired."""
SUMMER = "CPN-SUMMER"
"""Not started yet."""

PAST, FUTURE = "2020-01-01T00:00:00Z", "2099-01-01T00:00:00Z"

KOUPON: dict[str, Any] = {
    "keys": [
        {"identifier": IDENTIFIER, "secret": SECRET},
        {"identifier": OTHER_IDENTIFIER, "secret": OTHER_SECRET},
    ],
    "barcodes": [
        {"discount_asset": BARCODE, "title": "Free cola"},
        {"discount_asset": BARCODE_MULTI, "title": "1.00 off cola", "uses": 3},
        {"discount_asset": BARCODE_EXPIRED, "title": "Last year's cola", "expires_at": PAST},
        {"discount_asset": BARCODE_REDEEMED, "title": "Gone cola", "redeemed": 1},
        {"discount_asset": BARCODE_SOON, "title": "Next cola", "starts_at": FUTURE},
        {"discount_asset": BARCODE_INACTIVE, "title": "Stopped cola", "active": False},
    ],
    "accounts": [
        {
            "loyalty_id": LOYALTY,
            "coupons": [
                {"coupon_code": COFFEE, "title": "Free coffee"},
                {"coupon_code": SNACK, "title": "0.50 off a snack", "uses": 5},
                {"coupon_code": BREAKFAST, "title": "Breakfast", "expires_at": PAST},
                {"coupon_code": SUMMER, "title": "Iced tea", "starts_at": FUTURE},
            ],
        },
        {
            "loyalty_id": OTHER_LOYALTY,
            "coupons": [{"coupon_code": COFFEE, "title": "Free coffee"}],
        },
        {"loyalty_id": EMPTY_LOYALTY},
    ],
}
