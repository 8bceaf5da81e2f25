"""Requests and answers that integrators can copy.

Cards, codes and customers are those of the sandbox, so that each request can be sent to
`tillsaga dev` as it is; the tests send every one of them to a real shop.
"""

from pydantic import JsonValue

from tillsaga.domain.model import Json

_ID = "chk_9T3M2K7QW4RB5X8Z"
_ME = f"/v1/checkouts/{_ID}"

BASKET: Json = {
    "id": "0b7c6f0e-6f0e-4a3b-9a55-1f6f2f1f0a01",
    "currency": "EUR",
    "lines": [
        {
            "line_id": "1",
            "type": "product",
            "sku": "FW-350",
            "title": "Flat white",
            "quantity": "2",
            "unit_amount": 350,
            "categories": ["drinks"],
        }
    ],
    "charges": [],
}

OPEN: Json = {
    "store_id": "ams-1",
    "terminal_id": "till-2",
    "cashier_id": "c-17",
    "basket": BASKET,
    "identifiers": [{"type": "card", "value": "CARD-1", "consent": False}],
}

OPEN_WITH_CODES: Json = {
    "store_id": "ams-1",
    "terminal_id": "till-2",
    "basket": BASKET,
    "codes": ["CARD-1", "FREECOFFEE-ANN"],
}

CLOSED_BILL: Json = {
    "store_id": "ams-1",
    "terminal_id": "till-2",
    "receipt_number": "000481",
    "basket": BASKET,
    "mode": "closed_bill",
    "occurred_at": "2026-03-01T09:12:00Z",
    "identifiers": [{"type": "card", "value": "CARD-1"}],
    "codes": ["E55010001"],
    "offers": [{"code": "FREECOFFEE-ANN", "discount_amount": 350}],
    "payments": [{"type": "card", "amount": 350, "reference": "psp-7781"}],
}

CHECKOUT: Json = {
    "id": _ID,
    "previous_id": None,
    "status": "open",
    "version": 4,
    "instruction": None,
    "store_id": "ams-1",
    "terminal_id": "till-2",
    "cashier_id": "c-17",
    "receipt_number": None,
    "currency": "EUR",
    "basket": {
        "id": "0b7c6f0e-6f0e-4a3b-9a55-1f6f2f1f0a01",
        "currency": "EUR",
        "lines": [
            {
                "line_id": "1",
                "type": "product",
                "sku": "FW-350",
                "title": "Flat white",
                "quantity": "2",
                "unit_amount": 350,
                "categories": ["drinks"],
                "discount_amount": 350,
                "total_amount": 350,
            }
        ],
        "charges": [],
    },
    "members": [
        {
            "provider": "leat",
            "member_id": "c-7f1",
            "tier": "Gold",
            "points": 120,
            "prepaid_amount": 2500,
        }
    ],
    "offers": [
        {
            "id": "leat:voucher:v-1",
            "provider": "leat",
            "kind": "voucher",
            "title": "Free coffee",
            "code": "****-ANN",
            "cost_points": 0,
            "missing_points": 0,
            "min_spend_amount": None,
            "image_url": None,
            "expires_at": None,
            "discount": {"type": "free_item", "skus": ["FW-350"]},
            "saving_amount": 350,
            "status": "held",
            "hold_expires_at": "2026-03-01T11:00:00Z",
            "refusal": None,
        }
    ],
    "tenders": [
        {
            "id": "tnd_1",
            "type": "giftcard",
            "provider": "leat",
            "reference": "****3ABC",
            "amount": 200,
            "points": None,
            "status": "charged",
            "balance_after_amount": 1800,
        }
    ],
    "totals": {
        "basket_amount": 700,
        "discount_amount": 350,
        "fees_amount": 0,
        "tax_amount": 0,
        "tender_amount": 200,
        "paid_amount": 0,
        "due_amount": 150,
    },
    "payments": [],
    "effects": [
        {
            "id": "lock_voucher:leat:v-1#1",
            "operation": "lock_voucher",
            "provider": "leat",
            "status": "applied",
            "reversibility": "reversible",
            "amount": None,
            "reference": "v-1",
            "attempts": 1,
            "reversed_by": None,
        }
    ],
    "earned": [],
    "degraded": [],
    "attention": [],
    "give_back": [],
    "created_at": "2026-03-01T10:00:00Z",
    "updated_at": "2026-03-01T10:00:04Z",
    "expires_at": "2026-03-01T10:15:00Z",
    "links": {
        "self": _ME,
        "events": f"{_ME}/events",
        "receipt": f"{_ME}/receipt",
        "audit": f"{_ME}/audit",
        "workflow": f"http://localhost:8233/namespaces/default/workflows/{_ID}",
    },
}

