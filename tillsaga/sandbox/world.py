"""The world a fresh sandbox starts with, by constants that tests and demos may name.

One account with one shop, two customers and a little of everything. `LEAT` describes it
in the very shape `POST /_sandbox/seed/leat` takes. Money is in cents.

Ann (`ANN`) has 120 points, tier Gold, 25.00 prepaid, card `CARD-1` and QR code `QR-ANN`.
Bob (`BOB`) has 40 points, no prepaid, card `CARD-2`.
"""

from typing import Any

TOKEN = "leat-test-token"
"""An account token, for the OAuth and register prefixes."""
READ_TOKEN = "leat-read-token"
"""An account token that may only read: anything else is 403."""
REGISTER_TOKEN = "leat-register-token"
"""A register token, bound to `SHOP`."""
CLIENT_ID, CLIENT_SECRET = "leat-client", "leat-client-secret"
ACCOUNT_SECRET = "leat-account-secret"
"""The secret in loyalty token hashes."""

SHOP, SHOP_NAME = "s-1", "Amsterdam Centraal"
WEBSHOP = "123123"

ANN, ANN_EMAIL, ANN_CARD, ANN_QR = "c-7f1", "ann@example.test", "CARD-1", "QR-ANN"
BOB, BOB_EMAIL, BOB_CARD = "c-b0b", "bob@example.test", "CARD-2"
FREE_CARD = "CARD-FREE"
"""An active card nobody has."""
INACTIVE_CARD = "CARD-OFF"

COFFEE = "FW-350"
"""The product code of the flat white that is given away."""

PROMOTION_COFFEE = "promo-coffee"
PROMOTION_TEN_PERCENT = "promo-10-percent"
PROMOTION_FIVE_OFF = "promo-5-off"
PROMOTION_RULE_ID = "promo-rule-id"
PROMOTION_FLYER = "5b1c7f0e-9d53-4f5e-8a55-6d1f3e0b7a11"
PROMOTION_STAMPS = "promo-stamps"
PROMOTION_ENDED = "promo-ended"

VOUCHER_COFFEE = "FREECOFFEE-ANN"
VOUCHER_TEN_PERCENT = "TENPERCENT-ANN"
VOUCHER_FIVE_OFF = "FIVEOFF-ANN"
"""5.00 off from 10.00: `tillsaga_discount_value` and the minimum spend are in major units."""
VOUCHER_RULE_ID = "RULE-ANN"
"""Carries `tillsaga_discount_rule_id` = `CPN-COFFEE` and nothing else."""
VOUCHER_FLYER = "FLYER-1"
"""Belongs to nobody until it is redeemed."""
VOUCHER_EXPIRED, VOUCHER_INACTIVE = "EXPIRED-ANN", "SOON-ANN"
VOUCHER_DEACTIVATED, VOUCHER_REDEEMED = "DEACTIVATED-ANN", "REDEEMED-ANN"
VOUCHER_LOCKED, LOCKED_RELEASE_KEY = "LOCKED-ANN", "rk-world"
"""Locked for the hour after the world was loaded."""
VOUCHER_MULTI = "STAMPS-ANN"
"""May be redeemed three times."""
VOUCHER_PROMOTION_ENDED = "ENDED-ANN"
"""Two uses, of a promotion that is no longer active."""

REWARD_COFFEE = "rw-2"
"""50 points, pre-redeemable: claimed now, collected later."""
REWARD_TWO_OFF = "rw-3"
"""30 points, 2.00 off, used at once."""
REWARD_DINNER = "rw-4"
"""500 points: more than anybody has."""
REWARD_INACTIVE, REWARD_SOLD_OUT = "rw-5", "rw-6"
REWARD_BIRTHDAY = "rw-7"
"""No points; given to Ann, who has yet to collect it."""
REWARD_ONCE = "rw-8"
"""10 points, once per contact."""
REWARD_DIGITAL = "rw-9"
BIRTHDAY_RECEPTION = "rr-birthday-ann"

PROGRAM, PROGRAM_SMALL = "gp-1", "gp-2"
"""Physical and digital cards up to 500.00; the small one up to 25.00."""
CARD_20, CARD_5 = "HT123ABC", "HT456DEF"
"""Physical, with 20.00 and 5.00; what loaded the second has a null uuid."""
CARD_NEW = "NEW-CARD-1"
"""Physical and unsold: nothing on it."""
CARD_DIGITAL = "DIGITAL-1"
"""Digital, loaded with 10.00, so not to be loaded again."""
CARD_DIGITAL_NEW = "DIGITAL-NEW"
CARD_EXPIRED, CARD_INACTIVE = "EXPIRED-CARD", "INACTIVE-CARD"
CARD_SMALL = "SMALL-CARD"

PAST, FUTURE = "2020-01-01T00:00:00+00:00", "2099-01-01T00:00:00+00:00"
_COFFEE = {"tillsaga_discount_type": "free_item", "tillsaga_product_code": COFFEE}
_TEN_PERCENT = {"tillsaga_discount_type": "percentage_discount", "tillsaga_discount_value": 10}
_FIVE_OFF = {
    "tillsaga_discount_type": "absolute_discount",
    "tillsaga_discount_value": 5,
    "tillsaga_minimum_spend": 10,
}
_TWO_OFF = {"tillsaga_discount_type": "absolute_discount", "tillsaga_discount_value": 2}


def _voucher(code: str, promotion: str, **more: Any) -> dict[str, Any]:
    return {"code": code, "promotion_uuid": promotion, "contact_uuid": ANN} | more


