"""The basket that the till sends, made out of the one it was shown and what the cashier does.

The API shows a gift card's code masked and no recipient at all. So the page remembers those of the
lines it has sold, in itself and nowhere else; after a reload such a line is sold anew or removed.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any
from uuid import uuid4

from api.pages.pos.catalogue import article
from api.pages.pos.forms import Fields
from tillsaga.errors import Refusal

Json = dict[str, Any]
_OF_ANSWERS = ("discount_amount", "total_amount")
_SECRET = ("reference", "recipient")
MOST_OF_A_LINE = 999
Say = Callable[[str], str]
"""Says a text in the store's language: a receipt is written in it."""


def lines_of(basket: Mapping[str, Any], secrets: Mapping[str, Json]) -> list[Json]:
    """Write the lines as a request has them.

    Raises:
        Refusal: `line_not_sellable`: the page no longer knows the code of a gift card.
    """
    lines = []
    for shown in basket["lines"]:
        line = {name: value for name, value in shown.items() if name not in _OF_ANSWERS}
        if line["type"] == "giftcard_sale":
            line.pop("reference", None)
            line |= secrets.get(line["line_id"], {"lost": True})
        lines.append(line)
    return lines


def insist_on_codes(lines: list[Json]) -> None:
    """Refuse to send a gift card whose code was lost with the page.

    Raises:
        Refusal: `line_not_sellable`.
    """
    if any("lost" in line for line in lines):
        raise Refusal(
            "line_not_sellable",
            "the page was loaded anew and has forgotten the gift card's code; remove the card's "
            "line and sell it again",
        )


def with_article(lines: list[Json], sku: str, currency: str, t: Say) -> list[Json]:
    """Put one more of something into the basket.

    Raises:
        Refusal: `not_found`.
    """
    found = article(sku, currency)
    if found is None:
        raise Refusal("not_found", "the till does not sell this")
    for line in lines:
        if (line["type"], line.get("sku")) == ("product", sku):
            more = {"quantity": str(int(line["quantity"]) + 1)}
            return [line | more if one is line else one for one in lines]
    new: Json = {"type": "product", "sku": found.sku, "title": t(found.title), "quantity": "1"}
    new |= {"unit_amount": found.amount, "categories": list(found.categories)}
    return _with(lines, new)


def with_quantity(lines: list[Json], line_id: str, quantity: int) -> list[Json]:
    """Say how many of a line; none takes it out."""
    if quantity > MOST_OF_A_LINE:
        raise Refusal("invalid_request", f"at most {MOST_OF_A_LINE} of one thing")
    if quantity == 0:
        return [line for line in lines if line["line_id"] != line_id]
    return [
        line | {"quantity": str(quantity)} if line["line_id"] == line_id else line for line in lines
    ]


def with_gift_card(lines: list[Json], fields: Fields, currency: str, t: Say) -> list[Json]:
    """Sell a card: the one that was scanned, or a digital one for an e-mail address."""
    email = fields.optional("email")
    if email is None:
        said: Json = {"reference": fields.text("reference")}
    else:
        consent = fields.optional("consent") is not None
        said = {"recipient": {"email": email, "consent": consent}}
    return _with(lines, _value("giftcard_sale", t("Gift card"), fields, currency) | said)


def with_top_up(lines: list[Json], fields: Fields, currency: str, t: Say) -> list[Json]:
    """Sell credit to the customer whom the bill knows."""
    return _with(lines, _value("prepaid_topup", t("Prepaid credit"), fields, currency))


def _value(kind: str, title: str, fields: Fields, currency: str) -> Json:
    amount = fields.money("other_amount", currency)
    if amount is None:
        amount = fields.number("amount")
    return {"type": kind, "title": title, "quantity": "1", "unit_amount": amount}


def _with(lines: list[Json], new: Json) -> list[Json]:
    numbers = [int(line["line_id"]) for line in lines if line["line_id"].isdigit()]
    return [*lines, {"line_id": str(max(numbers, default=0) + 1), **new}]


def basket(lines: list[Json], currency: str, basket_id: str | None = None) -> Json:
    """Put the lines into a basket; a new one without its id.

    Raises:
        Refusal: `line_not_sellable`.
    """
    insist_on_codes(lines)
    return {"id": basket_id or str(uuid4()), "currency": currency, "lines": lines}


def secrets_of(lines: list[Json]) -> dict[str, Json]:
    """What the page has to remember of the lines that it sells."""
    known = {
        line["line_id"]: {name: line[name] for name in _SECRET if name in line}
        for line in lines
        if line["type"] == "giftcard_sale"
    }
    return {line_id: secret for line_id, secret in known.items() if secret}


def read_secrets(written: str | None) -> dict[str, Json]:
    """Read what the page remembers.

    Raises:
        Refusal: `invalid_request`.
    """
    try:
        read = json.loads(written or "{}")
    except (ValueError, RecursionError) as wrong:
        raise Refusal("invalid_request", "the page is damaged; load it again") from wrong
    known = isinstance(read, dict) and all(isinstance(one, dict) for one in read.values())
    if not known:
        raise Refusal("invalid_request", "the page is damaged; load it again")
    return {line_id: {n: s[n] for n in _SECRET if n in s} for line_id, s in read.items()}
