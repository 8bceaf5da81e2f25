"""The receipt on paper: plain text, 40 columns, and the QR code at its foot."""

import io
from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo
from math import ceil
from textwrap import wrap

import segno

from tillsaga.domain.model import Json
from tillsaga.domain.money import formatted

COLUMNS = 40
_RULE = "-" * COLUMNS
_QR_CODES = {
    "slip": "Scan to use your vouchers:",
    "claim_link": "Scan to collect your points:",
}
# A module is a whole number of a receipt printer's dots (203 dpi), so that its edges stay sharp.
_QR_MM, _DOTS_PER_MM, _MODULE_DOTS = 25, 8, 4
_TOTALS = ("basket", "discount", "fees", "tax")


def as_text(receipt: Json, zone: tzinfo = UTC) -> str:
    """Print the receipt, no line longer than 40 characters; `zone` is the store's."""
    paper = Paper(str(receipt["currency"]), zone)
    _head(paper, receipt)
    _sale(paper, receipt)
    _money(paper, receipt)
    _loyalty(paper, receipt)
    _foot(paper, receipt)
    return "\n".join(paper.rows) + "\n"


def to_scan(receipt: Json) -> tuple[str, str] | None:
    """Say what the customer may scan, and what for: the open bill's slip, or the claim link."""
    for name, purpose in _QR_CODES.items():
        if receipt.get(name):
            return purpose, str(receipt[name])
    return None


def as_qr(text: str) -> bytes:
    """Draw a text as a QR code on white, 25 mm wide or more, with a quiet zone of 4 modules."""
    code = segno.make(text, error="m", micro=False)
    modules = code.symbol_size()[0]
    drawn = io.BytesIO()
    code.save(
        drawn,
        kind="svg",
        scale=max(_MODULE_DOTS, ceil(_QR_MM * _DOTS_PER_MM / modules)) / _DOTS_PER_MM,
        unit="mm",
        light="#fff",
        xmldecl=False,
    )
    return drawn.getvalue()


class Paper:
    """Rows of text with amounts at the right edge."""

    def __init__(self, currency: str, zone: tzinfo) -> None:
        self.rows: list[str] = []
        self._currency = currency
        self._zone = zone

    def text(self, text: object) -> None:
        """Print a text, over as many rows as it needs."""
        self.rows.extend(wrap(_printable(text), COLUMNS) or [""])

    def rule(self) -> None:
        """Print a line across."""
        self.rows.append(_RULE)

    def row(self, left: object, right: str) -> None:
        """Print a label and a value; a long label goes on in rows of its own."""
        if len(right) > COLUMNS - 12:
            self.text(left)
            self.text(right)
            return
        room = COLUMNS - len(right) - 1
        *above, last = wrap(_printable(left), room) or [""]
        self.rows.extend(above)
        self.rows.append(f"{last:<{room}} {right}")

    def moment(self, left: object, at: object) -> None:
        """Print a label and an instant (RFC 3339), as the store's clock showed it."""
        shown = datetime.fromisoformat(str(at)).astimezone(self._zone)
        self.row(left, f"{shown:%Y-%m-%d %H:%M}")

    def amount(self, left: object, amount: object) -> None:
        """Print a label and an amount, unless it is none."""
        if isinstance(amount, int):
            self.row(left, formatted(amount, self._currency))


def _head(paper: Paper, receipt: Json) -> None:
    paper.text(f"{receipt['store_id']} · {receipt['terminal_id']}")
    if receipt.get("receipt_number"):
        paper.row("Receipt", str(receipt["receipt_number"]))
    if receipt.get("cashier_id"):
        paper.row("Cashier", str(receipt["cashier_id"]))
    paper.moment("Date", receipt["issued_at"])
    paper.rule()


