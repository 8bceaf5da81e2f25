"""What the cashier may do with an open bill: each form of the page as one request of our API."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from api.pages.pos import basket, payments
from api.pages.pos.bill import Bill
from api.pages.pos.forms import Fields
from tillsaga.errors import Refusal
from tillsaga.stores import Store

Json = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """A form, the bill it is about, and what the till says there in the store's language."""

    fields: Fields
    bill: Bill
    store: Store
    t: Callable[[str], str]

    @property
    def lines(self) -> list[Json]:
        """The basket's lines as a request has them."""
        if self.bill.basket is None:
            return []
        return basket.lines_of(
            self.bill.basket, basket.read_secrets(self.fields.optional("secrets"))
        )


@dataclass(frozen=True)
class Step:
    """One request, relative to the checkout; `said` tells the cashier that it is done."""

    method: str
    path: str
    body: Json | None
    said: str
    secrets: dict[str, Json] | None = None
    """What the page has to remember from then on; None: what it does already."""


class LastLine(Exception):
    """A basket is never empty: the cashier is asked whether the bill is to be cancelled."""


_PICKED = {
    "identifiers": "The customer is known.",
    "offers": "The offer is on the bill.",
    "tenders": "It pays its part.",
    "claims": "The points go to the customer.",
}


def _add(asked: Asked) -> Step:
    sku = asked.fields.text("sku")
    lines = basket.with_article(asked.lines, sku, asked.store.currency, asked.t)
    return _put(asked, lines, "Added.")


def _quantity(asked: Asked) -> Step:
    lines = basket.with_quantity(
        asked.lines, asked.fields.text("line_id"), asked.fields.number("quantity")
    )
    if not lines:
        raise LastLine
    return _put(asked, lines, "The basket is changed.")


def _gift_card(asked: Asked) -> Step:
    lines = basket.with_gift_card(asked.lines, asked.fields, asked.store.currency, asked.t)
    return _put(asked, lines, "The gift card is in the basket. It is loaded once it is paid.")


def _top_up(asked: Asked) -> Step:
    lines = basket.with_top_up(asked.lines, asked.fields, asked.store.currency, asked.t)
    return _put(asked, lines, "The top-up is in the basket. It is loaded once it is paid.")


def _put(asked: Asked, lines: list[Json], said: str) -> Step:
    known = asked.bill.basket
    sold = basket.basket(lines, asked.store.currency, known["id"] if known else None)
    return Step("PUT", "/basket", {"basket": sold}, said, basket.secrets_of(lines))


def _offer(asked: Asked) -> Step:
    body = {"offer_id": asked.fields.text("offer_id")}
    return Step("POST", "/offers", body, "The offer is on the bill.")


def _no_offer(asked: Asked) -> Step:
    offer = quote(asked.fields.text("offer_id"), safe="")
    return Step("DELETE", f"/offers/{offer}", None, "The offer is free again.")


def _tender(asked: Asked) -> Step:
    body: Json = {"type": asked.fields.text("type")}
    reference = asked.fields.optional("reference")
    amount = asked.fields.money("amount", asked.store.currency)
    body |= {"reference": reference} if reference else {}
    body |= {"amount": amount} if amount is not None else {}
    return Step("POST", "/tenders", body, "It pays its part.")


def _no_tender(asked: Asked) -> Step:
    tender = quote(asked.fields.text("tender_id"), safe="")
    return Step("DELETE", f"/tenders/{tender}", None, "It is given back.")


def _identify(asked: Asked) -> Step:
    """Who the customer is, typed in; a vendor that cannot be asked is named by the cashier."""
    value, provider = asked.fields.text("value"), asked.fields.optional("provider")
    body: Json = {"type": "email" if "@" in value else "card", "value": value}
    body |= {"provider": provider} if provider else {}
    body |= {"consent": True} if asked.fields.optional("consent") else {}
    operation = "claims" if asked.bill.status == "completed" else "identifiers"
    return Step("POST", f"/{operation}", body, _PICKED[operation])