CHECKOUTS: Json = {"data": [CHECKOUT], "next_cursor": None}

PLAN: Json = {
    "data": [
        {
            "operation": "lock_voucher",
            "provider": "leat",
            "stage": "hold",
            "status": "applied",
            "reversibility": "reversible",
            "amount": None,
        },
        {"operation": "payment", "amount": 150, "stage": "pivot"},
        {
            "operation": "redeem_voucher",
            "provider": "leat",
            "stage": "commit",
            "status": "planned",
            "reversibility": "irreversible",
            "amount": None,
        },
    ],
    "next_cursor": None,
}

IDENTIFIER: Json = {"type": "email", "value": "ann@example.test", "consent": True}
CLAIM: Json = {"type": "card", "value": "CARD-1"}
OFFER: Json = {"code": "FREECOFFEE-ANN"}
TENDER: Json = {"type": "giftcard", "reference": "HT123ABC", "amount": 200}
READY: Json = {"payment_flow": "two_step"}
PAYMENT: Json = {"status": "authorized", "type": "card", "amount": 150, "reference": "psp-7781"}
CORRECTION: Json = {
    "status": "captured",
    "type": "cash",
    "amount": 150,
    "reference": "psp-7781",
    "reason": "the customer paid cash after all",
}
RELEASE: Json = {"reason": "the till was switched off"}
HOLDS: Json = {
    "data": [
        {
            "id": f"{_ID}:lock_voucher:leat:v-1#1",
            "effect_id": "lock_voucher:leat:v-1#1",
            "checkout_id": _ID,
            "store_id": "ams-1",
            "provider": "leat",
            "operation": "lock_voucher",
            "reference": "****-1",
            "amount": None,
            "currency": "EUR",
            "since": "2026-03-01T10:00:01.000Z",
            "age_seconds": 4210,
            "checkout_status": "open",
            "state": "held",
            "releasable": True,
            "not_releasable": None,
            "attention_id": None,
        }
    ],
    "next_cursor": None,
}
GUESSES: Json = {
    "data": [
        {
            "store_id": "ams-1",
            "caller": "key_5a1e0c9d7f3b2a64",
            "since": "2026-03-01T10:04:11.000Z",
            "failures": 0,
            "strikes": 1,
            "last_failed_at": "2026-03-01T10:04:11.000Z",
            "blocked_until": "2026-03-01T10:05:11.000Z",
            "pauses": True,
        }
    ],
    "next_cursor": None,
}
ERASE: Json = {
    "provider": "leat",
    "member_id": "c-b0b",
    "values": ["bob@example.test"],
}
ERASING: Json = {
    "id": "ers_5f0c9d",
    "provider": "leat",
    "store_ids": ["ams-1"],
    "status": "running",
    "created_at": "2026-03-01T10:00:00.000Z",
    "ended_at": None,
    "erased": None,
    "left": [],
}
ERASED: Json = {
    **ERASING,
    "status": "done",
    "ended_at": "2026-03-01T10:00:04.000Z",
    "erased": {"checkouts": 12, "effects": 31, "payments": 0, "idempotency_keys": 58},
}
CANCEL: Json = {"reason": "customer left"}
NOTHING: Json = {}

LOOK_UP: Json = {"store_id": "ams-1", "kind": "giftcard", "value": "HT123ABC"}
LOOKED_UP: Json = {
    "kind": "giftcard",
    "provider": "leat",
    "masked": "****3ABC",
    "balance_amount": 1800,
    "currency": "EUR",
    "active": True,
    "sellable": False,
    "expires_at": None,
}
SCAN: Json = {"value": "FREECOFFEE-ANN"}
STORE_SCAN: Json = {"store_id": "ams-1", "value": "FREECOFFEE-ANN"}
SCANNED: Json = {
    "candidates": [
        {
            "provider": "leat",
            "kind": "voucher",
            "operation": "offers",
            "body": {"code": "FREECOFFEE-ANN"},
        }
    ]
}
PORTAL: Json = {"provider": "leat"}
PORTAL_SESSION: Json = {
    "kind": "portal",
    "provider": "leat",
    "url": "https://portal.example/session/5f2c",
}

