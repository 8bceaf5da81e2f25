"""A refund's receipt on paper: plain text, 40 columns."""

from datetime import UTC, tzinfo

from api.receipts import Paper, in_words, items_in
from tillsaga.domain.model import Json

STANDING = {
    "planned": "not yet given back",
    "pending": "on its way",
    "manual": "open",
    "goodwill": "open",
}
"""How something stands that has not come back yet."""


def as_text(receipt: Json, zone: tzinfo = UTC) -> str:
    """Print the receipt, no line longer than 40 characters; `zone` is the store's."""
    paper = Paper(str(receipt["currency"]), zone)
    _head(paper, receipt)
    _goods(paper, receipt)
    _money(paper, receipt)
    _points(paper, receipt)
    _foot(paper, receipt)
    return "\n".join(paper.rows) + "\n"


def _head(paper: Paper, receipt: Json) -> None:
    paper.text(f"{receipt['store_id']} · {receipt['terminal_id']}")
    paper.row("REFUND", str(receipt["refund_id"]))
    if receipt.get("receipt_number"):
        paper.row("Of receipt", str(receipt["receipt_number"]))
    if receipt.get("cashier_id"):
        paper.row("Cashier", str(receipt["cashier_id"]))
    paper.moment("Date", receipt["issued_at"])
    if receipt.get("approved_by"):
        paper.row("Approved by", str(receipt["approved_by"]))
    paper.rule()


def _goods(paper: Paper, receipt: Json) -> None:
    for line in items_in(receipt, "lines"):
        quantity = line["quantity"]
        title = line["title"] if quantity == "1" else f"{quantity} x {line['title']}"
        paper.amount(title, line["amount"])
    paper.rule()
    paper.amount("GIVEN BACK", receipt["amount"])


def _money(paper: Paper, receipt: Json) -> None:
    for tender in items_in(receipt, "tenders"):
        name = f"To {in_words(tender['type']).lower()} {tender.get('reference') or ''}".strip()
        paper.amount(name, tender["amount"])
        standing = STANDING.get(str(tender["status"]))
        if standing is not None:
            paper.text(f"  {standing}")
        paper.amount("  new balance", tender.get("balance_after_amount"))
    for given in items_in(receipt, "give_back"):
        paper.amount(f"By the till ({given['type']})", given["amount"])


def _points(paper: Paper, receipt: Json) -> None:
    for one in items_in(receipt, "points"):
        points = one["points"]
        verb = "given back" if isinstance(points, int) and points > 0 else "taken back"
        number = abs(points) if isinstance(points, int) else points
        paper.row(f"Points {verb} ({one['provider']})", str(number))
        standing = STANDING.get(str(one["status"]))
        if standing is not None:
            paper.text(f"  {standing}")
        if one.get("balance_after") is not None:
            paper.row("  new balance", str(one["balance_after"]))


def _foot(paper: Paper, receipt: Json) -> None:
    paper.rule()
    if receipt["status"] == "pending":
        paper.text("Not finished: a vendor has still to answer. It goes on by itself.")
    for case in items_in(receipt, "open_cases"):
        paper.text(case["words"])
    for reference in items_in(receipt, "references"):
        paper.text(f"{reference['provider']} {reference['reference']}")
    paper.text(receipt["checkout_id"])