def picked(candidate: Mapping[str, Any], is_sold: bool) -> Step:
    """Do what a scanned code stands for; on a bill that is sold, a card earns afterwards.

    Raises:
        Refusal: `invalid_request`.
    """
    operation, body = candidate.get("operation"), candidate.get("body")
    if is_sold and operation == "identifiers":
        operation = "claims"
    if operation not in _PICKED or not isinstance(body, dict):
        raise Refusal("invalid_request", "the page is damaged; load it again")
    return Step("POST", f"/{operation}", body, _PICKED[operation])


def _pick(asked: Asked) -> Step:
    try:
        candidate = json.loads(asked.fields.text("candidate"))
    except (ValueError, RecursionError) as wrong:
        raise Refusal("invalid_request", "the page is damaged; load it again") from wrong
    if not isinstance(candidate, dict):
        raise Refusal("invalid_request", "the page is damaged; load it again")
    return picked(candidate, asked.bill.status == "completed")


def _ready(asked: Asked) -> Step:
    flow = asked.fields.optional("payment_flow")
    return Step("POST", "/ready", {"payment_flow": flow} if flow else {}, "Ready to be paid.")


def _reopen(asked: Asked) -> Step:
    return Step("POST", "/reopen", {}, "The basket is open again.")


def _card(asked: Asked) -> Step:
    return _paid(payments.card(asked.bill, asked.fields))


def _known_payment(asked: Asked) -> Step:
    return _paid(payments.known(asked.bill, asked.fields))


def _cash(asked: Asked) -> Step:
    report, change = payments.cash(asked.bill, asked.fields)
    said = asked.t("Cash is in the drawer.")
    if change:
        said = f"{said} {asked.t('Change:')} {change}"
    return Step("POST", "/payments", report, said)


def _nothing(asked: Asked) -> Step:
    return _paid(payments.nothing(asked.bill, asked.fields))


_SAID_OF = {
    "authorized": "The card is authorised.",
    "captured": "It is paid.",
    "declined": "The card was declined.",
    "failed": "The payment failed.",
    "voided": "The payment is void.",
}


def _paid(report: Json) -> Step:
    return Step("POST", "/payments", report, _SAID_OF.get(report["status"], "Noted."))


def _cancel(asked: Asked) -> Step:
    body = {"reason": asked.fields.text("reason")}
    return Step("POST", "/cancel", body, "The bill is cancelled; what it held is given back.")


def _keep(asked: Asked) -> Step:
    return Step("POST", "/heartbeat", {}, "The bill stays open.")


def _refund(asked: Asked) -> Step:
    body: Json = {
        "refund_id": asked.fields.text("refund_id"),
        "reason": asked.fields.text("reason"),
    }
    if asked.fields.optional("whole") is None:
        body["lines"] = _returned(asked.fields)
    return Step("POST", "/refunds", body, "The refund is on its way.")


def _returned(fields: Fields) -> list[Json]:
    """Read which lines come back, and how many of each.

    Raises:
        Refusal: `invalid_request`.
    """
    start = "back-"
    wanted = {name.removeprefix(start): name for name in fields.sent if name.startswith(start)}
    lines = [
        {"line_id": line_id, "quantity": quantity}
        for line_id, name in wanted.items()
        if (quantity := fields.optional(name)) not in (None, "0")
    ]
    if not lines:
        raise Refusal("invalid_request", "say how many of which line come back")
    return lines


ACTIONS: Mapping[str, Callable[[Asked], Step]] = {
    "add": _add,
    "quantity": _quantity,
    "gift-card": _gift_card,
    "top-up": _top_up,
    "offer": _offer,
    "no-offer": _no_offer,
    "tender": _tender,
    "no-tender": _no_tender,
    "identify": _identify,
    "pick": _pick,
    "ready": _ready,
    "reopen": _reopen,
    "card": _card,
    "payment": _known_payment,
    "cash": _cash,
    "nothing": _nothing,
    "cancel": _cancel,
    "keep": _keep,
    "refund": _refund,
}
"""By the last part of the form's address."""


def step_of(action: str, asked: Asked) -> Step:
    """Read a form.

    Raises:
        Refusal: `not_found`: the till has no such button; or what is wrong with the form.
        LastLine: the basket would be empty.
    """
    read = ACTIONS.get(action)
    if read is None:
        raise Refusal("not_found", "the till has no such button")
    return read(asked)
