"""The reference checkout as Leat's order, both coffees free."""

from datetime import UTC, datetime

from bench.reference import LINES, Json
from tillsaga.sandbox import world


def order_body(name: str, contact: str, charged: str, used: tuple[str, str]) -> Json:
    """Write the order; `used` are the voucher's redemption and the reward's collection."""
    lines = [_line(name, line) for line in LINES]
    gross = sum(line["price"] * line["quantity"] for line in lines)
    discount = sum(line["discount_amount"] for line in lines)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return {
        "external_identifier": name,
        "reference": name,
        "status": "COMPLETED",
        "payment_status": "PAID",
        "currency": "EUR",
        "order_amount": gross,
        "total_discount_amount": discount,
        "total_order_amount": gross - discount,
        "paid_at": now,
        "completed_at": now,
        "contact": {"uuid": contact},
        "business_profile": {"uuid": world.SHOP},
        "line_items": lines,
        "applied_discounts": _discounts(name, used),
        "charges": [],
        "payments": [{"uuid": charged, "type": "GIFTCARD_TRANSACTION"}],
    }


def _line(name: str, line: Json) -> Json:
    quantity = int(line["quantity"])
    gross = quantity * line["unit_amount"]
    discount = gross if line["sku"] == world.COFFEE else 0
    return {
        "external_identifier": f"{name}-{line['line_id']}",
        "name": line["title"],
        "quantity": quantity,
        "price": line["unit_amount"],
        "discount_amount": discount,
        "total_amount": gross - discount,
        "product": {"external_identifier": line["sku"]},
        "sub_line_items": [],
    }


def _discounts(name: str, used: tuple[str, str]) -> list[Json]:
    coffee = next(line for line in LINES if line["sku"] == world.COFFEE)
    kinds = ("VOUCHER_REDEMPTION", "COLLECTABLE_REWARD_REDEMPTION")
    return [
        {
            "external_identifier": f"{name}-discount-{n}",
            "name": "Free coffee",
            "amount": coffee["unit_amount"],
            "type": "ABSOLUTE",
            "applied_to": "ORDER_LINES",
            "line_items": [{"external_identifier": f"{name}-{coffee['line_id']}"}],
            "offer": {"uuid": uuid, "type": kind},
        }
        for n, (uuid, kind) in enumerate(zip(used, kinds, strict=True), start=1)
    ]