def _sale(paper: Paper, receipt: Json) -> None:
    for line in items_in(receipt, "lines"):
        quantity = line["quantity"]
        title = line["title"] if quantity == "1" else f"{quantity} x {line['title']}"
        paper.amount(title, line["amount"])
    for charge in items_in(receipt, "charges"):
        paper.amount(charge.get("title") or str(charge["type"]).capitalize(), charge["amount"])
    for saving in items_in(receipt, "savings"):
        paper.amount(f"{saving['title']} ({saving['source']})", -_int(saving["amount"]))
        if saving.get("reference"):
            paper.text(saving["reference"])
    totals = receipt.get("totals")
    if isinstance(totals, dict):
        paper.rule()
        _totals(paper, totals)


def _totals(paper: Paper, totals: Json) -> None:
    saved, fees, tax = (_int(totals.get(f"{name}_amount")) for name in _TOTALS[1:])
    if fees:
        paper.amount("Fees", fees)
    if tax:
        paper.amount("Tax", tax)
    paper.amount("TOTAL", _total(totals))
    if saved:
        paper.amount("You saved", saved)


def total_of(receipt: Json) -> int:
    """Say what the goods cost after all savings, with fees and added tax, minor units."""
    totals = receipt.get("totals")
    return _total(totals) if isinstance(totals, dict) else 0


def _total(totals: Json) -> int:
    basket, saved, fees, tax = (_int(totals.get(f"{name}_amount")) for name in _TOTALS)
    return basket - saved + fees + tax


def _money(paper: Paper, receipt: Json) -> None:
    for tender in items_in(receipt, "tenders"):
        name = f"{in_words(tender['type'])} {tender.get('reference') or ''}".strip()
        if tender["status"] == "reversed":
            paper.row(name, "given back")
            continue
        paper.amount(name, tender["amount"])
        paper.amount("  balance left", tender.get("balance_after_amount"))
    for payment in items_in(receipt, "payments"):
        paper.amount(in_words(payment["type"]), payment["amount"])
        if payment.get("tip_amount"):
            paper.amount("  tip", payment["tip_amount"])
        if payment.get("rounding_amount"):
            paper.amount("  rounding", payment["rounding_amount"])
    totals = receipt.get("totals")
    if receipt.get("slip") and isinstance(totals, dict):
        paper.amount("To pay", totals["due_amount"])
    for given in items_in(receipt, "give_back"):
        paper.amount(f"To give back ({given['type']})", given["amount"])


def _loyalty(paper: Paper, receipt: Json) -> None:
    earned, members = items_in(receipt, "earned"), items_in(receipt, "members")
    for one in earned:
        if one.get("points") is not None:
            paper.row(f"Points earned ({one['provider']})", str(one["points"]))
        if one.get("balance_after") is not None:
            paper.row("  new balance", str(one["balance_after"]))
    told = {one["provider"] for one in earned if one.get("balance_after") is not None}
    for member in members:
        if member.get("points") is not None and member["provider"] not in told:
            paper.row(f"Points ({member['provider']})", str(member["points"]))


def _foot(paper: Paper, receipt: Json) -> None:
    paper.rule()
    for reference in items_in(receipt, "references"):
        if reference.get("reference"):
            paper.text(f"{reference['provider']} {reference['reference']}")
    for card in items_in(receipt, "sold_cards"):
        if card.get("code"):
            paper.row("Your gift card", str(card["code"]))
    for line in to_scan(receipt) or ():
        paper.text(line)
    paper.text(receipt["checkout_id"])


def items_in(receipt: Json, name: str) -> list[Json]:
    """Read a list of the receipt's; what is none is empty."""
    items = receipt.get(name)
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def _int(value: object) -> int:
    return value if isinstance(value, int) else 0


def in_words(name: object) -> str:
    """Write one of our names as people read it."""
    return str(name).replace("_", " ").capitalize()


def _printable(text: object) -> str:
    # A printer obeys control characters, and a title comes from outside.
    return "".join(_characters(str(text)))


def _characters(text: str) -> Iterator[str]:
    return (character if character.isprintable() else " " for character in text)
