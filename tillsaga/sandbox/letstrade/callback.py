"""The vendor's app: a customer picks vouchers for an open bill, and the till is called.

Sheet 6. `POST /_sandbox/letstrade/append-vouchers` makes the call to the till's own
endpoint and answers what was sent and what came back.
"""

import json
from typing import Any

import httpx
from pydantic import BaseModel, ConfigDict, HttpUrl

from tillsaga.sandbox.books import Books, Record
from tillsaga.sandbox.letstrade import money
from tillsaga.sandbox.letstrade.basket import read_basket
from tillsaga.sandbox.letstrade.bill import Bill
from tillsaga.sandbox.letstrade.form import Form
from tillsaga.sandbox.letstrade.world import CALLBACK_SECRET
from tillsaga.sandbox.vendor import SeedRefused

OPEN = ("QUOTED", "VOUCHERS_SELECTED")


class Selection(BaseModel):
    """What the customer picked, and where to tell; each selection replaces the last."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: HttpUrl
    transaction_id: str
    """The `basket.uuid` of a quote."""
    voucher_ids: list[str] = []
    reference: str | None = None
    """The slip's text; by default it is made of the vouchers."""
    secret: str | None = CALLBACK_SECRET
    """The bearer to show; null shows none."""
    overrides: dict[str, Any] = {}
    """Fields to send other than they should be."""
    timeout_seconds: float = 10


async def append_vouchers(books: Books, wanted: Record) -> Record:
    """Send a selection to the till.

    Raises:
        SeedRefused: there is no such open bill or voucher.
    """
    selection = Selection.model_validate(wanted)
    with books.transaction():
        body, picked = _body(books, selection)
    sent = body | selection.overrides
    outcome = await _post(selection, sent)
    with books.transaction():
        _keep(books, selection, picked, sent, outcome)
    return {"sent": sent} | outcome


def _body(books: Books, selection: Selection) -> tuple[Record, list[Record]]:
    query = "SELECT * FROM letstrade_baskets WHERE uuid = ?"
    basket = books.one(query, selection.transaction_id)
    if basket is None or basket["state"] not in OPEN:
        raise SeedRefused(f"there is no open bill {selection.transaction_id}")
    vouchers = [_voucher(books, one) for one in selection.voucher_ids]
    if len({voucher["user_id"] for voucher in vouchers}) > 1:
        raise SeedRefused("the vouchers belong to different users")
    shown, left = _discounted(basket, vouchers)
    body = {
        "uid": basket["uuid"],
        "reference": selection.reference or _reference(vouchers),
        "store_id": basket["store_id"],
        "terminal_id": basket["terminal_id"],
        "transaction_id": basket["uuid"],
        "original_amount": money.text(basket["total"]),
        "discount_amount": money.text(basket["total"] - left),
        "remaining_amount": money.text(left),
        "vouchers": shown,
    }
    owner = vouchers[0]["user_id"] if vouchers else None
    return body, [one | {"user_id": owner} for one in shown]


def _voucher(books: Books, voucher_id: str) -> Record:
    query = "SELECT * FROM letstrade_vouchers WHERE voucher_id = ? AND state = 'AVAILABLE'"
    found = books.one(query, voucher_id)
    if found is None:
        raise SeedRefused(f"there is no voucher {voucher_id} to use")
    return found


def _reference(vouchers: list[Record]) -> str:
    named = (f"{one['title']} / {one['voucher_id']}".upper() for one in vouchers)
    return ", ".join(named) or "NO VOUCHERS"


def _discounted(basket: Record, vouchers: list[Record]) -> tuple[list[Record], int]:
    """Work out the discounts on the bill before any voucher; answers the cents left."""
    whole = {name: basket[name] for name in ("store_id", "terminal_id")}
    form = Form(whole | {"basket": basket["sent"]}, strict=False)
    bill = Bill(read_basket(form, closing=False), basket["total"])
    bill.take_product_vouchers(vouchers)
    bill.take_basket_vouchers(vouchers)
    known = {voucher["voucher_id"]: voucher for voucher in vouchers}
    on_lines = [one for line in bill.lines for one in line["vouchers"]]
    return [_show(one, known[one["_id"]]) for one in [*bill.vouchers, *on_lines]], bill.left


def _show(offered: Record, voucher: Record) -> Record:
    names = ("_id", "title", "apply_to", "discount")
    targets = {name: voucher[name] for name in ("sku", "quantity") if voucher[name]}
    return {name: offered[name] for name in names} | targets


async def _post(selection: Selection, body: Record) -> Record:
    """Call the till; without an answer the status is null and `error` says why."""
    url = str(selection.url)
    headers = {"Content-Type": "application/json"}
    if selection.secret is not None:
        headers["Authorization"] = f"Bearer {selection.secret}"
    # Loading certificates takes longer than the whole call, so only where they are used.
    secure = url.startswith("https")
    async with httpx.AsyncClient(verify=secure, timeout=selection.timeout_seconds) as http:
        try:
            answer = await http.post(url, content=json.dumps(body), headers=headers)
        except httpx.HTTPError as lost:
            return {"status": None, "answer": None, "error": str(lost) or type(lost).__name__}
    return {"status": answer.status_code, "answer": _read(answer)}


def _read(answer: httpx.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        return answer.text


def _keep(
    books: Books, selection: Selection, picked: list[Record], sent: Record, outcome: Record
) -> None:
    row = {"uuid": selection.transaction_id, "url": str(selection.url), "sent": sent}
    told = {"status": outcome["status"], "answer": json.dumps(outcome["answer"])}
    books.insert("letstrade_callbacks", **row, **told, created_at=books.now())
    status = outcome["status"]
    if status is not None and 400 <= status < 500:
        return
    # A lost answer may hide a till that has applied the vouchers, so they stay offered.
    query = "SELECT * FROM letstrade_baskets WHERE uuid = ?"
    basket = books.one(query, selection.transaction_id)
    if basket and basket["state"] in OPEN:
        state = "VOUCHERS_SELECTED" if picked else "QUOTED"
        books.update("letstrade_baskets", basket["id"], selected=picked, state=state)
