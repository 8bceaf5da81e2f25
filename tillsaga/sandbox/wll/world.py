"""The Loyalty Engine's world in a fresh sandbox, by constants that tests and demos may name.

`WLL` describes it in the very shape `POST /_sandbox/seed/wll` takes. Money is minor units.

`MEMBER` is M of the acceptance cases: 500 points, and among his vouchers `BENEFIT`, the B
of the cases: issued, 5.00 off. `SECOND` has 40 points and no voucher; `NO_AUTH` has no
authIdentifier. The other tenant has no Receipts, and nothing set up for refunds.
"""

from typing import Any

TENANT, API_KEY = "main", "9f2d7c1e-3b54-4c8e-9a6b-0d1e2f3a4b01"
OTHER_TENANT, OTHER_API_KEY = "other", "9f2d7c1e-3b54-4c8e-9a6b-0d1e2f3a4b02"
CLIENT_ID, CLIENT_SECRET = "wll-client", "wll-client-secret"
"""Traded for 24 h tokens at `/wll/auth/oauth/token`."""
READ_CLIENT_ID, READ_CLIENT_SECRET = "wll-read-client", "wll-read-secret"
OTHER_CLIENT_ID, OTHER_CLIENT_SECRET = "wll-other-client", "wll-other-secret"
AUDIENCE = "wlloyalty.net"
TOKEN = "wll-admin-token"
"""An admin token that never ends."""
READ_TOKEN = "wll-read-token"
"""An admin token that may only read."""
USER_TOKEN = "wll-user-token"
"""`MEMBER`'s own, standing in for the tenant's JWT."""
OTHER_TOKEN = "wll-other-token"

MEMBER, MEMBER_ACCOUNT = "0b0f6f0e-55d1-4d0a-9a75-1f1f5d0c7a01", "4821075"
MEMBER_AUTH = "auth|m-1001"
MEMBER_PROFILE = {
    "givenName": "Mieke",
    "familyName": "Vermeulen",
    "emailAddress": "mieke@example.test",
}
SECOND, SECOND_ACCOUNT = "0b0f6f0e-55d1-4d0a-9a75-1f1f5d0c7a02", "4821076"
SECOND_AUTH = "auth|m-1002"
NO_AUTH = "0b0f6f0e-55d1-4d0a-9a75-1f1f5d0c7a03"
OTHER_MEMBER, OTHER_MEMBER_AUTH = "0b0f6f0e-55d1-4d0a-9a75-1f1f5d0c7a04", "auth|o-1"

FIVE_OFF = "c2a4c7f2-3c0e-4c19-9b52-5c1b3ad1e001"
"""5.00 off the basket, for 250 points; one-time codes, like all that say no other."""
HALF_COFFEE = "c2a4c7f2-3c0e-4c19-9b52-5c1b3ad1e002"
"""50 % off the product `COFFEE`."""
FIXED_TEA = "c2a4c7f2-3c0e-4c19-9b52-5c1b3ad1e003"
"""The product `TEA` for 1.00."""
TWO_DISCOUNTS = "c2a4c7f2-3c0e-4c19-9b52-5c1b3ad1e004"
"""1.00 off and 10 % off `COFFEE`."""
ONE_VENUE = "c2a4c7f2-3c0e-4c19-9b52-5c1b3ad1e005"
"""2.00 off in `VENUE` only."""
TILL_ARTICLE = "c2a4c7f2-3c0e-4c19-9b52-5c1b3ad1e006"
"""Names articles of the till's, as a comma list in `sku`."""
POOL = "c2a4c7f2-3c0e-4c19-9b52-5c1b3ad1e007"
"""Codes of a pool that is known to the API, so there before the redemption."""
OWN_POOL = "c2a4c7f2-3c0e-4c19-9b52-5c1b3ad1e008"
"""Codes of a pool the till checks by itself: to the API they do not exist."""
STATIC, STATIC_CODE = "c2a4c7f2-3c0e-4c19-9b52-5c1b3ad1e009", "WELCOME"
"""One code for every member: to the API it does not exist."""
STRANGE = "c2a4c7f2-3c0e-4c19-9b52-5c1b3ad1e010"
"""A discount of a type no document names."""
HUMAN = "c2a4c7f2-3c0e-4c19-9b52-5c1b3ad1e011"
"""Readable codes, made when the benefit is."""
GIFT_CARD = "c2a4c7f2-3c0e-4c19-9b52-5c1b3ad1e012"
"""Not in wallets."""
DEAR = "c2a4c7f2-3c0e-4c19-9b52-5c1b3ad1e013"
"""5000 points: more than anybody has."""
COFFEE, TEA, VENUE = "SKU-1", "SKU-2", "store-12"