PICKED: Json = {
    "uid": "0b7c6f0e-6f0e-4a3b-9a55-1f6f2f1f0a01",
    "reference": "R2 OFF / V-1",
    "store_id": "S-014",
    "terminal_id": "T2",
    "transaction_id": "0b7c6f0e-6f0e-4a3b-9a55-1f6f2f1f0a01",
    "original_amount": "7.00",
    "discount_amount": "2.00",
    "remaining_amount": "5.00",
    "vouchers": [{"_id": "v-1", "title": "R2 off", "apply_to": "BASKET", "discount": 2}],
}
APPENDED: Json = {
    "success": True,
    "message": "Vouchers applied",
    "content": {
        "uid": "0b7c6f0e-6f0e-4a3b-9a55-1f6f2f1f0a01",
        "transaction_id": "0b7c6f0e-6f0e-4a3b-9a55-1f6f2f1f0a01",
        "status": "APPLIED",
        "original_amount": "7.00",
        "discount_amount": "2.00",
        "remaining_amount": "5.00",
        "reprint_required": True,
    },
}

RECEIPT: Json = {
    "checkout_id": _ID,
    "store_id": "ams-1",
    "terminal_id": "till-2",
    "cashier_id": "c-17",
    "receipt_number": None,
    "currency": "EUR",
    "lines": [
        {
            "title": "Flat white",
            "quantity": "2",
            "unit_amount": 350,
            "amount": 700,
            "discount_amount": 350,
            "total_amount": 350,
        }
    ],
    "charges": [],
    "savings": [{"source": "leat", "title": "Free coffee", "amount": 350}],
    "totals": {
        "basket_amount": 700,
        "discount_amount": 350,
        "fees_amount": 0,
        "tax_amount": 0,
        "tender_amount": 200,
        "paid_amount": 150,
        "due_amount": 0,
    },
    "tenders": [
        {
            "type": "giftcard",
            "provider": "leat",
            "reference": "****3ABC",
            "amount": 200,
            "status": "charged",
            "balance_after_amount": 1800,
        }
    ],
    "payments": [
        {
            "status": "captured",
            "type": "card",
            "amount": 150,
            "reference": "psp-7781",
            "tip_amount": 50,
            "rounding_amount": 0,
        }
    ],
    "earned": [{"provider": "leat", "points": 3, "balance_after": 123}],
    "members": [
        {
            "provider": "leat",
            "member_id": "c-7f1",
            "tier": "Gold",
            "points": 120,
            "prepaid_amount": 2500,
        }
    ],
    "references": [{"operation": "charge_giftcard", "provider": "leat", "reference": "gt-88"}],
    "sold_cards": [],
    "claim_link": "https://claims.example/c/9T3M2K7QW4",
    "slip": None,
    "give_back": [],
    "issued_at": "2026-03-01T10:00:30Z",
}

HEALTH: Json = {"status": "ok"}
READINESS: Json = {"status": "ok", "checks": {"temporal": "ok", "records": "ok"}}
METRICS = 'tillsaga_http_requests_total{operation="openCheckout",status="201"} 1.0\n'
EVENT: Json = {"event": "checkout", "id": "4", "data": '{"id": "chk_9T3M2K7QW4RB5X8Z"}'}

REFUND_ASKED: Json = {
    "refund_id": "rfd-17",
    "reason": "returned unopened",
    "lines": [{"line_id": "1", "quantity": "1"}],
    "tender_order": "reverse",
}
REFUND: Json = {
    "refund_id": "rfd-17",
    "checkout_id": _ID,
    "status": "completed",
    "reason": "returned unopened",
    "approved_by": None,
    "currency": "EUR",
    "lines": [{"line_id": "1", "quantity": "1", "amount": 175}],
    "amount": 175,
    "reversals": [
        {
            "provider": "leat",
            "operation": "return_lines",
            "status": "reversed",
            "amount": 175,
            "points": -1,
        }
    ],
    "give_back": [{"payment_id": "pay_1", "type": "card", "amount": 175}],
    "attention": [],
    "created_at": "2026-03-02T09:12:00.000Z",
}
REFUNDS: Json = {"data": [REFUND], "next_cursor": None}
REFUND_PLANNED: Json = {
    **REFUND,
    "status": "pending",
    "reversals": [
        {
            "provider": "leat",
            "operation": "return_lines",
            "status": "planned",
            "amount": 175,
            "points": -1,
        }
    ],
}

