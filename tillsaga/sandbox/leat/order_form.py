"""Reading an order as it is sent, and what it earns (sheet 3.9).

Amounts are whole numbers in the currency's smallest unit.
"""

import secrets

from tillsaga.sandbox.books import Record
from tillsaga.sandbox.wire import Fields, Invalid

STATUSES = ("CREATED", "PENDING", "COMPLETED", "CANCELLED")
PAYMENT_STATUSES = ("UNPAID", "PENDING", "PAID")
PAYMENTS = ("GIFTCARD_TRANSACTION", "PREPAID_TRANSACTION")
LINE_RESULTS = (*PAYMENTS, "VOUCHER")
OFFERS = ("REWARD_REDEMPTION", "COLLECTABLE_REWARD_REDEMPTION", "VOUCHER_REDEMPTION")
DECIMALS = {"JPY": 0, "KRW": 0, "CLP": 0, "ISK": 0, "BHD": 3, "KWD": 3, "TND": 3}
"""How many decimals a currency's smallest unit has, where it is not two."""


def new_part_id() -> str:
    """Make the id of an order part: digits only, as the vendor's recordings show."""
    return str(secrets.randbelow(9 * 10**11) + 10**11)


def _name(fields: Fields, key: str, required: bool) -> str | None:
    return fields.text(key) if required else fields.text_or_none(key)


def _line(fields: Fields, ids: bool) -> Record:
    discount = fields.whole_or_none("discount_amount") or 0
    line: Record = {
        "uuid": new_part_id(),
        "external_identifier": _name(fields, "external_identifier", ids),
        "name": fields.text("name"),
        "quantity": fields.whole("quantity", least=0),
        "price": fields.whole("price"),
        "total_amount": fields.whole("total_amount"),
        "discount_amount": discount,
        "product": None,
    }
    if fields.mapping("product"):
        # An unknown product is created, named after the line.
        product = fields.inner("product")
        known_as = _name(product, "external_identifier", ids)
        line["product"] = {"external_identifier": known_as, "name": line["name"]}
    return line


def _line_with_subs(fields: Fields, ids: bool) -> Record:
    _reference(fields, "result", LINE_RESULTS)
    subs = [_line(row, ids) for row in fields.rows("sub_line_items")]
    return _line(fields, ids) | {"sub_line_items": subs}


def _reference(fields: Fields, name: str, types: tuple[str, ...]) -> None:
    """Check a link to something done elsewhere; it is recorded, never carried out."""
    if fields.mapping(name):
        linked = fields.inner(name)
        linked.text("uuid")
        linked.choice("type", types)


def _discount(fields: Fields, ids: bool) -> Record:
    _name(fields, "external_identifier", ids)
    fields.text("name")
    fields.text("applied_to")
    _reference(fields, "offer", OFFERS)
    return fields.values | {"uuid": new_part_id(), "amount": fields.whole("amount")}


def _charge(fields: Fields, ids: bool) -> Record:
    _name(fields, "external_identifier", ids)
    fields.text("name")
    if fields.mapping("charge_definition"):
        fields.inner("charge_definition").text("external_identifier")
    return fields.values | {
        "uuid": new_part_id(),
        "total_amount": fields.whole("total_amount"),
        "discount_amount": fields.whole_or_none("discount_amount") or 0,
    }


def read_parts(fields: Fields, *, ids: bool = True) -> Record:
    """Read lines, discounts and charges; without `ids` external ids may be left out."""
    if not fields.rows("line_items"):
        raise fields.invalid("line_items", "is required")
    for payment in fields.rows("payments"):
        payment.text("uuid")
        payment.choice("type", PAYMENTS)
    parts: Record = {
        "line_items": [_line_with_subs(row, ids) for row in fields.rows("line_items")],
        "applied_discounts": [_discount(row, ids) for row in fields.rows("applied_discounts")],
        "charges": [_charge(row, ids) for row in fields.rows("charges")],
    }
    _refuse_repeats(parts["line_items"], "line_items")
    _refuse_repeats(sub_lines(parts), "sub_line_items")
    return parts


def _refuse_repeats(lines: list[Record], where: str) -> None:
    ids = [line["external_identifier"] for line in lines if line["external_identifier"]]
    if len(ids) != len(set(ids)):
        raise Invalid(where, "external_identifier must be unique per line")


def sub_lines(document: Record) -> list[Record]:
    """List the sub lines of all lines."""
    return [sub for line in document["line_items"] for sub in line["sub_line_items"]]


def earning_amount(document: Record) -> int:
    """Add up what earns points: lines, sub lines and charges, less order discounts.

    A discount on lines is inside the lines' totals already. So only one applied to the
    order as a whole, without naming parts, is taken off here. `total_order_amount` is
    not looked at.
    """
    parts = [*document["line_items"], *sub_lines(document), *document["charges"]]
    total = sum(part["total_amount"] for part in parts)
    return int(total - sum(d["amount"] for d in document["applied_discounts"] if _is_order_wide(d)))


def _is_order_wide(discount: Record) -> bool:
    named = any(discount.get(part) for part in ("line_items", "sub_line_items", "charges"))
    return str(discount["applied_to"]).upper() == "ORDER" and not named


def points_for(document: Record) -> int:
    """Give one point per whole currency unit, rounded down, never below nought."""
    unit = 10 ** DECIMALS.get(document["currency"], 2)
    return int(max(0, earning_amount(document)) // unit)