BENEFIT, BENEFIT_CODE = "7f0a9d3e-8e0c-4a52-8a36-0d2b6f9f0b11", "PROMO-7HD3XQ"
REDEEMED, REDEEMED_CODE = "7f0a9d3e-8e0c-4a52-8a36-0d2b6f9f0b12", "PROMO-REDEEMED"
VALIDATED, VALIDATED_CODE = "7f0a9d3e-8e0c-4a52-8a36-0d2b6f9f0b13", "PROMO-VALIDATED"
BURNED, BURNED_CODE = "7f0a9d3e-8e0c-4a52-8a36-0d2b6f9f0b14", "PROMO-BURNED"
EXPIRED, EXPIRED_CODE = "7f0a9d3e-8e0c-4a52-8a36-0d2b6f9f0b15", "POOL-EXPIRED"
"""Issued and never redeemed in time; of `POOL`, so its code is known."""
REDEEMED_LONG_AGO, REDEEMED_LONG_AGO_CODE = "7f0a9d3e-8e0c-4a52-8a36-0d2b6f9f0b16", "PROMO-OLD"
"""Redeemed, and past its `expiresAt`: still good by the documented rule."""
HALF_COFFEE_CODE, FIXED_TEA_CODE = "PROMO-HALF", "PROMO-FIXED"
TWO_DISCOUNTS_CODE, ONE_VENUE_CODE = "PROMO-TWO", "PROMO-VENUE"
TILL_ARTICLE_CODE, STRANGE_CODE = "PROMO-ARTICLE", "PROMO-STRANGE"
POOL_BENEFIT, POOL_CODE = "7f0a9d3e-8e0c-4a52-8a36-0d2b6f9f0b17", "POOL-0001"
"""Issued, so its code is known but not valid yet."""
OWN_POOL_CODE = "TILL-0001"
HUMAN_CODE = "BLUE-HORSE-42"
GIFT_CARD_BENEFIT = "7f0a9d3e-8e0c-4a52-8a36-0d2b6f9f0b18"

SPEND_TYPE, REFUND_TYPE, SALE_TYPE = "REDEEMED_POINTS", "POINTS_REFUND", "POS_SALE"
IDLE_TYPE = "VISITED_STORE"
"""Has no reactor."""
PRIVATE_TYPE = "STAFF_CREDIT"
"""For admin tokens only; +points."""
SPEND_REACTOR = "e0b7f1de-6d43-4f2f-9a24-7d8f3c9f1a55"
GENEROUS_TOTAL = 100_00
"""An order from here on also gives a `FIVE_OFF` voucher."""
RATE_SETTING, RATE = "pointsRedemptionRate", {"points": 100, "minorUnits": 100}
PAST, FUTURE = "2020-01-01T00:00:00.000Z", "2099-12-31T23:59:59.000Z"


def _reward(id: str, name: str, *discounts: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"id": id, "name": name, "discounts": list(discounts)} | more


def _off(value: int, **more: Any) -> dict[str, Any]:
    return {"type": "ABSOLUTE", "value": value} | more


def _voucher(reward: str, code: str, state: str = "REDEEMED", **more: Any) -> dict[str, Any]:
    return {"reward": reward, "code": code, "state": state} | more


_POINTS = {"points": "positive"}
_SALE = {"transactionId": "text", "total": "integer"}
_SPEND = {"event_type": SPEND_TYPE, "name": "Spend points", "multiplier": -1}
_EARN = {"field": "total", "divisor": 100}
_FULL_POINTS = {"points": 500, "lifetime": 2300, "loyalty_cost": 1500}
_OTHER = {"tenant": OTHER_TENANT}