RETURN_ASKED: Json = {
    "refund_id": "ret-17",
    "store_id": "ams-1",
    "terminal_id": "till-2",
    "cashier_id": "c-17",
    "currency": "EUR",
    "lines": [{"line_id": "1", "sku": "FW-350", "title": "Flat white", "unit_amount": 350}],
    "identifiers": [{"type": "card", "value": "CARD-1"}],
    "reason": "no receipt",
    "approved_by": "m-3",
    "payment_type": "cash",
}
RETURN: Json = {
    **REFUND,
    "refund_id": "ret-17",
    "reason": "no receipt",
    "approved_by": "m-3",
    "lines": [{"line_id": "1", "quantity": "1", "amount": 350}],
    "amount": 350,
    "reversals": [
        {
            "provider": "leat",
            "operation": "return_goods",
            "status": "reversed",
            "amount": 350,
            "points": -3,
        }
    ],
    "give_back": [{"type": "cash", "amount": 350}],
}
RETURN_PLANNED: Json = {
    **RETURN,
    "status": "pending",
    "reversals": [
        {
            "provider": "leat",
            "operation": "return_goods",
            "status": "planned",
            "amount": 350,
            "points": -3,
        }
    ],
}
REFUND_RECEIPT: Json = {
    "refund_id": "rfd-17",
    "checkout_id": _ID,
    "store_id": "ams-1",
    "terminal_id": "till-2",
    "cashier_id": "c-17",
    "receipt_number": "000481",
    "currency": "EUR",
    "status": "completed",
    "reason": "returned unopened",
    "approved_by": None,
    "amount": 375,
    "lines": [{"line_id": "1", "title": "Flat white", "quantity": "1", "amount": 375}],
    "tenders": [
        {
            "type": "giftcard",
            "provider": "leat",
            "reference": "****3ABC",
            "amount": 200,
            "status": "reversed",
            "balance_after_amount": 2000,
        }
    ],
    "give_back": [{"payment_id": "pay_1", "type": "card", "amount": 175, "reference": "psp-7781"}],
    "points": [{"provider": "leat", "points": -1, "balance_after": 122, "status": "reversed"}],
    "references": [{"operation": "return_lines", "provider": "leat", "reference": "or-1"}],
    "open_cases": [],
    "issued_at": "2026-03-02T09:12:00.000Z",
}
RESOLUTION: Json = {
    "action": "settled_by_hand",
    "actor": "kim",
    "reason": "the customer was given the money back in cash",
}
OWNERSHIP: Json = {"owner": "kim"}
_CASE: Json = {
    "checkout_id": _ID,
    "store_id": "ams-1",
    "id": "att_1",
    "code": "undo_failed",
    "effect_id": "charge_giftcard:leat:gc-1#1",
    "detail": "charge the gift card: the card is blocked",
    "amount": 200,
    "opened_at": "2026-03-01T10:02:00.000Z",
    "allowed_actions": ["retry", "accept_loss", "settled_by_hand"],
    "owner": None,
    "age_seconds": 5400,
    "asked": {
        "operation": "charge_giftcard",
        "provider": "leat",
        "subject": "gc-1",
        "amount": 200,
        "key": f"{_ID}/charge_giftcard/leat/gc-1#1",
        "attempts": 1,
        "started_at": "2026-03-01T10:00:05.000Z",
        "last_started_at": "2026-03-01T10:00:05.000Z",
    },
    "answered": {
        "state": "applied",
        "code": None,
        "detail": None,
        "attempts": 1,
        "last_ended_at": "2026-03-01T10:00:05.200Z",
        "reference": "gt-88",
        "undo": {
            "state": "manual",
            "code": "vendor_refused",
            "detail": "the card is blocked",
            "attempts": 1,
            "last_ended_at": "2026-03-01T10:02:00.000Z",
            "reference": None,
        },
    },
}
CASES: Json = {"data": [_CASE], "next_cursor": None}
CASE: Json = {
    **_CASE,
    "books": {
        "says": "happened",
        "reference": "gt-88",
        "points": None,
        "amount": 1800,
        "detail": None,
        "asked_at": "2026-03-01T11:32:00.000Z",
    },
}
RECONCILIATIONS: Json = {
    "data": [
        {
            "store_id": "ams-1",
            "day": "2026-03-01",
            "provider": "leat",
            "kind": "leat",
            "compared": 4211,
            "read": 4230,
            "counts": {"wrong_amount": 1},
            "differences": [
                {
                    "kind": "wrong_amount",
                    "ledger": "giftcard",
                    "ours": {
                        "key": f"{_ID}/charge_giftcard/leat/gc-1#1",
                        "side": "do",
                        "state": "done",
                        "id": "gt-88",
                        "amount": -200,
                        "customer": "gc-1",
                        "parts": {},
                        "since": "2026-03-01T10:00:04.120Z",
                        "until": "2026-03-01T10:00:04.390Z",
                    },
                    "theirs": [
                        {
                            "ledger": "giftcard",
                            "id": "gt-88",
                            "mark": f"{_ID}/charge_giftcard/leat/gc-1#1",
                            "amount": -100,
                            "customer": "gc-1",
                            "parts": None,
                            "at": "2026-03-01T10:00:04.000Z",
                        }
                    ],
                }
            ],
            "open": 0,
            "open_keys": [],
            "unreadable": [],
            "read_at": "2026-03-02T03:00:11.842Z",
        }
    ],
    "next_cursor": None,
}


