"""The Let'sTrade world a fresh sandbox starts with, by constants that tests may name.

One merchant with two stores and four customers. `LETSTRADE` describes it in the very shape
`POST /_sandbox/seed/letstrade` takes. Money is in cents (ZAR).

Codes live 10 minutes, so those of this world only serve the first 10 minutes after the
world was loaded; later ones are minted with the same seed call.
"""

from typing import Any

TOKEN = "letstrade-test-token"
"""The merchant's static bearer token."""
CALLBACK_SECRET = "letstrade-callback-secret"
"""The bearer the sandbox shows when it calls the till's append-vouchers endpoint."""
CLIENT_ID = "689000000000000000000001"

STORE, TERMINAL, OTHER_TERMINAL = "S-014", "T2", "T1"
OTHER_STORE = "S-015"
"""Has terminal `T1` only."""

THANDI = "66a000000000000000000001"
"""Wallet of 40.00 and a card: user U1 of the acceptance cases (sheet 10)."""
PIETER = "66a000000000000000000002"
"""Wallet of 10.00, known by `PIETER_CELL`; has voucher `VOUCHER_PIETER`."""
LERATO = "66a000000000000000000003"
"""A loan of up to 200.00, no wallet; one subscribed coffee left."""
SIPHO = "66a000000000000000000004"
"""Wallet of 5.00 and a card that every charge is declined on."""
CELL_COUNTRY, PIETER_CELL = "+27", "820000002"

COFFEE, COFFEE_PID = "FW-350", "p-501"
MUFFIN, MUFFIN_PID = "MUF-01", "p-777"
TEA, TEA_PID = "TEA-01", "p-502"
COMBO, COMBO_PID = "COMBO-01", "p-900"
"""A basket deal: 15.00 off when it is in the basket."""
JUICE, JUICE_PID = "JUICE-01", "p-901"
"""A product deal: 5.00 off each."""

VOUCHER_TEN = "v-1"
"""Thandi's R10 off the basket: R1 of the acceptance cases."""
VOUCHER_COFFEE = "v-2"
"""Thandi's free flat white: up to 35.00 off one `COFFEE`."""
VOUCHER_PIETER = "v-3"
VOUCHER_BURNED = "v-4"

CODE_TEN, CODE_COFFEE = "R48213907", "R48213908"
CODE_PAY, CODE_WALLET, CODE_EARN = "P77120044", "P77120045", "E55010001"
CODE_EXPIRED, CODE_USED = "E55010002", "E55010003"
CODE_PIETER, CODE_LOAN, CODE_DECLINED = "P77120046", "P77120047", "P77120048"

DEAL_COMBO, DEAL_JUICE = "d-combo", "d-juice"
SUBSCRIPTION = "sub-coffee"


def _code(code: str, user: str, **more: Any) -> dict[str, Any]:
    return {"code": code, "kind": code[0], "user_id": user} | more


LETSTRADE: dict[str, Any] = {
    "stores": [
        {"store_id": STORE, "terminals": [OTHER_TERMINAL, TERMINAL]},
        {"store_id": OTHER_STORE, "terminals": [OTHER_TERMINAL]},
    ],
    "deals": [
        {
            "deal_id": DEAL_COMBO,
            "title": "Combo",
            "level": "BASKET",
            "sku": COMBO,
            "discount_in_cents": 1500,
        },
        {"deal_id": DEAL_JUICE, "title": "Juicy", "sku": JUICE, "discount_in_cents": 500},
    ],
    "customers": [
        {
            "user_id": THANDI,
            "name": "Thandi",
            "email": "thandi@example.test",
            "cell_number": "820000001",
            "wallet_in_cents": 4000,
            "card": {},
        },
        {
            "user_id": PIETER,
            "name": "Pieter",
            "cell_number": PIETER_CELL,
            "wallet_in_cents": 1000,
        },
        {
            "user_id": LERATO,
            "name": "Lerato",
            "loan_limit_in_cents": 20_000,
            "subscriptions": [
                {
                    "redemption_id": SUBSCRIPTION,
                    "title": "Coffee club",
                    "pids": [COFFEE_PID, TEA_PID],
                    "remaining": 1,
                }
            ],
        },
        {
            "user_id": SIPHO,
            "name": "Sipho",
            "wallet_in_cents": 500,
            "card": {"declines": True},
        },
    ],
    "vouchers": [
        {
            "voucher_id": VOUCHER_TEN,
            "user_id": THANDI,
            "title": "R10 off",
            "value_in_cents": 1000,
        },
        {
            "voucher_id": VOUCHER_COFFEE,
            "user_id": THANDI,
            "title": "Free flat white",
            "apply_to": "PRODUCT",
            "sku": COFFEE,
            "quantity": "1",
            "value_in_cents": 3500,
        },
        {
            "voucher_id": VOUCHER_PIETER,
            "user_id": PIETER,
            "title": "R5 off",
            "value_in_cents": 500,
        },
        {
            "voucher_id": VOUCHER_BURNED,
            "user_id": THANDI,
            "title": "Last week's R10",
            "value_in_cents": 1000,
            "burned": True,
        },
    ],
    "codes": [
        _code(CODE_TEN, THANDI, voucher_id=VOUCHER_TEN),
        _code(CODE_COFFEE, THANDI, voucher_id=VOUCHER_COFFEE),
        _code(CODE_PAY, THANDI),
        _code(CODE_WALLET, THANDI, instruments=["wallet"]),
        _code(CODE_EARN, THANDI),
        _code(CODE_EXPIRED, THANDI, age_seconds=600),
        _code(CODE_USED, THANDI, used=True),
        _code(CODE_PIETER, PIETER),
        _code(CODE_LOAN, LERATO),
        _code(CODE_DECLINED, SIPHO),
    ],
}
