"""The judge: the vendors' books first, then what the till and the records say of them."""

from typing import Any

from tests.proof.disorder.tills import Sale, books
from tillsaga.demo.agreement import agreement, bill_of
from tillsaga.demo.known import as_vendors_know
from tillsaga.records.effects import SqlEffectBook

Json = dict[str, Any]

_STANDS = ("planned", "charged", "in_doubt")
_COUNTS = ("held", "applied", "redeemed")


async def end_of(sale: Sale) -> Json:
    """The end state of a sale in words that do not depend on who the customers were.

    Where the records, the till's view and the vendors' books disagree, it fails.
    """
    view = await sale.end()
    known = await books(sale.shop)
    wiring = sale.shop.wiring
    records = await SqlEffectBook(wiring.database).of_checkout(view["id"])
    records = await as_vendors_know(wiring.vault, records)
    bill = bill_of(view)
    compared = agreement(view, records, sale.world.booked(known, bill))
    assert compared.differences == (), (compared.differences, view)
    _adds_up(view)
    net = sale.world.net(known, bill)
    if view["status"] != "completed" and not view["attention"]:
        assert _kept(net) == {}, net
    return dict(sale.world.anonymous(_told(view) | {"books": net}))


def _kept(net: dict[str, int]) -> dict[str, int]:
    """What somebody lost or won; that a voucher was activated costs nobody anything."""
    return {name: amount for name, amount in net.items() if not name.endswith("wll activated")}


def _adds_up(view: Json) -> None:
    """To the cent (I5), and a sale is paid unless a person or the till is told otherwise."""
    totals = view["totals"]
    owed = totals["basket_amount"] - totals["discount_amount"]
    owed += totals["fees_amount"] + totals["tax_amount"]
    assert totals["due_amount"] == max(0, owed - totals["tender_amount"] - totals["paid_amount"])
    lines = view["basket"]["lines"]
    assert sum(line["discount_amount"] for line in lines) == totals["discount_amount"], view
    if view["status"] == "completed" and not view["attention"] and not view["instruction"]:
        assert totals["due_amount"] == 0, totals


def _told(view: Json) -> Json:
    return {
        "status": view["status"],
        "instruction": view["instruction"],
        "totals": view["totals"],
        "lines": [(line["sku"], line["quantity"]) for line in view["basket"]["lines"]],
        "members": sorted(_member(one) for one in view["members"]),
        "offers": sorted(
            (_offer(offer["id"]), offer["status"], offer["saving_amount"])
            for offer in view["offers"]
            if offer["status"] in _COUNTS
        ),
        "tenders": sorted(
            (tender["type"], tender["provider"], tender["amount"], tender["status"])
            for tender in view["tenders"]
            if tender["status"] in _STANDS
        ),
        "payments": sorted(
            (one["reference"], one["status"], one["type"], one["amount"])
            for one in view["payments"]
        ),
        "earned": sorted((one["provider"], one["points"]) for one in view["earned"]),
        "give_back": sorted((one["type"], one["amount"]) for one in view["give_back"]),
        "attention": sorted((one["code"], one["amount"] or 0) for one in view["attention"]),
    }


def _offer(offer_id: str) -> str:
    """Which it is; Koupon's, and the codes of Let'sTrade's app, have names nobody else knows."""
    nameless = ("koupon:", "letstrade:code:")
    return next((name for name in nameless if offer_id.startswith(name)), offer_id)


def _member(member: Json) -> tuple[str, str]:
    """Who it is; Koupon's member has a name that nobody else knows."""
    known = member["provider"] != "koupon"
    return member["provider"], member["member_id"] if known else "somebody"