def _event(kind: str, data: Json, **changes: JsonValue) -> Json:
    """Show what is posted."""
    told: Json = {**data, **changes}
    return {"type": kind, "timestamp": "2026-03-01T10:00:04.000Z", "data": told}


_TOLD: Json = {**CHECKOUT, "links": {"self": _ME}}
_CASES: list[JsonValue] = [
    {
        "id": "att_1",
        "code": "undo_failed",
        "effect_id": "charge_giftcard:leat:gc-1#1",
        "detail": "charge the gift card: the card is blocked",
        "amount": 200,
        "opened_at": "2026-03-01T10:00:04.000Z",
        "allowed_actions": ["retry", "accept_loss", "settled_by_hand"],
        "owner": None,
    }
]
CHECKOUT_COMPLETED: Json = _event("checkout.completed", _TOLD, status="completed", version=7)
CHECKOUT_CANCELLED: Json = _event("checkout.cancelled", _TOLD, status="cancelled", version=6)
CHECKOUT_EXPIRED: Json = _event("checkout.expired", _TOLD, status="expired", version=5)
CHECKOUT_OFFERS_APPENDED: Json = _event("checkout.offers_appended", _TOLD, version=5)
CHECKOUT_ATTENTION_REQUIRED: Json = _event(
    "checkout.attention_required", _TOLD, status="cancelled", version=6, attention=_CASES
)
REFUND_COMPLETED: Json = _event(
    "refund.completed",
    REFUND,
    status="completed",
    version=9,
    links={"self": f"/v1/refunds/{REFUND['refund_id']}"},
)
_DELIVERY: Json = {
    "id": "whd_5f0c9d1be2a84c6f9d3e7a10",
    "type": "checkout.completed",
    "store_id": "ams-1",
    "checkout_id": _ID,
    "refund_id": None,
    "version": 7,
    "endpoint": {
        "id": "whe_8a1f2c3d4e5f6071",
        "url": "https://pos.example.com/hooks",
        "disabled_at": None,
    },
    "status": "pending",
    "attempts": 2,
    "response_status": 503,
    "failure": None,
    "note": "HTTP 503",
    "created_at": "2026-03-01T10:00:04.120Z",
    "last_attempt_at": "2026-03-01T10:00:09.480Z",
    "ended_at": None,
}
WEBHOOK_DELIVERIES: Json = {"data": [_DELIVERY], "next_cursor": None}
WEBHOOK_DELIVERY: Json = {**_DELIVERY, "payload": CHECKOUT_COMPLETED}
AUDIT: Json = {
    "checkout_id": _ID,
    "entries": [
        {
            "number": 14,
            "at": "2026-03-01T10:00:04.390Z",
            "kind": "effect",
            "actor": "worker",
            "reason": None,
            "summary": "leat charge_giftcard (effect 12) applied, attempt 1, amount 200, "
            "transaction id gt-88",
            "facts": {
                "effect": 12,
                "operation": "charge_giftcard",
                "provider": "leat",
                "side": "do",
                "state": "applied",
                "attempt": 1,
                "amount": 200,
                "transaction_id": "gt-88",
            },
            "hash": "5f2b7d0c1a94e8f36b0d2c7a9e4581f3c6d7b8a90e1f2d3c4b5a69788f7e6d5c",
        },
        {
            "number": 15,
            "at": "2026-03-01T10:21:40.002Z",
            "kind": "message",
            "actor": "mia",
            "reason": "the customer kept the card",
            "summary": "resolve_attention, action accept_loss, item att_1: the customer kept the "
            "card",
            "facts": {
                "message": "resolve_attention",
                "number": 3,
                "action": "accept_loss",
                "item": "att_1",
            },
            "hash": "c04e1b7a2f5d8093e6b1a4c7d0f3926885b1e4a7d0c3f69285b8e1d4a7c0f396",
        },
    ],
    "head": "c04e1b7a2f5d8093e6b1a4c7d0f3926885b1e4a7d0c3f69285b8e1d4a7c0f396",
    "verified": True,
    "findings": [],
    "next_after": None,
}