WLL: dict[str, Any] = {
    "tenants": [
        {"name": TENANT, "api_key": API_KEY},
        {"name": OTHER_TENANT, "api_key": OTHER_API_KEY, "receipts": False},
    ],
    "clients": [
        {"client_id": CLIENT_ID, "secret": CLIENT_SECRET},
        {"client_id": READ_CLIENT_ID, "secret": READ_CLIENT_SECRET, "may_write": False},
        {"client_id": OTHER_CLIENT_ID, "secret": OTHER_CLIENT_SECRET} | _OTHER,
    ],
    "rewards": [
        _reward(FIVE_OFF, "5.00 off", _off(500), price=250, value=500, expires_at=FUTURE),
        _reward(HALF_COFFEE, "Half", {"type": "PERCENTAGE", "value": 50, "productSku": COFFEE}),
        _reward(FIXED_TEA, "Tea 1.00", {"type": "FIXED", "value": 100, "productSku": TEA}),
        _reward(
            TWO_DISCOUNTS,
            "Two in one",
            _off(100),
            {"type": "PERCENTAGE", "value": 10, "productSku": COFFEE},
        ),
        _reward(ONE_VENUE, "2.00 off here", _off(200, venues=[{"id": VENUE}])),
        _reward(TILL_ARTICLE, "Till's own", _off(100, sku="ART-1,ART-2")),
        _reward(POOL, "Pool", _off(300), code_type="POOL"),
        _reward(OWN_POOL, "Till's pool", _off(300), code_type="POOL", integrated=False),
        _reward(STATIC, "Welcome", _off(100), code_type="STATIC", static_code=STATIC_CODE),
        _reward(STRANGE, "Strange", {"type": "BUNDLE", "value": 3}),
        _reward(HUMAN, "Readable", _off(150), code_type="HUMAN"),
        _reward(GIFT_CARD, "Gift card", type="GIFT_CARD", value=1000),
        _reward(DEAR, "Dinner", _off(5000), price=5000),
    ],
    "users": [
        {
            "id": MEMBER,
            "account_number": MEMBER_ACCOUNT,
            "auth_identifier": MEMBER_AUTH,
            "profile": MEMBER_PROFILE,
            "vouchers": [
                _voucher(FIVE_OFF, BENEFIT_CODE, "ISSUED", id=BENEFIT),
                _voucher(FIVE_OFF, REDEEMED_CODE, id=REDEEMED),
                _voucher(FIVE_OFF, VALIDATED_CODE, "VALIDATED", id=VALIDATED),
                _voucher(FIVE_OFF, BURNED_CODE, "BURNED", id=BURNED),
                _voucher(POOL, EXPIRED_CODE, "ISSUED", id=EXPIRED, expires_at=PAST),
                _voucher(FIVE_OFF, REDEEMED_LONG_AGO_CODE, id=REDEEMED_LONG_AGO, expires_at=PAST),
                _voucher(HALF_COFFEE, HALF_COFFEE_CODE),
                _voucher(FIXED_TEA, FIXED_TEA_CODE),
                _voucher(TWO_DISCOUNTS, TWO_DISCOUNTS_CODE),
                _voucher(ONE_VENUE, ONE_VENUE_CODE),
                _voucher(TILL_ARTICLE, TILL_ARTICLE_CODE),
                _voucher(STRANGE, STRANGE_CODE),
                _voucher(POOL, POOL_CODE, "ISSUED", id=POOL_BENEFIT),
                _voucher(OWN_POOL, OWN_POOL_CODE),
                {"reward": STATIC, "state": "REDEEMED"},
                _voucher(HUMAN, HUMAN_CODE, "ISSUED"),
                {"reward": GIFT_CARD, "id": GIFT_CARD_BENEFIT},
            ],
        }
        | _FULL_POINTS,
        {
            "id": SECOND,
            "account_number": SECOND_ACCOUNT,
            "auth_identifier": SECOND_AUTH,
            "points": 40,
            "tier": "Silver",
        },
        {"id": NO_AUTH, "auth_identifier": None, "restricted": True},
        {"id": OTHER_MEMBER, "auth_identifier": OTHER_MEMBER_AUTH, "points": 200} | _OTHER,
    ],
    "tokens": [
        {"token": TOKEN},
        {"token": READ_TOKEN, "may_write": False},
        {"token": USER_TOKEN, "user": MEMBER},
        {"token": OTHER_TOKEN} | _OTHER,
    ],
    "event_types": [
        {"name": SPEND_TYPE, "payload": _POINTS},
        {"name": REFUND_TYPE, "payload": _POINTS},
        {"name": SALE_TYPE, "payload": _SALE},
        {"name": IDLE_TYPE},
        {"name": PRIVATE_TYPE, "payload": _POINTS, "private": True},
        {"name": SPEND_TYPE, "payload": _POINTS} | _OTHER,
        {"name": SALE_TYPE, "payload": _SALE} | _OTHER,
    ],
    "reactors": [
        {"id": SPEND_REACTOR} | _SPEND,
        {"event_type": REFUND_TYPE, "name": "Refund points"},
        {"event_type": SALE_TYPE, "name": "Earn on sales"} | _EARN,
        {"event_type": "ORDER_PLACED", "name": "Earn on orders"} | _EARN,
        {
            "event_type": "ORDER_PLACED",
            "name": "Thank generous orders",
            "field": "total",
            "least": GENEROUS_TOTAL,
            "reward": FIVE_OFF,
        },
        {"event_type": PRIVATE_TYPE, "name": "Credit by staff"},
        _SPEND | _OTHER,
        {"event_type": SALE_TYPE, "name": "Earn on sales"} | _EARN | _OTHER,
    ],
    "settings": [{"name": RATE_SETTING, "value": RATE}],
}