def _promotion(uuid: str, name: str, attributes: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"uuid": uuid, "name": name, "attributes": attributes} | more


LEAT: dict[str, Any] = {
    "contacts": [
        {
            "uuid": ANN,
            "email": ANN_EMAIL,
            "firstname": "Ann",
            "points": 120,
            "prepaid_in_cents": 2500,
            "tier": "Gold",
            "identifiers": [{"value": ANN_CARD}, {"value": ANN_QR, "name": "QR code"}],
        },
        {
            "uuid": BOB,
            "email": BOB_EMAIL,
            "firstname": "Bob",
            "points": 40,
            "identifiers": [{"value": BOB_CARD}],
        },
    ],
    "identifiers": [{"value": FREE_CARD}, {"value": INACTIVE_CARD, "active": False}],
    "promotions": [
        _promotion(PROMOTION_COFFEE, "Free coffee", _COFFEE),
        _promotion(PROMOTION_TEN_PERCENT, "10% off", _TEN_PERCENT),
        _promotion(PROMOTION_FIVE_OFF, "5.00 off from 10.00", _FIVE_OFF),
        _promotion(PROMOTION_RULE_ID, "Till rule", {"tillsaga_discount_rule_id": "CPN-COFFEE"}),
        _promotion(PROMOTION_FLYER, "Flyer", _TEN_PERCENT, voucher_limit=1),
        _promotion(PROMOTION_STAMPS, "Stamps", _COFFEE, redemptions_per_voucher=3),
        _promotion(PROMOTION_ENDED, "Ended", _COFFEE, active=False, redemptions_per_voucher=2),
    ],
    "vouchers": [
        _voucher(VOUCHER_COFFEE, PROMOTION_COFFEE),
        _voucher(VOUCHER_TEN_PERCENT, PROMOTION_TEN_PERCENT),
        _voucher(VOUCHER_FIVE_OFF, PROMOTION_FIVE_OFF, expiration_date=FUTURE),
        _voucher(VOUCHER_RULE_ID, PROMOTION_RULE_ID),
        _voucher(VOUCHER_FLYER, PROMOTION_FLYER, contact_uuid=None),
        _voucher(VOUCHER_EXPIRED, PROMOTION_COFFEE, expiration_date=PAST),
        _voucher(VOUCHER_INACTIVE, PROMOTION_COFFEE, activation_date=FUTURE),
        _voucher(VOUCHER_DEACTIVATED, PROMOTION_COFFEE, deactivated=True),
        _voucher(VOUCHER_REDEEMED, PROMOTION_COFFEE, redeemed=1),
        _voucher(VOUCHER_LOCKED, PROMOTION_COFFEE, locked_with=LOCKED_RELEASE_KEY),
        _voucher(VOUCHER_MULTI, PROMOTION_STAMPS),
        _voucher(VOUCHER_PROMOTION_ENDED, PROMOTION_ENDED),
    ],
    "rewards": [
        {
            "uuid": REWARD_COFFEE,
            "title": "Free coffee",
            "required_credits": 50,
            "pre_redeemable": True,
            "expiration_duration": 2_592_000,
            "attributes": _COFFEE,
        },
        {
            "uuid": REWARD_TWO_OFF,
            "title": "2.00 off",
            "required_credits": 30,
            "attributes": _TWO_OFF,
        },
        {"uuid": REWARD_DINNER, "title": "Dinner", "required_credits": 500},
        {
            "uuid": REWARD_INACTIVE,
            "title": "Last year's cake",
            "required_credits": 10,
            "active": False,
        },
        {"uuid": REWARD_SOLD_OUT, "title": "Mug", "required_credits": 20, "stock": 0},
        {
            "uuid": REWARD_BIRTHDAY,
            "title": "Birthday coffee",
            "required_credits": 0,
            "pre_redeemable": True,
            "active": False,
            "attributes": _COFFEE,
        },
        {"uuid": REWARD_ONCE, "title": "Welcome", "required_credits": 10, "claim_limit": 1},
        {
            "uuid": REWARD_DIGITAL,
            "title": "Film code",
            "required_credits": 20,
            "reward_type": "DIGITAL",
        },
    ],
    "collectables": [
        {"uuid": BIRTHDAY_RECEPTION, "contact_uuid": ANN, "reward_uuid": REWARD_BIRTHDAY}
    ],
    "programs": [
        {"uuid": PROGRAM, "name": "Store cards", "max_amount_in_cents": 50_000},
        {"uuid": PROGRAM_SMALL, "name": "Small cards", "max_amount_in_cents": 2_500},
    ],
    "giftcards": [
        {"hash": CARD_20, "balance_in_cents": 2000},
        {"hash": CARD_5, "balance_in_cents": 500, "legacy": True},
        {"hash": CARD_NEW},
        {"hash": CARD_DIGITAL, "type": "DIGITAL", "balance_in_cents": 1000},
        {"hash": CARD_DIGITAL_NEW, "type": "DIGITAL"},
        {"hash": CARD_EXPIRED, "balance_in_cents": 1000, "expiration_date": PAST},
        {"hash": CARD_INACTIVE, "balance_in_cents": 1000, "active": False},
        {"hash": CARD_SMALL, "program_uuid": PROGRAM_SMALL, "balance_in_cents": 1000},
    ],
}
ATTRIBUTES = {
    "tillsaga_discount_type": "text",
    "tillsaga_discount_value": "number",
    "tillsaga_product_code": "text",
    "tillsaga_category": "text",
    "tillsaga_discount_rule_id": "text",
    "tillsaga_minimum_spend": "number",
}
"""The custom attributes defined on both `promotion` and `reward`, by type."""
